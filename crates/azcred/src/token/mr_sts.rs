//! `azcred token mr-sts`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use credential::{AccessKey, Clock, Endpoint, SystemClock, TokenCredential, TokenRequest, Transport};
use mr_sts::MixedRealityCredential;

use super::PrintedToken;
use super::auth_with::AuthWith;
use super::entra_application::EntraApplication;
use crate::address;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files};
use crate::network::NetworkArgs;

/// Stands in where an endpoint makes the domain meaningless; it is never contacted then.
const ANY_DOMAIN: &str = "mixedreality.azure.com";

/// Gets a Mixed Reality token from its Security Token Service.
///
/// Swaps the account key, or an Entra token, for the token that Remote
/// Rendering, Spatial Anchors and Object Anchors accept.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token mr-sts --account-id $id --key-file mr.key \\
    --account-domain westeurope.mixedreality.azure.com
  azcred token mr-sts --with entra --account-id $id --account-domain $domain

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input."
)]
pub(crate) struct MrStsArgs {
    #[command(flatten)]
    account: MrAccount,

    #[command(flatten)]
    network: NetworkArgs,

    /// Prints JSON: access_token, expires_on (RFC 3339), expires_in (seconds).
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten, next_help_heading = "With --with entra")]
    application: EntraApplication,
}

/// A Mixed Reality account, and what to ask its token service with.
#[derive(Args, Debug)]
pub(crate) struct MrAccount {
    /// The account's id; else MIXEDREALITY_ACCOUNT_ID.
    #[arg(long)]
    account_id: Option<String>,

    /// The account's domain, from its overview page, such as
    /// westeurope.mixedreality.azure.com; else MIXEDREALITY_ACCOUNT_DOMAIN
    #[arg(long, verbatim_doc_comment)]
    account_domain: Option<String>,

    /// What to ask with.
    #[arg(long, value_enum, default_value_t = AuthWith::Key)]
    with: AuthWith,

    /// A file that holds the account key, or - for standard input;
    /// else MIXEDREALITY_ACCOUNT_KEY
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    key_file: Option<PathBuf>,

    /// The service's address instead of https://sts.ACCOUNT_DOMAIN, for an
    /// emulator or a private deployment; else MIXEDREALITY_ENDPOINT.
    /// http only on loopback.
    #[arg(long, value_name = "URL", verbatim_doc_comment)]
    endpoint: Option<String>,

    /// The scope of the Entra token; without it
    /// https://sts.mixedreality.azure.com//.default, right for every region.
    #[arg(long, verbatim_doc_comment)]
    scope: Option<String>,
}

impl MrStsArgs {
    /// Gets the token.
    pub(crate) async fn token(
        &self,
        environment: &Environment,
        files: &Files,
    ) -> Result<PrintedToken, Failure> {
        let transport = self.network.transport(files)?;
        let credential = self.account.credential(&self.application, environment, files, transport)?;
        let token = credential.get_token(&TokenRequest::default()).await?;
        Ok(PrintedToken::new(&token, SystemClock::default().now()))
    }
}

impl MrAccount {
    /// Makes the credential; `application` is used when that is what to ask with.
    pub(crate) fn credential(
        &self,
        application: &EntraApplication,
        environment: &Environment,
        files: &Files,
        transport: Arc<dyn Transport>,
    ) -> Result<MixedRealityCredential, Failure> {
        let id = environment.flag_or(self.account_id.as_ref(), "MIXEDREALITY_ACCOUNT_ID", "account id")?;
        let endpoint = self.endpoint(environment)?;
        let domain = self.domain(environment, endpoint.is_some())?;
        let mut builder = MixedRealityCredential::builder(&id, &domain).transport(Arc::clone(&transport));
        if let Some(endpoint) = endpoint {
            builder = builder.endpoint(endpoint);
        }
        if let Some(scope) = &self.scope {
            builder = builder.scope(scope);
        }
        let builder = match self.with {
            AuthWith::Key => builder.account_key(self.key(environment, files)?),
            AuthWith::Entra => {
                let application = application.credential(environment, files)?;
                builder.token_credential(application.transport(transport).build()?)
            }
        };
        Ok(builder.build()?)
    }

    /// Returns the service's address, where it is not the account domain's.
    pub(crate) fn endpoint(&self, environment: &Environment) -> Result<Option<Endpoint>, Failure> {
        if let Some(text) = &self.endpoint {
            return address::endpoint("--endpoint", text).map(Some);
        }
        let name = "MIXEDREALITY_ENDPOINT";
        environment.text(name)?.map(|text| address::endpoint(name, &text)).transpose()
    }

    fn domain(&self, environment: &Environment, has_endpoint: bool) -> Result<String, Failure> {
        let name = "MIXEDREALITY_ACCOUNT_DOMAIN";
        if has_endpoint && self.account_domain.is_none() && environment.text(name)?.is_none() {
            return Ok(ANY_DOMAIN.to_owned());
        }
        environment.flag_or(self.account_domain.as_ref(), name, "account domain")
    }

    fn key(&self, environment: &Environment, files: &Files) -> Result<AccessKey, Failure> {
        let secret = match &self.key_file {
            Some(path) => Some(files.secret(FileFlag::ACCOUNT_KEY, path)?),
            None => environment.secret("MIXEDREALITY_ACCOUNT_KEY")?,
        };
        let secret = secret.ok_or_else(|| {
            Failure::bad_input(
                "the account key is missing",
                "give --key-file, or set MIXEDREALITY_ACCOUNT_KEY in the environment, or use --with entra",
            )
        })?;
        // The service takes the key as text; checking that it is base64 finds one that was cut off while copying.
        Ok(AccessKey::from_base64(secret.expose())?)
    }
}
