//! `cargo xtask release`: raises versions by what the changelogs say, publishes in dependency order, tags.
//!
//! A release can be started again wherever it broke off: what is left to do is read from the manifests, the changelogs, the
//! tags and the registry, not from a file of its own.

mod changelog;
mod plan;
mod publish;
mod rehearsal;
pub(crate) mod scratch;
mod tree;
mod versions;

use std::collections::BTreeSet;

use anyhow::bail;

use self::plan::Plan;
pub(crate) use self::plan::breaks;
pub(crate) use self::tree::Tree;
use crate::packages::Package;
use crate::{check, semver, shell, test};

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Options {
    /// Print what would be released, in which order, why, and with which changelog. Changes nothing and asks no network.
    #[arg(long)]
    plan: bool,
    /// Run all checks, and package and build every crate as it would be published. Changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Raise versions, commit, publish, tag, after the same checks. Can be run again after a failure.
    #[arg(long)]
    execute: bool,
    /// Publish a copy of the tree to a registry on this machine and use the crates from there, as strangers would.
    #[arg(long)]
    rehearse: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    if options.rehearse {
        return rehearse();
    }
    let tree = Tree::here()?;
    let (plan, left) = (tree.plan()?, tree.unpublished()?);
    print(&plan.to_string());
    if !left.is_empty() {
        print(&format!("raised and not yet published, which `--execute` goes on with: {}", named(&left)));
    }
    if options.plan || (plan.is_empty() && left.is_empty()) {
        return Ok(());
    }
    tree.refuse_when_dirty()?;
    check::run()?;
    test::run(&test::Options::default())?;
    semver::check(&tree, None)?;
    if options.dry_run { dry_run(&plan, &left) } else { execute(&tree, &plan, None) }
}

/// Publishes to a registry on this machine, and uses the crates from there.
pub(crate) fn rehearse() -> anyhow::Result<()> {
    rehearsal::run()
}

/// Packages and builds what would be published, without raising versions.
fn dry_run(plan: &Plan, left: &[&Package]) -> anyhow::Result<()> {
    let planned = plan.steps().iter().map(|step| &step.name);
    let names: BTreeSet<&String> = planned.chain(left.iter().map(|package| &package.name)).collect();
    let mut arguments = vec!["publish", "--dry-run", "--locked"];
    for name in names {
        arguments.extend(["--package", name]);
    }
    shell::cargo(&arguments)?;
    shell::title(
        "nothing was published and no version was raised: `cargo xtask release --execute` does both",
    );
    Ok(())
}

/// Raises versions in one commit, publishes, tags.
fn execute(tree: &Tree, plan: &Plan, registry: Option<&str>) -> anyhow::Result<()> {
    raise(tree, plan)?;
    // The manifests have other versions now.
    let tree = Tree::at(tree.root())?;
    let unpublished = tree.unpublished()?;
    if unpublished.is_empty() {
        bail!("nothing is left to publish: every version has its tag");
    }
    publish::run(&tree, &unpublished, registry)
}

/// Raises versions in one commit.
pub(crate) fn raise(tree: &Tree, plan: &Plan) -> anyhow::Result<()> {
    if plan.is_empty() {
        return Ok(());
    }
    versions::raise(tree, plan)?;
    tree.commit(&plan.title())
}

/// Such as `credential 0.2.0, entra 0.3.0`.
fn named(packages: &[&Package]) -> String {
    let names: Vec<String> =
        packages.iter().map(|package| format!("{} {}", package.name, package.version)).collect();
    names.join(", ")
}

#[expect(clippy::print_stdout, reason = "the plan is what a person asked for")]
fn print(text: &str) {
    println!("{text}");
}
