//! `cargo xtask features`: every crate with no feature, with each alone, and with all.

use crate::{shell, tools};

pub(crate) fn run() -> anyhow::Result<()> {
    let tool = tools::CARGO_HACK.ready()?;
    // Dev-dependencies switch features on, so what they hide is seen only without them.
    // Without them the lock file differs too, so it cannot be `--locked`; both are put back afterwards.
    let arguments = ["hack", "check", "--workspace", "--ignore-private", "--each-feature", "--no-dev-deps"];
    shell::run(&[("RUSTFLAGS", "-D warnings")], &tool, &arguments)
}
