//! What a release does to which crate, in which order and why: pure, so that every case can be tested.

use std::fmt;

use semver::Version;

use super::changelog::Level;

/// A crate as it stands before a release.
pub(crate) struct CrateState {
    pub(crate) name: String,
    pub(crate) version: Version,
    /// Crates of the family that it is built from. Their types are part of its own surface.
    pub(crate) dependencies: Vec<String>,
    /// What its changelog asks for.
    pub(crate) asks: Option<Level>,
    /// What its changelog says.
    pub(crate) entries: String,
    /// Whether any version of it was released.
    pub(crate) was_released: bool,
    /// Whether its files differ from those of its last release.
    pub(crate) has_changed: bool,
}

/// One crate's part of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) from: Version,
    pub(crate) to: Version,
    pub(crate) why: String,
    /// What its changelog says.
    pub(crate) entries: String,
    /// The dependencies that broke, as another entry.
    pub(crate) extra: Option<String>,
}

impl Step {
    /// What its changelog will say.
    fn section(&self) -> String {
        let extra = self.extra.iter().map(|extra| format!("- {extra}"));
        let parts: Vec<String> =
            Some(self.entries.clone()).into_iter().chain(extra).filter(|part| !part.is_empty()).collect();
        format!("{} {}\n\n{}\n", self.name, self.to, parts.join("\n"))
    }
}

/// A release: steps in the order of publishing.
#[derive(Default)]
pub(crate) struct Plan(Vec<Step>);

impl Plan {
    /// Plans the release of crates that are given in dependency order.
    ///
    /// # Errors
    /// When a crate has changed and its changelog does not say what for.
    pub(crate) fn new(crates: &[CrateState]) -> anyhow::Result<Self> {
        let silent = |state: &&CrateState| state.was_released && state.has_changed && state.asks.is_none();
        let silent: Vec<&str> = crates.iter().filter(silent).map(|state| state.name.as_str()).collect();
        if !silent.is_empty() {
            anyhow::bail!(
                "changed since their last release, and nothing under `Unreleased` in the CHANGELOG says how: {}",
                silent.join(", ")
            );
        }
        let mut steps: Vec<Step> = Vec::new();
        for state in crates {
            steps.extend(step(state, &steps));
        }
        Ok(Self(steps))
    }

    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the version that a crate is raised to, if it is.
    pub(crate) fn version_of(&self, name: &str) -> Option<&Version> {
        self.0.iter().find(|step| step.name == name).map(|step| &step.to)
    }

    /// The subject of the commit that raises the versions.
    pub(crate) fn title(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|step| format!("{} {}", step.name, step.to)).collect();
        format!("Release {}", names.join(", "))
    }
}

fn step(state: &CrateState, before: &[Step]) -> Option<Step> {
    let broken: Vec<String> = before
        .iter()
        .filter(|step| state.dependencies.contains(&step.name) && breaks(&step.from, &step.to))
        .map(|step| format!("`{}` {}", step.name, step.to))
        .collect();
    let make = |to: Version, why: &str, extra: Option<String>| {
        let (name, from, entries) = (state.name.clone(), state.version.clone(), state.entries.clone());
        Some(Step { name, from, to, why: why.to_owned(), entries, extra })
    };
    if !state.was_released {
        return state.asks.and_then(|_| make(state.version.clone(), "first release", None));
    }
    if !broken.is_empty() {
        let extra = format!("Breaking: uses {}.", broken.join(" and "));
        return make(raised(&state.version, Level::Breaking), "its public dependencies break", Some(extra));
    }
    match state.asks? {
        Level::Breaking => make(raised(&state.version, Level::Breaking), "its changelog: breaking", None),
        Level::Addition => make(raised(&state.version, Level::Addition), "its changelog: additions", None),
        Level::Fix => make(raised(&state.version, Level::Fix), "its changelog: fixes", None),
    }
}

