//! `azcred token acs`.

use std::path::PathBuf;
use std::sync::Arc;

use acs_hmac::{ENTRA_SCOPE, IdentityClient, Resigner, Signer, TokenScope};
use clap::Args;
use credential::{BearerAuthorizer, Clock, SystemClock, Transport};

use super::PrintedToken;
use super::auth_with::AuthWith;
use super::entra_application::EntraApplication;
use crate::acs_key::AcsResource;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::Files;
use crate::network::NetworkArgs;

/// Gets a Communication Services user token, for chat and calls.
///
/// Makes a new user, or takes the one named by --user, and has the Identity
/// service issue a token for it. --json shows the user's id too.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  export COMMUNICATION_SERVICES_CONNECTION_STRING=\"endpoint=...;accesskey=...\"
  azcred token acs --scope chat,voip --json
  azcred token acs --scope voip --user 8:acs:... --expires-in 60
  azcred token acs --scope chat --with entra \\
    --endpoint https://contoso.communication.azure.com

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input."
)]
pub(crate) struct AcsArgs {
    /// What the token allows: chat, voip, chat.join, chat.join.limited,
    /// voip.join; several with commas.
    #[arg(long, required = true, value_delimiter = ',', value_name = "SCOPE", verbatim_doc_comment)]
    scope: Vec<String>,

    /// The id of an existing user, such as 8:acs:...; else a new user is made.
    #[arg(long, value_name = "ID")]
    user: Option<String>,

    /// How many minutes the token lives, 60 to 1440; else 1440.
    #[arg(long, value_name = "MINUTES")]
    expires_in: Option<u32>,

    /// What to ask with.
    #[arg(long, value_enum, default_value_t = AuthWith::Key)]
    with: AuthWith,

    /// A file that holds the access key or the connection string, or - for
    /// standard input; else ACS_ACCESS_KEY, else
    /// COMMUNICATION_SERVICES_CONNECTION_STRING
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    key_file: Option<PathBuf>,

    /// The resource's address; else that of the connection string.
    /// http only on loopback.
    #[arg(long, value_name = "URL", verbatim_doc_comment)]
    endpoint: Option<String>,

    #[command(flatten)]
    network: NetworkArgs,

    /// Prints JSON: access_token, expires_on (RFC 3339), expires_in (seconds)
    /// and identity, the user's id.
    #[arg(long, verbatim_doc_comment)]
    pub(crate) json: bool,

    #[command(flatten, next_help_heading = "With --with entra")]
    application: EntraApplication,
}

impl AcsArgs {
    /// Gets the token.
    pub(crate) async fn token(
        &self,
        environment: &Environment,
        files: &Files,
    ) -> Result<PrintedToken, Failure> {
        let scopes = self.scopes()?;
        let client = self.client(environment, files)?;
        let now = SystemClock::default().now();
        if let Some(user) = &self.user {
            let token = client.issue_token(user, &scopes, self.expires_in).await?;
            return Ok(PrintedToken::new(&token, now).with_identity(user.clone()));
        }
        let made = client.create_user_and_token(&scopes, self.expires_in).await?;
        Ok(PrintedToken::new(made.token(), now).with_identity(made.user().id().to_owned()))
    }

    fn scopes(&self) -> Result<Vec<TokenScope>, Failure> {
        self.scope.iter().map(|text| Ok(TokenScope::parse(text)?)).collect()
    }

    fn client(&self, environment: &Environment, files: &Files) -> Result<IdentityClient, Failure> {
        let resource = AcsResource::find(self.key_file.as_deref(), environment, files)?;
        let endpoint = resource.endpoint(self.endpoint.as_ref())?;
        let transport: Arc<dyn Transport> = self.network.transport(files)?;
        let client = match self.with {
            // A clock that is off is mended by the service's own.
            AuthWith::Key => {
                IdentityClient::signed_by(endpoint, Resigner::new(Signer::new(resource.key()?.clone())?))
            }
            AuthWith::Entra => {
                let application = self.application.credential(environment, files)?;
                let credential = application.transport(Arc::clone(&transport)).build()?;
                IdentityClient::builder(endpoint, Arc::new(BearerAuthorizer::new(credential, [ENTRA_SCOPE])))
            }
        };
        Ok(client.transport(transport).build()?)
    }
}
