//! `cargo xtask deny`: licences, banned crates, duplicates, sources and advisories of everything that is built from.

use crate::{shell, tools};

#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Leave out the advisories, whose database is fetched from the network.
    #[arg(long)]
    offline: bool,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let tool = tools::CARGO_DENY.ready()?;
    let mut arguments = vec!["deny", "--all-features", "--locked", "check", "bans", "licenses", "sources"];
    if !options.offline {
        arguments.push("advisories");
    }
    shell::run(&[], &tool, &arguments)
}
