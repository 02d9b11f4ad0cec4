//! `azcred token ams`.

use std::path::PathBuf;

use ams_aad::ServicePrincipal;
use clap::{Args, ValueEnum};
use credential::{Clock, SystemClock, TokenCredential, TokenRequest};

use super::PrintedToken;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files};
use crate::network::NetworkArgs;

/// Gets a Media Services token for a service principal.
///
/// The configuration is the JSON block that the portal's API access page, or
/// `az ams account sp create`, shows. It holds the client secret, so keep the
/// file to yourself.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token ams --config ams.json
  az ams account sp create -a $account -g $group | azcred token ams --config -

Against the emulator, which prints the block in both of its forms:
  printf %s \"$AMS_PORTAL_JSON\" | azcred token ams --config - --ca-file ca.pem
  azcred emulator --json --ca-file ca.pem > emulator.json &
  jq .ams.portal_json emulator.json > ams.json
  azcred token ams --config ams.json --ca-file ca.pem

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input."
)]
pub(crate) struct AmsArgs {
    /// A file that holds the portal's JSON block, or - for standard input.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// Which of the two APIs the token is for.
    #[arg(long, value_enum, default_value_t = MediaApi::Arm)]
    api: MediaApi,

    #[command(flatten)]
    network: NetworkArgs,

    /// Prints JSON: access_token, expires_on (RFC 3339), expires_in (seconds).
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MediaApi {
    /// REST v3, through Azure Resource Manager.
    Arm,
    /// REST v2, at the account's own address.
    RestV2,
}

impl AmsArgs {
    /// Gets the token.
    pub(crate) async fn token(
        &self,
        _environment: &Environment,
        files: &Files,
    ) -> Result<PrintedToken, Failure> {
        let config = files.secret(FileFlag::CONFIGURATION, &self.config)?;
        let principal = ServicePrincipal::from_portal_json_local(config.expose())?;
        let transport = self.network.transport(files)?;
        let credential = match self.api {
            MediaApi::Arm => principal.arm_credential(transport)?,
            MediaApi::RestV2 => principal.rest_v2_credential(transport)?,
        };
        let token = credential.get_token(&TokenRequest::default()).await?;
        Ok(PrintedToken::new(&token, SystemClock::default().now()))
    }
}
