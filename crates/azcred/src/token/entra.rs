//! `azcred token entra`.

use clap::Args;
use credential::{Clock, SystemClock, TokenCredential, TokenRequest};
use entra::ProtocolVersion;

use super::PrintedToken;
use super::entra_application::EntraApplication;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::Files;
use crate::network::NetworkArgs;

/// Gets a Microsoft Entra token with a client secret.
///
/// The scope names what the token is for: the audience, then /.default. An
/// audience that ends in a slash gives a double slash, which is right.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  export AZURE_TENANT_ID=contoso.com AZURE_CLIENT_ID=... AZURE_CLIENT_SECRET=...
  azcred token entra --scope https://management.azure.com/.default
  azcred token entra --scope https://communication.azure.com//.default --json

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input."
)]
pub(crate) struct EntraArgs {
    /// What the token is for, such as https://management.azure.com/.default.
    #[arg(long)]
    scope: String,

    /// Asks the older v1 endpoint (resource instead of scope).
    #[arg(long)]
    v1: bool,

    #[command(flatten)]
    application: EntraApplication,

    #[command(flatten)]
    network: NetworkArgs,

    /// Prints JSON: access_token, expires_on (RFC 3339), expires_in (seconds).
    #[arg(long)]
    pub(crate) json: bool,
}

impl EntraArgs {
    /// Gets the token.
    pub(crate) async fn token(
        &self,
        environment: &Environment,
        files: &Files,
    ) -> Result<PrintedToken, Failure> {
        let version = if self.v1 { ProtocolVersion::V1 } else { ProtocolVersion::V2 };
        let credential = self
            .application
            .credential(environment, files)?
            .version(version)
            .transport(self.network.transport(files)?)
            .build()?;
        let token = credential.get_token(&TokenRequest::new([self.scope.clone()])).await?;
        Ok(PrintedToken::new(&token, SystemClock::default().now()))
    }
}
