//! `cargo xtask diagram`: draws the packages and what they depend on into docs/architecture.md.

use std::fmt::Write as _;

use anyhow::Context;

use crate::fresh::{self, Mode};
use crate::packages::{self, Package};
use crate::shell;

const PAGE: &str = "docs/architecture.md";
const BEGIN: &str = "<!-- drawn by `cargo xtask diagram` -->\n";
const END: &str = "<!-- end of the drawing -->\n";

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Fail when the drawing is not what the manifests say, instead of drawing it.
    #[arg(long)]
    check: bool,
}

impl Options {
    pub(crate) fn check() -> Self {
        Self { check: true }
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mode = if options.check { Mode::Check } else { Mode::Write };
    let page = fresh::read_file(&shell::root().join(PAGE))?.replace("\r\n", "\n");
    let drawing = draw(&packages::read(shell::root())?);
    fresh::keep(PAGE, &put(&page, &drawing)?, mode, "cargo xtask diagram")
}

/// Puts the drawing between its two marks.
fn put(page: &str, drawing: &str) -> anyhow::Result<String> {
    let marks = || {
        format!("{PAGE} has lost the marks of its drawing: put back `{}` and `{}`", BEGIN.trim(), END.trim())
    };
    let (before, rest) = page.split_once(BEGIN).with_context(marks)?;
    let (_, after) = rest.split_once(END).with_context(marks)?;
    Ok(format!("{before}{BEGIN}{drawing}{END}{after}"))
}

/// A line leads from a package to one that it is built from, a dotted one to one that a feature brings. What follows from
/// two other lines is left out.
fn draw(packages: &[Package]) -> String {
    let mut text = String::from("```mermaid\ngraph TD\n");
    for package in packages.iter().filter(|package| package.is_published) {
        let (always, by_feature) = (required(package), &package.optional);
        let lines =
            always.iter().map(|name| ("-->", name)).chain(by_feature.iter().map(|name| ("-.->", name)));
        for (line, name) in lines {
            let follows =
                always.iter().any(|other| other != name && reachable(other, packages).contains(name));
            if !follows {
                // Writing to a string cannot fail.
                let _written = writeln!(text, "  {} {line} {name}", package.name);
            }
        }
    }
    text.push_str("```\n");
    text
}

fn required(package: &Package) -> Vec<String> {
    package.dependencies.iter().filter(|name| !package.optional.contains(name)).cloned().collect()
}

fn reachable(from: &str, packages: &[Package]) -> Vec<String> {
    let Some(package) = packages.iter().find(|package| package.name == from) else { return Vec::new() };
    let mut found = required(package);
    for name in required(package) {
        found.extend(reachable(&name, packages));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            version: semver::Version::new(0, 1, 0),
            folder: std::path::PathBuf::new(),
            is_published: true,
            is_library: true,
            dependencies: dependencies.iter().map(|name| (*name).to_owned()).collect(),
            optional: Vec::new(),
        }
    }

    #[test]
    fn what_follows_from_two_arrows_is_not_drawn() {
        let packages = [package("core", &[]), package("http", &["core"]), package("tool", &["core", "http"])];
        assert_eq!(draw(&packages), "```mermaid\ngraph TD\n  http --> core\n  tool --> http\n```\n");
    }

    #[test]
    fn what_a_feature_brings_is_dotted_and_nothing_follows_from_it() {
        let service = Package { optional: vec!["http".to_owned()], ..package("service", &["core", "http"]) };
        let drawing = draw(&[package("core", &[]), package("http", &["core"]), service]);
        assert!(drawing.ends_with("  service --> core\n  service -.-> http\n```\n"), "{drawing}");
    }

    #[test]
    fn a_page_without_marks_says_which() {
        let error = put("# Architecture\n", "x").expect_err("no marks");
        assert!(error.to_string().contains("drawn by `cargo xtask diagram`"), "{error}");
    }
}
