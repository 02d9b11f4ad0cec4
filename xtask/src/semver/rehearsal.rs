//! `cargo xtask semver --rehearse`: an addition and a break of the crate that all others stand on, in a copy of the tree.

use std::fs;

use anyhow::{Context, ensure};

use super::check;
use crate::packages::Package;
use crate::release::{Tree, breaks, raise, scratch};
use crate::{fresh, shell};

/// It needs neither the network nor C, so that comparing it is quick.
const CRATE: &str = "credential";
/// Comes with one release, and goes again.
const ADDITION: &str = "\n/// Does nothing.\npub fn rehearsed() {}\n";

pub(super) fn run() -> anyhow::Result<()> {
    let place = shell::target_folder()?.join("semver-rehearsal");
    fs::create_dir_all(place.join(".cargo"))?;
    // What a former rehearsal built is worth keeping.
    let configuration = format!("[build]\ntarget-dir = {:?}\n", place.join("build"));
    fresh::write(&place.join(".cargo/config.toml"), &configuration)?;
    let root = scratch::copy(&place.join("tree"))?.root().to_owned();
    let tree = || Tree::at(&root);

    release(&tree()?)?;
    change(&tree()?, |source| format!("{source}{ADDITION}"), "- `rehearsed` is there.")?;
    check(&tree()?, Some(CRATE)).context("an addition was taken for a break")?;

    release(&tree()?)?;
    change(&tree()?, |source| source.replace(ADDITION, ""), "- `rehearsed` is gone.")?;
    let refusal =
        check(&tree()?, Some(CRATE)).err().context("a break that nothing announces went through")?;
    ensure!(refusal.to_string().contains("`Breaking:`"), "a break was refused for another reason: {refusal}");
    shell::title(&format!("refused, as it must be: {refusal}"));

    announce(&tree()?)?;
    check(&tree()?, Some(CRATE)).context("a break that is announced was refused")?;
    everything_rises(&tree()?)?;
    shell::title(
        "rehearsed: an addition passes, a break is refused, and passes where the changelog announces it",
    );
    Ok(())
}

/// Raises versions and tags the crate; nothing is published.
fn release(tree: &Tree) -> anyhow::Result<()> {
    raise(tree, &tree.plan()?)?;
    let tree = Tree::at(tree.root())?;
    tree.tag(package(&tree)?)
}

fn change(tree: &Tree, source: impl FnOnce(&str) -> String, entry: &str) -> anyhow::Result<()> {
    scratch::change(tree, package(tree)?, source, entry)
}

fn announce(tree: &Tree) -> anyhow::Result<()> {
    let package = package(tree)?;
    let log = tree.changelog(package)?.replace("- `rehearsed` is gone", "- Breaking: `rehearsed` is gone");
    fresh::write(&package.folder.join("CHANGELOG.md"), &log)?;
    tree.commit("Announce the break")
}

/// A break of the crate takes all others along.
fn everything_rises(tree: &Tree) -> anyhow::Result<()> {
    let raised = tree.plan()?.steps().iter().filter(|step| breaks(&step.from, &step.to)).count();
    let all = tree.packages().len();
    ensure!(raised == all, "all {all} crates stand on {CRATE}, but its break raises {raised}");
    Ok(())
}

fn package(tree: &Tree) -> anyhow::Result<&Package> {
    let found = tree.packages().iter().find(|package| package.name == CRATE);
    found.with_context(|| format!("{CRATE} is gone"))
}
