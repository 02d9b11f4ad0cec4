//! `cargo xtask check`: formatting, lints, documentation, feature builds.

use crate::codegen;
use crate::shell::{cargo, cargo_with};
use crate::{api, diagram, links, msrv};

/// Crates that must build without their default features too, on their own: the lean core that users pull alone.
const LEAN: [&str; 5] = ["credential", "acs-hmac", "entra", "mr-sts", "ams-aad"];

pub(crate) fn run() -> anyhow::Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    codegen::run(&codegen::Options::check())?;
    cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"])?;
    for package in LEAN {
        cargo(&["clippy", "--package", package, "--no-default-features", "--", "-D", "warnings"])?;
    }
    cargo_with(&[("RUSTDOCFLAGS", "-D warnings")], &["doc", "--workspace", "--all-features", "--no-deps"])?;
    msrv::run()?;
    links::run()?;
    diagram::run(&diagram::Options::check())?;
    api::run(&api::Options::check())
}
