//! `azcred token`: gets a real token and prints it.

mod acs;
mod ams;
mod auth_with;
mod entra;
pub(crate) mod entra_application;
mod entra_client;
mod mr_sts;
mod printed;

pub(crate) use acs::AcsArgs;
pub(crate) use ams::AmsArgs;
pub(crate) use entra::{AnnouncedBrowser, DeviceCodePrompt, EntraArgs, PasteInTerminal};
pub(crate) use entra_client::EntraClient;
pub(crate) use mr_sts::{MrAccount, MrStsArgs};
pub(crate) use printed::PrintedToken;

use crate::cli::TokenCommand;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::Files;
use crate::output::{print, print_json};

/// Gets the token that the command asks for, and prints it.
pub(crate) async fn run(command: &TokenCommand, environment: &Environment) -> Result<(), Failure> {
    let files = Files::default();
    let (token, json) = match command {
        TokenCommand::Entra(args) => (Box::pin(args.token(environment, &files)).await?, args.json()),
        TokenCommand::MrSts(args) => (Box::pin(args.token(environment, &files)).await?, args.json),
        TokenCommand::Acs(args) => (Box::pin(args.token(environment, &files)).await?, args.json),
        TokenCommand::Ams(args) => (Box::pin(args.token(environment, &files)).await?, args.json),
    };
    if json { print_json(&token) } else { print(&format!("{}\n", token.bare())) }
}
