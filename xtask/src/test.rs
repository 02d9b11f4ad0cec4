//! `cargo xtask test`: all tests.

use crate::{requirements, shell};

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Do not install anything; say what is missing instead.
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    requirements::meet(&[requirements::COMPILER], !options.no_install)?;
    // nextest prints less and runs test binaries side by side; without it cargo's own runner does the same work.
    if shell::answers(env!("CARGO"), &["nextest", "--version"]) {
        shell::cargo(&["nextest", "run", "--workspace", "--all-features"])?;
    } else {
        shell::cargo(&["test", "--workspace", "--all-features", "--lib", "--bins", "--tests"])?;
    }
    shell::cargo(&["test", "--workspace", "--all-features", "--doc"])
}
