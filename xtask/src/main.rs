//! The workspace's own commands. `cargo xtask --help` lists them.

mod api;
mod bench;
mod check;
mod ci;
mod codegen;
mod conformance;
mod deny;
mod diagram;
mod features;
mod fresh;
mod fuzz;
mod links;
mod msrv;
mod oidc_provider;
mod packages;
mod redis_store;
mod release;
mod requirements;
mod semver;
mod shell;
mod test;
mod tools;
mod workflows;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

/// The workspace's own commands.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that CI runs: `check`, `test`, `conformance --check`, `workflows`, `release --rehearse`, and the demo.
    Ci,
    /// Formatting, lints, documentation and feature builds; every warning is an error.
    Check,
    /// All tests: unit, integration and documentation examples. Installs what they need on Debian and Ubuntu.
    Test(test::Options),
    /// Rust code from the API descriptions in `crates/*/api`; `--check` fails when it is stale.
    Codegen(codegen::Options),
    /// Official Python, Node.js and Rust SDKs, unmodified, against the emulator; writes docs/conformance.md.
    Conformance(conformance::Options),
    /// Arbitrary input for everything that reads text from outside; installs cargo-fuzz into the target folder.
    Fuzz(fuzz::Options),
    /// The family beside its peers, in one process; writes docs/performance.md and its charts. Takes some minutes.
    Bench(bench::Options),
    /// The public surface of each library, as text that is committed and reviewed.
    Api(api::Options),
    /// Holds the public surface to what the last release promised, unless the changelog announces a break.
    Semver(semver::Options),
    /// Lints every published crate with no feature, with each one alone, and with all; a warning is an error.
    Features,
    /// Licences, banned crates, duplicates, sources and advisories of all dependencies.
    Deny(deny::Options),
    /// No dependency asks for a newer compiler than the manifests promise.
    Msrv,
    /// Links between the repository's own pages.
    Links,
    /// Draws the dependency graph into docs/architecture.md.
    Diagram(diagram::Options),
    /// Lints the workflows in .github.
    Workflows(workflows::Options),
    /// Raises versions by what the changelogs say, and publishes in dependency order.
    Release(release::Options),
}

fn main() -> ExitCode {
    // Not returned from `main`, which would show a backtrace where RUST_BACKTRACE is set: the failure is in a program
    // that xtask started, and that program has said what it is.
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => return usage(&error),
    };
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::title(&format!("failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Shows what is wrong with the command line, and which commands there are when that one is unknown.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed standard error leaves nobody to tell.
    let _printed = error.print();
    if error.kind() == ErrorKind::InvalidSubcommand {
        let cli = Cli::command();
        let known: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
        shell::title(&format!("the commands are: {}", known.join(", ")));
    }
    // 2 for a mistake, 0 for `--help`.
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Ci => ci::run(),
        Command::Check => check::run(),
        Command::Test(options) => test::run(options),
        Command::Codegen(options) => codegen::run(options),
        Command::Bench(options) => bench::run(options),
        Command::Api(options) => api::run(options),
        Command::Semver(options) => semver::run(options),
        Command::Features => features::run(),
        Command::Deny(options) => deny::run(options),
        Command::Msrv => msrv::run(),
        Command::Links => links::run(),
        Command::Diagram(options) => diagram::run(options),
        Command::Workflows(options) => workflows::run(options),
        Command::Release(options) => release::run(options),
        Command::Fuzz(options) => fuzz::run(options),
        Command::Conformance(options) => conformance::run(options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    /// With its subcommands named as they are called.
    fn built() -> clap::Command {
        let mut cli = Cli::command();
        cli.build();
        cli
    }

    #[test]
    fn help_lists_every_command() {
        insta::assert_snapshot!(built().render_long_help());
    }

    #[test]
    fn every_command_has_its_own_help() {
        for command in built().get_subcommands_mut() {
            let name = format!("help_of_{}", command.get_name());
            insta::assert_snapshot!(name, command.render_long_help());
        }
    }
}
