//! `cargo xtask bench`: the family beside its peers, in one process.

use crate::fresh::{self, Mode};
use crate::shell;

const PAGE: &str = "docs/performance.md";

const PREFACE: &str = "# Performance

Written by `cargo xtask bench`, which runs the family and its peers side by side in one process. Figures are ratios, because the
machine's speed and its other work cancel out of them; each is the median of 31 rounds in which all contestants take turns, in
CPU time of one thread, unless a title says wall time. The floor is what no implementation can do without: for a signature the
SHA-256 compressions, the clock and the base64 text; for a cached token one lock-free look-up and a coarse clock.

The peers are compiled by this command only: the benchmarks are a workspace of their own in `crates/credential-bench`.

";

pub(crate) fn run() -> anyhow::Result<()> {
    let manifest = "crates/credential-bench/Cargo.toml";
    shell::cargo(&["build", "--release", "--manifest-path", manifest])?;
    let arguments = ["run", "--quiet", "--release", "--manifest-path", manifest];
    let tables = shell::output(&[], shell::root(), env!("CARGO"), &arguments)?;
    fresh::keep(PAGE, &format!("{PREFACE}{}\n", tables.trim_end()), Mode::Write, "cargo xtask bench")
}
