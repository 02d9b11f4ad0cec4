//! `cargo xtask release`: raises versions by what the changelogs say, publishes in dependency order, tags.
//!
//! A release can be started again wherever it broke off: what is left to do is read from the manifests, the changelogs, the
//! tags and the registry, not from a file of its own.

mod changelog;
mod plan;
mod publish;
mod rehearsal;
mod tree;
mod versions;

use anyhow::bail;

use self::plan::Plan;
use self::tree::Tree;
use crate::{check, semver, shell, test};

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Options {
    /// Print what would be released, in which order and why. Changes nothing and asks no network.
    #[arg(long)]
    plan: bool,
    /// Run all checks, and package and build every crate as it would be published. Changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Raise versions, commit, publish, tag. Can be run again after a failure.
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
    let plan = tree.plan()?;
    print(&plan.to_string());
    if options.plan || (plan.is_empty() && tree.unpublished()?.is_empty()) {
        return Ok(());
    }
    tree.refuse_when_dirty()?;
    check::run()?;
    test::run(&test::Options::default())?;
    semver::run()?;
    if options.dry_run { dry_run(&plan) } else { execute(&tree, &plan, None) }
}

/// Publishes to a registry on this machine, and uses the crates from there.
pub(crate) fn rehearse() -> anyhow::Result<()> {
    rehearsal::run()
}

/// Packages and builds what would be published, without raising versions.
fn dry_run(plan: &Plan) -> anyhow::Result<()> {
    let mut arguments = vec!["publish", "--dry-run", "--locked"];
    for step in plan.steps() {
        arguments.extend(["--package", &step.name]);
    }
    shell::cargo(&arguments)
}

/// Raises versions in one commit, publishes, tags.
fn execute(tree: &Tree, plan: &Plan, registry: Option<&str>) -> anyhow::Result<()> {
    if !plan.is_empty() {
        versions::raise(tree, plan)?;
        tree.commit(&plan.title())?;
    }
    // The manifests have other versions now.
    let tree = Tree::at(tree.root())?;
    let unpublished = tree.unpublished()?;
    if unpublished.is_empty() {
        bail!("nothing is left to publish: every version has its tag");
    }
    publish::run(&tree, &unpublished, registry)
}

#[expect(clippy::print_stdout, reason = "the plan is what a person asked for")]
fn print(text: &str) {
    println!("{text}");
}
