//! The workspace's own commands. `cargo xtask --help` lists them.

mod bench;
mod check;
mod ci;
mod codegen;
mod conformance;
mod fresh;
mod requirements;
mod shell;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The workspace's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that CI runs: `check`, `test`, `conformance --check`, and the demo.
    Ci,
    /// Formatting, lints, documentation and feature builds; every warning is an error.
    Check,
    /// All tests: unit, integration and documentation examples. Installs what they need on Debian and Ubuntu.
    Test(test::Options),
    /// Rust code from the API descriptions in `crates/*/api`; `--check` fails when it is stale.
    Codegen(codegen::Options),
    /// Official Python, Node.js and Rust SDKs, unmodified, against the emulator; writes docs/conformance.md.
    Conformance(conformance::Options),
    /// The family beside its peers, in one process; writes docs/performance.md. Takes some minutes.
    Bench,
}

fn main() -> ExitCode {
    // Not returned from `main`, which would show a backtrace where RUST_BACKTRACE is set: the failure is in a program
    // that xtask started, and that program has said what it is.
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::title(&format!("failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Ci => ci::run(),
        Command::Check => check::run(),
        Command::Test(options) => test::run(options),
        Command::Codegen(options) => codegen::run(options),
        Command::Bench => bench::run(),
        Command::Conformance(options) => conformance::run(options),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_lists_every_command() {
        let mut pages = vec![Cli::command().render_long_help().to_string()];
        for command in Cli::command().get_subcommands_mut() {
            pages.push(command.render_long_help().to_string());
        }
        insta::assert_snapshot!(pages.join("\n=====\n"));
    }

    #[test]
    fn an_unknown_command_is_a_usage_error_with_exit_code_2() {
        let error = Cli::try_parse_from(["xtask", "no-such-command"]).err().expect("an error");
        assert_eq!(error.exit_code(), 2);
    }
}