/// Cargo's rule: the leftmost number that is not zero marks what breaks; below 1.0 there is no number for additions.
fn raised(version: &Version, level: Level) -> Version {
    let Version { major, minor, patch, .. } = *version;
    match (major, minor, level) {
        (0, 0, _) | (0, _, Level::Fix | Level::Addition) | (_, _, Level::Fix) => {
            Version::new(major, minor, patch + 1)
        }
        (0, _, Level::Breaking) | (_, _, Level::Addition) => Version::new(major, minor + 1, 0),
        (_, _, Level::Breaking) => Version::new(major + 1, 0, 0),
    }
}

/// Says whether who asks for `from` does not get `to`.
pub(crate) fn breaks(from: &Version, to: &Version) -> bool {
    let caret = semver::VersionReq::parse(&from.to_string());
    caret.is_ok_and(|requirement| !requirement.matches(to))
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing to release: no changelog has an entry under `Unreleased`");
        }
        writeln!(f, "published in this order:\n\n{:<22} {:<10} {:<10} why", "crate", "from", "to")?;
        for step in &self.0 {
            // A first release raises nothing.
            let from = if step.from == step.to { "-".to_owned() } else { step.from.to_string() };
            writeln!(f, "{:<22} {from:<10} {:<10} {}", step.name, step.to.to_string(), step.why)?;
        }
        for step in &self.0 {
            write!(f, "\n{}", step.section())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(name: &str, dependencies: &[&str], asks: Option<Level>) -> CrateState {
        CrateState {
            name: name.to_owned(),
            version: Version::new(0, 1, 0),
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
            asks,
            entries: asks.map(|_| "- An entry.".to_owned()).unwrap_or_default(),
            was_released: true,
            has_changed: asks.is_some(),
        }
    }

    fn planned(crates: &[CrateState]) -> Vec<String> {
        let plan = Plan::new(crates).expect("a plan");
        plan.steps().iter().map(|step| format!("{} {}", step.name, step.to)).collect()
    }

    #[test]
    fn an_addition_raises_its_crate_alone() {
        let crates = [state("core", &[], Some(Level::Addition)), state("service", &["core"], None)];
        assert_eq!(planned(&crates), ["core 0.1.1"]);
    }

    #[test]
    fn a_break_raises_whoever_shows_its_types_and_nobody_else() {
        let crates = [
            state("core", &[], Some(Level::Breaking)),
            state("other", &[], None),
            state("service", &["core"], Some(Level::Fix)),
            state("tool", &["service"], None),
        ];
        assert_eq!(planned(&crates), ["core 0.2.0", "service 0.2.0", "tool 0.2.0"]);
    }

    #[test]
    fn a_first_release_keeps_the_version_of_the_manifest() {
        let first = CrateState { was_released: false, ..state("core", &[], Some(Level::Breaking)) };
        assert_eq!(planned(&[first]), ["core 0.1.0"]);
    }

    #[test]
    fn a_change_without_an_entry_is_refused_by_name() {
        let silent = CrateState { has_changed: true, ..state("core", &[], None) };
        let error = Plan::new(&[silent]).err().expect("an error").to_string();
        assert!(error.contains("`Unreleased`") && error.ends_with("core"), "{error}");
    }

    #[test]
    fn versions_rise_by_cargos_rule() {
        let rise = |from: &str, level| raised(&from.parse().expect("a version"), level).to_string();
        assert_eq!(rise("0.1.2", Level::Fix), "0.1.3");
        assert_eq!(rise("0.1.2", Level::Addition), "0.1.3");
        assert_eq!(rise("0.1.2", Level::Breaking), "0.2.0");
        assert_eq!(rise("1.1.2", Level::Fix), "1.1.3");
        assert_eq!(rise("1.1.2", Level::Addition), "1.2.0");
        assert_eq!(rise("1.1.2", Level::Breaking), "2.0.0");
    }

    #[test]
    fn the_plan_reads_well() {
        let crates = [
            state("core", &[], Some(Level::Breaking)),
            state("service", &["core"], None),
            CrateState { was_released: false, ..state("young", &["core"], Some(Level::Addition)) },
        ];
        insta::assert_snapshot!(Plan::new(&crates).expect("a plan").to_string());
    }
}
