//! `cargo xtask features`: every crate with no feature, with each alone, and with all.

use crate::{shell, tools};

pub(crate) fn run() -> anyhow::Result<()> {
    let tool = tools::CARGO_HACK.ready()?;
    // Dev-dependencies switch features on, so what they hide is seen only without them.
    let arguments =
        ["hack", "check", "--workspace", "--ignore-private", "--each-feature", "--no-dev-deps", "--locked"];
    shell::run(&[("RUSTFLAGS", "-D warnings")], &tool, &arguments)
}
