//! A crate's CHANGELOG.md: what `Unreleased` says, and how it becomes a version's section.
//!
//! The section is the crate's change file. A line that begins with `Breaking:` breaks users, one that begins with `Fix:`
//! mends something, any other adds something.

/// What a release does to those who use a crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Fix,
    Addition,
    Breaking,
}

const UNRELEASED: &str = "## Unreleased\n";

/// Returns the text under `Unreleased`.
pub(crate) fn unreleased(changelog: &str) -> &str {
    let Some((_, rest)) = changelog.split_once(UNRELEASED) else { return "" };
    rest.split("\n## ").next().unwrap_or_default().trim()
}

/// Returns what the entries under `Unreleased` ask for; `None` when there are none.
pub(crate) fn level(changelog: &str) -> Option<Level> {
    let entries = unreleased(changelog).lines().filter_map(|line| line.strip_prefix("- "));
    let of = |entry: &str| {
        if entry.starts_with("Breaking:") {
            Level::Breaking
        } else if entry.starts_with("Fix:") {
            Level::Fix
        } else {
            Level::Addition
        }
    };
    entries.map(of).max()
}

/// Says whether the changelog has a section for a version.
pub(crate) fn has_version(changelog: &str, version: &semver::Version) -> bool {
    let title = format!("## {version}");
    changelog.lines().any(|line| line == title || line.starts_with(&format!("{title} ")))
}

/// Turns what is under `Unreleased` into the section of a version, with `extra` as its last entry.
pub(crate) fn release(changelog: &str, version: &semver::Version, date: &str, extra: Option<&str>) -> String {
    let body = unreleased(changelog);
    let (head, rest) = changelog.split_once(UNRELEASED).unwrap_or(("# Changelog\n\n", ""));
    let older = rest.find("\n## ").map_or("", |start| &rest[start + 1..]);
    let extra = extra.map(|line| format!("- {line}\n")).unwrap_or_default();
    let body = if body.is_empty() { String::new() } else { format!("{body}\n") };
    let older = if older.is_empty() { String::new() } else { format!("\n{older}") };
    format!("{head}{UNRELEASED}\n## {version} - {date}\n\n{body}{extra}{older}")
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;

    const LOG: &str =
        "# Changelog\n\n## Unreleased\n\n- Fix: a.\n- b,\n  long.\n\n## 0.1.0 - 2026-01-02\n\n- First.\n";

    #[test]
    fn the_strongest_entry_decides() {
        assert_eq!(level(LOG), Some(Level::Addition));
        assert_eq!(level("## Unreleased\n\n- Fix: a.\n"), Some(Level::Fix));
        assert_eq!(level("## Unreleased\n\n- Fix: a.\n- Breaking: b.\n"), Some(Level::Breaking));
        assert_eq!(level("## Unreleased\n\n## 0.1.0\n\n- First.\n"), None);
        assert_eq!(level("# Changelog\n"), None);
    }

    #[test]
    fn a_release_moves_entries_below_its_version_and_keeps_the_older_ones() {
        let released = release(LOG, &Version::new(0, 1, 1), "2026-02-03", Some("Uses `credential` 0.2.0."));
        assert_eq!(
            released,
            "# Changelog\n\n## Unreleased\n\n## 0.1.1 - 2026-02-03\n\n- Fix: a.\n- b,\n  long.\n- Uses `credential` 0.2.0.\n\n\
             ## 0.1.0 - 2026-01-02\n\n- First.\n"
        );
        assert_eq!(level(&released), None);
        assert!(
            has_version(&released, &Version::new(0, 1, 1)) && has_version(&released, &Version::new(0, 1, 0))
        );
        assert!(!has_version(&released, &Version::new(0, 1, 2)));
    }

    #[test]
    fn a_first_release_has_no_older_section() {
        let released =
            release("# Changelog\n\n## Unreleased\n\n- First.\n", &Version::new(0, 1, 0), "2026-02-03", None);
        assert_eq!(released, "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-02-03\n\n- First.\n");
    }
}
