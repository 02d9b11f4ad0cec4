//! `cargo xtask ci`: everything that CI runs, with the very commands that people run.

use crate::{check, conformance, release, shell, test, workflows};

pub(crate) fn run() -> anyhow::Result<()> {
    check::run()?;
    test::run(&test::Options::default())?;
    conformance::run(&conformance::Options::check())?;
    workflows::run(&workflows::Options::default())?;
    release::rehearse()?;
    shell::cargo(&["run", "--package", "azcred", "--", "demo"])
}
