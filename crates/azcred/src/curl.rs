//! `azcred curl`: sends one request with a credential.

/// The examples of a command, and what its exit status means.
macro_rules! curl_help {
    ($examples:literal) => {
        concat!(
            "Examples:\n",
            $examples,
            "\n\nExit status: 0 the service answered with 2xx; 1 with something else, or not;\n2 bad or missing input."
        )
    };
}

mod answer;
mod credentials;
mod home;
mod request_args;

use clap::Subcommand;

use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::Files;
use answer::Answer;
use credentials::{AcsCurl, AmsCurl, Authorized, EntraCurl, MrCurl};

/// Sends one request with a credential, and shows the answer.
///
/// The credential goes to the hosts that it is for, and to another only when
/// --allow-host names it. Redirects are not followed. Shown are the status,
/// the headers that identify the call, and the body.
#[derive(Debug, Subcommand)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = curl_help!("  azcred curl acs --url \"$endpoint/rooms?api-version=2025-03-13\"
  azcred curl entra --scope https://management.azure.com/.default \\
    --url https://management.azure.com/subscriptions?api-version=2022-12-01")
)]
pub(crate) enum CurlCommand {
    Acs(Box<AcsCurl>),
    Entra(Box<EntraCurl>),
    Mr(Box<MrCurl>),
    Ams(Box<AmsCurl>),
}

/// Sends the request, and prints the answer.
pub(crate) async fn run(command: &CurlCommand, environment: &Environment) -> Result<(), Failure> {
    let files = Files::default();
    let (args, authorized) = match command {
        CurlCommand::Acs(command) => (&command.request, command.authorized(environment, &files)?),
        CurlCommand::Entra(command) => (&command.request, command.authorized(environment, &files)?),
        CurlCommand::Mr(command) => (&command.request, command.authorized(environment, &files)?),
        CurlCommand::Ams(command) => (&command.request, command.authorized(environment, &files)?),
    };
    let Authorized { request, authorizer, transport } = authorized;
    let response = authorizer.send(&*transport, request).await?;
    Answer::new(&response).print(args)
}
