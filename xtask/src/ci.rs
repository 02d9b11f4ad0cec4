//! `cargo xtask ci`: everything that CI runs, with the very commands that people run.

use crate::{check, shell, test};

pub(crate) fn run() -> anyhow::Result<()> {
    check::run()?;
    test::run(&test::Options::default())?;
    shell::cargo(&["run", "--package", "azcred", "--", "demo"])
}
