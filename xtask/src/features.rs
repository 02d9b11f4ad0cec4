//! `cargo xtask features`: every published crate with no feature, with each alone, and with all.

use crate::{shell, tools};

pub(crate) fn run() -> anyhow::Result<()> {
    let tool = tools::CARGO_HACK.ready()?;
    // Dev-dependencies switch features on, so what they hide is seen only without them.
    // Without them the lock file differs too, so it cannot be `--locked`; both are put back afterwards.
    let builds = ["hack", "clippy", "--workspace", "--ignore-private", "--each-feature", "--no-dev-deps"];
    // Warnings are denied to the crate in turn alone: as a flag for the compiler that would build all dependencies anew.
    shell::run(&[], &tool, &[&builds[..], &["--keep-going", "--", "--no-deps", "-D", "warnings"]].concat())
}
