//! `cargo xtask bench`: the family beside its peers, in one process.

mod chart;
mod page;
mod report;

use anyhow::Context;

use crate::fresh::{self, Mode};
use crate::shell;
use report::Report;

const PAGE: &str = "docs/performance.md";
const CHARTS: &str = "docs/performance";
const COMMAND: &str = "cargo xtask bench";

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Write page and charts of a report that `credential-bench` printed before, without measuring anew.
    #[arg(long, value_name = "FILE")]
    from: Option<String>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let found = match &options.from {
        Some(file) => fresh::read(file)?,
        None => measure()?,
    };
    let report: Report = serde_json::from_str(&found).context("the benchmarks printed no report")?;
    for section in &report.sections {
        let file = format!("{CHARTS}/{}.svg", section.id);
        fresh::keep(&file, &chart::draw(section), Mode::Write, COMMAND)?;
    }
    fresh::keep(PAGE, &page::write(&report), Mode::Write, COMMAND)
}

fn measure() -> anyhow::Result<String> {
    let manifest = "crates/credential-bench/Cargo.toml";
    shell::cargo(&["build", "--release", "--manifest-path", manifest])?;
    let arguments = ["run", "--quiet", "--release", "--manifest-path", manifest];
    shell::output(&[], shell::root(), env!("CARGO"), &arguments)
}
