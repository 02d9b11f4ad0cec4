//! `cargo xtask semver`: does a change break what the last release promised, and does the changelog say so?

mod rehearsal;

use anyhow::{bail, ensure};

use crate::packages::Package;
use crate::release::{Tree, breaks};
use crate::{shell, tools};

/// What cargo-semver-checks exits with when it found a break; everything else but 0 is a failure of its own.
const FOUND_A_BREAK: i32 = 100;

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Compare this package only.
    #[arg(long)]
    package: Option<String>,
    /// Try it on a copy of the tree: an addition must pass, a break must be refused unless it is announced.
    #[arg(long, conflicts_with = "package")]
    rehearse: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    if options.rehearse {
        return rehearsal::run();
    }
    check(&Tree::here()?, options.package.as_deref())
}

/// Compares the libraries of a tree with their last releases. A break is fine where the next version says that it is one.
///
/// # Errors
/// When a library breaks what it promised and its changelog announces no break.
pub(crate) fn check(tree: &Tree, only: Option<&str>) -> anyhow::Result<()> {
    let plan = tree.plan()?;
    let mut promises = Vec::new();
    for package in tree.packages().iter().filter(|package| package.is_library) {
        let is_asked_for = only.is_none_or(|name| name == package.name);
        if let Some((tag, last)) = package.last_release(tree.root())?.filter(|_| is_asked_for) {
            let next = plan.version_of(&package.name).unwrap_or(&package.version);
            promises.push(Promise { package, tag, may_break: breaks(&last, next) });
        }
    }
    if promises.is_empty() {
        shell::title("no library has a release tag yet: there is nothing to compare with");
    }
    let mut broken = Vec::new();
    for promise in &promises {
        if !promise.holds(tree)? {
            broken.push(promise);
        }
    }
    ensure!(broken.is_empty(), refusal(&broken));
    Ok(())
}

/// What a library promised with its last release.
struct Promise<'a> {
    package: &'a Package,
    tag: String,
    /// Whether the next version breaks by cargo's rule.
    may_break: bool,
}

impl Promise<'_> {
    fn holds(&self, tree: &Tree) -> anyhow::Result<bool> {
        let Package { name, .. } = self.package;
        if self.may_break {
            shell::title(&format!("`{name}` announces a break with {}: nothing holds it back", self.tag));
            return Ok(true);
        }
        let tool = tools::CARGO_SEMVER_CHECKS.ready()?;
        // By cargo's rule a version that breaks nothing may add, below 1.0 too: that is what the tool calls minor.
        let arguments = ["semver-checks", "--package", name, "--baseline-rev", &self.tag, "--all-features"];
        let arguments = [&arguments[..], &["--release-type", "minor"]].concat();
        let status = shell::status_in(tree.root(), &[], &tool, &arguments)?;
        match status.code() {
            Some(0) => Ok(true),
            Some(FOUND_A_BREAK) => Ok(false),
            _ => bail!("`{name}` could not be compared with {}: what the tool says is above", self.tag),
        }
    }
}

fn refusal(broken: &[&Promise<'_>]) -> String {
    let line = |promise: &&Promise<'_>| {
        let (name, tag) = (&promise.package.name, &promise.tag);
        format!(
            "`{name}` breaks what {tag} promised, as shown above, and no entry announces it: begin one with `Breaking:` under \
             `Unreleased` in crates/{name}/CHANGELOG.md, or keep what users have"
        )
    };
    broken.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages;

    #[test]
    fn a_refusal_names_each_crate_and_what_to_do() {
        let packages = packages::read(shell::root()).expect("metadata");
        let of = |name: &str| packages.iter().find(|package| package.name == name).expect("a package");
        let promise =
            |name: &str| Promise { package: of(name), tag: format!("{name}-v0.1.0"), may_break: false };
        insta::assert_snapshot!(refusal(&[&promise("credential"), &promise("entra")]));
    }
}
