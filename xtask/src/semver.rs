//! `cargo xtask semver`: does a change break what the last release promised?

use crate::packages::{self, Package};
use crate::{shell, tools};

pub(crate) fn run() -> anyhow::Result<()> {
    let packages = packages::read(shell::root())?;
    let mut released: Vec<(&Package, String)> = Vec::new();
    for package in packages.iter().filter(|package| package.is_library && package.is_published) {
        if let Some(tag) = package.last_tag(shell::root())? {
            released.push((package, tag));
        }
    }
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
