//! `cargo xtask semver`: does a change break what the last release promised?

use crate::packages::{self, Package};
use crate::{shell, tools};

pub(crate) fn run() -> anyhow::Result<()> {
    let packages = packages::read(shell::root())?;
    let released: Vec<(&Package, String)> = packages
        .iter()
        .filter(|package| package.is_library && package.is_published)
        .filter_map(|package| Some((package, last_tag(&package.name)?)))
        .collect();
    if released.is_empty() {
        shell::title("no library has a release tag yet: there is nothing to compare with");
        return Ok(());
    }
    let tool = tools::CARGO_SEMVER_CHECKS.ready()?;
    for (package, tag) in released {
        let arguments =
            ["semver-checks", "--package", &package.name, "--baseline-rev", &tag, "--all-features"];
        shell::run(&[], &tool, &arguments)?;
    }
    Ok(())
}

/// The newest tag of a package, such as `entra-v0.2.0`.
pub(crate) fn last_tag(name: &str) -> Option<String> {
    let pattern = format!("{name}-v*");
    let arguments = ["tag", "--list", &pattern, "--sort=-version:refname"];
    let tags = shell::quiet_output(shell::root(), "git", &arguments).ok()?;
    tags.lines().next().map(str::to_owned)
}
