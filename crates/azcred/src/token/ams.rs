//! `azcred token ams`.

use std::path::PathBuf;
use std::sync::Arc;

use ams_aad::{
    ArmClient, MediaConfiguration, MediaCredential, MediaEnvironment, MediaUser, RavnurConfiguration,
    RestV2Client, RestV2Endpoint,
};
use clap::{Args, ValueEnum};
use credential::{Clock, Secret, SystemClock, TokenCredential, TokenRequest, Transport};

use super::PrintedToken;
use super::entra::DeviceCodePrompt;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files};
use crate::network::NetworkArgs;

/// Gets a Media Services token, for an app or a person.
///
/// The configuration is the block that the portal's API access page or
/// `az ams account sp create` shows, as JSON or XML, or the .env file,
/// appsettings.json, app.config or Postman export of a sample. It may hold the
/// client secret, so keep the file to yourself. One with Ravnur's keys gets a
/// token of Ravnur Media Services.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token ams --config ams.json
  azcred token ams --config .env --api rest-v2 --discover --json
  azcred token ams --config ams.json --device-code --client-id $app
  az ams account sp create -a $account -g $group | azcred token ams --config -

Against the emulator, which prints the block in both of its forms:
  printf %s \"$AMS_PORTAL_JSON\" | azcred token ams --config - --ca-file ca.pem
  azcred emulator --json --ca-file ca.pem > emulator.json &
  jq .ams.portal_json emulator.json > ams.json
  azcred token ams --config ams.json --ca-file ca.pem

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input."
)]
pub(crate) struct AmsArgs {
    /// A file that holds the configuration, or - for standard input.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// Which of the two APIs the token is for.
    #[arg(long, value_enum, default_value_t = MediaApi::Arm)]
    api: MediaApi,

    /// Asks Resource Manager where the account's REST v2 service is, unless
    /// the configuration says so, and has that service answer;
    /// --json shows it as rest_v2_endpoint.
    #[arg(long, verbatim_doc_comment)]
    discover: bool,

    /// Lets a person sign in on another device, instead of the
    /// configuration's app.
    #[arg(long, verbatim_doc_comment)]
    device_code: bool,

    /// The app that the person signs in to; without it that of the Media
    /// Services SDKs, which may be gone since the retirement.
    #[arg(long, requires = "device_code", verbatim_doc_comment)]
    client_id: Option<String>,

    #[command(flatten)]
    network: NetworkArgs,

    /// Prints JSON: access_token, expires_on (RFC 3339), expires_in (seconds).
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum MediaApi {
    /// REST v3, through Azure Resource Manager.
    Arm,
    /// REST v2, at the account's own address.
    RestV2,
}

/// Tokens for both APIs, of an app or a person.
struct Media {
    environment: MediaEnvironment,
    arm: MediaCredential,
    rest_v2: MediaCredential,
    transport: Arc<dyn Transport>,
}

impl AmsArgs {
    /// Gets the token.
    pub(crate) async fn token(
        &self,
        _environment: &Environment,
        files: &Files,
    ) -> Result<PrintedToken, Failure> {
        let config = files.secret(FileFlag::CONFIGURATION, &self.config)?;
        let transport = self.network.transport(files)?;
        if RavnurConfiguration::is_meant_by(config.expose()) {
            return self.token_of_ravnur(&config, transport).await;
        }
        let configuration = MediaConfiguration::parse_local(config.expose())?;
        if self.device_code {
            return self.token_of_person(&configuration, transport).await;
        }
        let principal = configuration.service_principal()?;
        // Each API's own error is told only when it is that API that was asked for.
        let arm = principal.arm_credential(Arc::clone(&transport));
        let rest_v2 = principal.rest_v2_credential(Arc::clone(&transport));
        self.printed(configuration.environment(), arm, rest_v2, transport).await
    }

    async fn token_of_person(
        &self,
        configuration: &MediaConfiguration,
        transport: Arc<dyn Transport>,
    ) -> Result<PrintedToken, Failure> {
        let prompt = DeviceCodePrompt::on_standard_error();
        let show = prompt.clone();
        let builder = MediaUser::builder(configuration.tenant().unwrap_or("organizations"))
            .environment(configuration.environment().clone())
            .transport(Arc::clone(&transport));
        let builder = match &self.client_id {
            Some(client_id) => builder.client_id(client_id),
            None => builder,
        };
        let user = builder.device_code(move |code| show.show(code))?;
        let (arm, rest_v2) = (user.arm_credential(), user.rest_v2_credential());
        let printed = self.printed(configuration.environment(), arm, rest_v2, transport).await;
        prompt.end();
        let printed = printed?;
        Ok(match user.account() {
            Some(account) => printed.with_account(account.username().to_owned()),
            None => printed,
        })
    }

    async fn token_of_ravnur(
        &self,
        config: &Secret,
        transport: Arc<dyn Transport>,
    ) -> Result<PrintedToken, Failure> {
        if self.discover || self.device_code || self.api == MediaApi::RestV2 {
            return Err(Failure::bad_input(
                "Ravnur Media Services has neither REST v2 nor people who sign in",
                "leave out --api, --discover and --device-code",
            ));
        }
        let credential = RavnurConfiguration::parse(config.expose())?.credential(transport)?;
        let token = credential.get_token(&TokenRequest::default()).await?;
        Ok(PrintedToken::new(&token, SystemClock::default().now()))
    }

    async fn printed(
        &self,
        environment: &MediaEnvironment,
        arm: Result<MediaCredential, credential::CredentialError>,
        rest_v2: Result<MediaCredential, credential::CredentialError>,
        transport: Arc<dyn Transport>,
    ) -> Result<PrintedToken, Failure> {
        let credential = match self.api {
            MediaApi::Arm => arm.clone()?,
            MediaApi::RestV2 => rest_v2.clone()?,
        };
        let token = credential.get_token(&TokenRequest::default()).await?;
        let printed = PrintedToken::new(&token, SystemClock::default().now());
        if !self.discover {
            return Ok(printed);
        }
        let media = Media { environment: environment.clone(), arm: arm?, rest_v2: rest_v2?, transport };
        Ok(printed.with_rest_v2_endpoint(media.discovered().await?.to_string()))
    }
}

impl Media {
    /// Where the account's REST v2 service answers.
    async fn discovered(self) -> Result<RestV2Endpoint, Failure> {
        let endpoint = match self.environment.rest_v2_endpoint() {
            Ok(endpoint) => endpoint.clone(),
            Err(_) => {
                let endpoint = self.environment.arm_endpoint()?;
                let arm = ArmClient::new(self.arm, endpoint, Arc::clone(&self.transport));
                arm.rest_v2_endpoint(self.environment.account()?).await?
            }
        };
        Ok(RestV2Client::new(self.rest_v2, endpoint, self.transport).discover().await?)
    }
}
