//! `cargo xtask links`: every link between the repository's own pages leads somewhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::bail;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::fresh;
use crate::shell;

pub(crate) fn run() -> anyhow::Result<()> {
    let listed = shell::quiet_output(
        shell::root(),
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    )?;
    let pages: Vec<&str> = listed.lines().collect();
    let mut dead = Vec::new();
    for page in &pages {
        let text = fresh::read_file(&shell::root().join(page))?;
        dead.extend(links(&text).iter().filter_map(|link| why_dead(page, link)));
    }
    if !dead.is_empty() {
        bail!("links lead nowhere:\n{}", dead.join("\n"));
    }
    shell::title(&format!("the links of {} pages lead somewhere", pages.len()));
    Ok(())
}

fn links(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    let targets = events.filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.into_string())
        }
        _ => None,
    });
    targets.collect()
}

/// Says what is wrong with a link of a page. Addresses of other sites are not looked up.
fn why_dead(page: &str, link: &str) -> Option<String> {
    // A path without a slash or a dot is a name that rustdoc resolves, and denies when it cannot.
    let is_elsewhere = link.contains("://") || link.starts_with("mailto:") || link.contains("::");
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let is_rust_name = !path.is_empty()
        && !path.contains(['/', '.'])
        && !shell::root().join(page).with_file_name(path).exists();
    if is_elsewhere || is_rust_name {
        return None;
    }
    let file = target(page, path);
    if !file.exists() {
        return Some(format!("{page}: {link}: there is no such file"));
    }
    let is_page = file.extension().is_some_and(|extension| extension == "md");
    if anchor.is_empty() || !is_page {
        return None;
    }
    let anchors = fresh::read_file(&file).map(|text| anchors(&text)).unwrap_or_default();
    (!anchors.contains(anchor))
        .then(|| format!("{page}: {link}: the page has no heading or anchor `{anchor}`"))
}

fn target(page: &str, path: &str) -> PathBuf {
    let page = shell::root().join(page);
    if path.is_empty() { page } else { page.parent().unwrap_or(Path::new("")).join(path) }
}

/// The anchors of a page: its headings as GitHub names them, and `id`s in its HTML.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading {
                level:
                    HeadingLevel::H1
                    | HeadingLevel::H2
                    | HeadingLevel::H3
                    | HeadingLevel::H4
                    | HeadingLevel::H5
                    | HeadingLevel::H6,
                ..
            }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                if let Some(title) = heading.take() {
                    add(&mut found, &slug(&title));
                }
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some(title) = &mut heading {
                    title.push_str(&part);
                }
            }
            Event::Html(html) | Event::InlineHtml(html) => found.extend(ids(&html)),
            _ => {}
        }
    }
    found
}

/// A second heading of the same name is `name-1`, and so on.
fn add(found: &mut BTreeSet<String>, slug: &str) {
    let numbered = (1..).map(|number| format!("{slug}-{number}"));
    if let Some(free) = std::iter::once(slug.to_owned()).chain(numbered).find(|name| !found.contains(name)) {
        found.insert(free);
    }
}

fn slug(title: &str) -> String {
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

fn ids(html: &str) -> Vec<String> {
    html.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_ids_are_anchors() {
        let found =
            anchors("# One `two`: three!\n\ntext\n\n## Same\n\n## Same\n\n<a id=\"aadsts700016\"></a>\n");
        let wanted = ["aadsts700016", "one-two-three", "same", "same-1"];
        assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn a_dead_link_is_named_with_its_page() {
        assert_eq!(
            why_dead("docs/README.md", "no-such-page.md").as_deref(),
            Some("docs/README.md: no-such-page.md: there is no such file")
        );
        let dead = why_dead("docs/README.md", "architecture.md#no-such-heading").expect("a dead anchor");
        assert!(dead.ends_with("the page has no heading or anchor `no-such-heading`"), "{dead}");
        assert_eq!(why_dead("docs/README.md", "architecture.md#invariants"), None);
        assert_eq!(why_dead("docs/README.md", "https://example.com/x"), None);
    }

    #[test]
    fn links_are_read_from_text_and_tables_but_not_from_code() {
        let text = "[a](one.md) `[b](two.md)`\n\n| x |\n| --- |\n| [c](three.md#d) |\n";
        assert_eq!(links(text), ["one.md", "three.md#d"]);
    }
}
