#![doc = include_str!("../README.md")]
#![cfg_attr(
    doc,
    expect(rustdoc::bare_urls, reason = "help texts are doc comments, and terminals show them as they are")
)]

mod acs_key;
mod address;
mod cli;
mod command_line_fix;
mod curl;
mod decode;
mod demo;
mod emulator_command;
mod emulator_reasons;
mod environment;
mod failure;
mod files;
mod login;
mod network;
mod output;
mod runtime;
mod secret_flags;
mod session_file;
mod sign;
mod sign_batch;
mod signing_date;
mod signing_line;
mod token;
mod usage;
mod verbosity;
mod verify;
mod verify_report;
mod verify_request;
mod wire_url;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::environment::Environment;
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    match secret_flags::refuse(&arguments).and_then(|()| run(&usage::parse(arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure);
            failure.exit_code()
        }
    }
}

fn run(cli: &Cli) -> Result<(), Failure> {
    verbosity::set_up(cli.verbose);
    let environment = Environment::of_process();
    match &cli.command {
        Command::Demo(args) => runtime::block_on(demo::run(args)),
        Command::Login(args) => runtime::block_on(args.run(&environment)),
        Command::Logout(args) => args.run(&environment),
        Command::Decode(args) => decode::run(args),
        Command::Token(command) => runtime::block_on(token::run(command, &environment)),
        Command::Curl(command) => runtime::block_on(curl::run(command, &environment)),
        Command::Sign(args) if args.batch => sign_batch::run(args, &environment),
        Command::Sign(args) => sign::run(args, cli.verbose > 0, &environment),
        Command::Verify(args) => verify::run(args, &environment),
        Command::Emulator(args) => runtime::block_on(emulator_command::run(args)),
    }
}
