//! `azcred token entra`.

mod by_hand;
mod countdown;
mod flow;
mod flows_of_apps;
mod flows_of_people;
mod token_question;

use clap::{Args, Subcommand};

pub(crate) use by_hand::{AnnouncedBrowser, PasteInTerminal};
pub(crate) use countdown::DeviceCodePrompt;
pub(crate) use flow::Surroundings;
use flows_of_apps::{AssertionArgs, CertificateArgs, OnBehalfOfArgs, SecretArgs};
use flows_of_people::{BrowserArgs, DeviceCodeArgs, PasswordArgs, RefreshArgs};

use super::PrintedToken;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::Files;

/// Gets a Microsoft Entra token, with any flow.
///
/// Without a flow, as in the first example, it is `secret`. The scope names
/// what the token is for: for applications the audience, then /.default. An
/// audience that ends in a slash gives a double slash, which is right.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  export AZURE_TENANT_ID=contoso.com AZURE_CLIENT_ID=... AZURE_CLIENT_SECRET=...
  azcred token entra --scope https://management.azure.com/.default
  azcred token entra --scope https://communication.azure.com//.default --json
  azcred token entra browser --client-id $app --scope User.Read
  azcred token entra device-code --client-id $app --scope User.Read

Exit status: 0 done; 1 refused, declined, expired or not reachable; 2 bad or
missing input."
)]
pub(crate) struct EntraArgs {
    #[command(subcommand)]
    flow: Option<EntraFlow>,

    #[command(flatten)]
    secret: SecretArgs,
}

/// Who asks for the token, and with what.
#[derive(Debug, Subcommand)]
enum EntraFlow {
    Secret(Box<SecretArgs>),
    Certificate(Box<CertificateArgs>),
    Assertion(Box<AssertionArgs>),
    DeviceCode(Box<DeviceCodeArgs>),
    Browser(Box<BrowserArgs>),
    OnBehalfOf(Box<OnBehalfOfArgs>),
    Password(Box<PasswordArgs>),
    Refresh(Box<RefreshArgs>),
}

impl EntraArgs {
    /// Gets the token.
    pub(crate) async fn token(
        &self,
        environment: &Environment,
        files: &Files,
    ) -> Result<PrintedToken, Failure> {
        let around = Surroundings { environment, files };
        match &self.flow {
            None => self.secret.token(&around).await,
            Some(EntraFlow::Secret(args)) => args.token(&around).await,
            Some(EntraFlow::Certificate(args)) => args.token(&around).await,
            Some(EntraFlow::Assertion(args)) => args.token(&around).await,
            Some(EntraFlow::DeviceCode(args)) => args.token(&around).await,
            Some(EntraFlow::Browser(args)) => args.token(&around).await,
            Some(EntraFlow::OnBehalfOf(args)) => args.token(&around).await,
            Some(EntraFlow::Password(args)) => args.token(&around).await,
            Some(EntraFlow::Refresh(args)) => args.token(&around).await,
        }
    }

    /// Says whether JSON was asked for.
    pub(crate) fn json(&self) -> bool {
        match &self.flow {
            None => self.secret.question.json,
            Some(EntraFlow::Secret(args)) => args.question.json,
            Some(EntraFlow::Certificate(args)) => args.question.json,
            Some(EntraFlow::Assertion(args)) => args.question.json,
            Some(EntraFlow::DeviceCode(args)) => args.question.json,
            Some(EntraFlow::Browser(args)) => args.question.json,
            Some(EntraFlow::OnBehalfOf(args)) => args.question.json,
            Some(EntraFlow::Password(args)) => args.question.json,
            Some(EntraFlow::Refresh(args)) => args.question.json,
        }
    }
}
