//! The credentials that a request can be sent with.

use std::path::PathBuf;
use std::sync::Arc;

use acs_hmac::Signer;
use ams_aad::{MediaAuthorizer, MediaConfiguration, rest_v2};
use bytes::Bytes;
use clap::Args;
use credential::{AuthorizeRequest, BearerAuthorizer, Endpoint, Transport};
use http::Request;

use super::home::Home;
use super::request_args::RequestArgs;
use crate::acs_key::AcsResource;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files};
use crate::token::MrAccount;
use crate::token::entra_application::EntraApplication;

/// A request, who authorizes it, and what it goes through.
pub(super) struct Authorized {
    pub(super) request: Request<Bytes>,
    pub(super) authorizer: Box<dyn AuthorizeRequest>,
    pub(super) transport: Arc<dyn Transport>,
}

/// With the access key of a Communication Services resource.
///
/// The key signs requests to the resource of the connection string, or, when
/// it is given alone, to *.communication.azure.com.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = curl_help!("  azcred curl acs --url \"$endpoint/rooms?api-version=2025-03-13\"
  azcred curl acs --url \"$endpoint/identities?api-version=2023-10-01\" \\
    --key-file acs.key --body '{\"createTokenWithScopes\":[\"chat\"]}'
  azcred curl acs --url \"$url\" --method DELETE --json")
)]
pub(crate) struct AcsCurl {
    #[command(flatten)]
    pub(super) request: RequestArgs,

    /// A file that holds the access key or the connection string, or - for
    /// standard input; else ACS_ACCESS_KEY, else
    /// COMMUNICATION_SERVICES_CONNECTION_STRING
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    key_file: Option<PathBuf>,
}

impl AcsCurl {
    pub(super) fn authorized(&self, environment: &Environment, files: &Files) -> Result<Authorized, Failure> {
        let resource = AcsResource::find(self.key_file.as_deref(), environment, files)?;
        let signer = Signer::new(resource.key()?.clone())?;
        let home = match resource.known_endpoint() {
            Some(endpoint) => Home { endpoints: vec![endpoint.clone()], ..Home::default() },
            None => Home { domains: vec!["communication.azure.com".to_owned()], ..Home::default() },
        };
        home.check(&self.request.uri()?, &self.request.allow_host)?;
        let transport = self.request.network.transport(files)?;
        Ok(Authorized { request: self.request.request(files)?, authorizer: Box::new(signer), transport })
    }
}

/// With an Entra token of an application.
///
/// The token goes to the host of its scope and those below it, to Resource
/// Manager where the scope is its other name, and from an emulator's authority
/// to the emulator.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = curl_help!("  azcred curl entra --scope https://management.azure.com/.default \\
    --url https://management.azure.com/subscriptions?api-version=2022-12-01
  azcred curl entra --scope api://$app/.default --allow-host api.contoso.com \\
    --url https://api.contoso.com/orders --body-file order.json")
)]
pub(crate) struct EntraCurl {
    #[command(flatten)]
    pub(super) request: RequestArgs,

    /// What the token is for, such as https://management.azure.com/.default.
    #[arg(long)]
    scope: String,

    #[command(flatten)]
    application: EntraApplication,
}

impl EntraCurl {
    pub(super) fn authorized(&self, environment: &Environment, files: &Files) -> Result<Authorized, Failure> {
        let authority = self.application.client.authority(environment)?;
        let authority = Endpoint::parse_local("authority", &authority.to_string())?;
        let mut home = Home { domains: self.domains(), ..Home::default() };
        if authority.is_loopback() {
            home.endpoints.push(authority);
        }
        home.check(&self.request.uri()?, &self.request.allow_host)?;
        let request = self.request.request(files)?;
        let transport = self.request.network.transport(files)?;
        let application = self.application.credential(environment, files)?;
        let credential = application.transport(Arc::clone(&transport)).build()?;
        let authorizer = Box::new(BearerAuthorizer::new(credential, [self.scope.clone()]));
        Ok(Authorized { request, authorizer, transport })
    }

    /// The host of the scope; Resource Manager has two names.
    fn domains(&self) -> Vec<String> {
        let rest = self.scope.strip_prefix("https://").unwrap_or_default();
        let host = rest.split(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
        let arm = ams_aad::MediaCloud::ALL
            .iter()
            .find(|cloud| cloud.arm_audience().trim_start_matches("https://").trim_end_matches('/') == host);
        let other = arm.map(|cloud| cloud.arm_endpoint().trim_start_matches("https://").to_owned());
        [Some(host).filter(|host| host.contains('.')), other].into_iter().flatten().collect()
    }
}

/// With a Mixed Reality token.
///
/// The token goes to *.mixedreality.azure.com, and where --endpoint names the
/// token service, to that address.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = curl_help!("  azcred curl mr --account-id $id --key-file mr.key \\
    --account-domain westeurope.mixedreality.azure.com \\
    --url \"$service/accounts/$id/sessions?api-version=2021-01-01\"
  azcred curl mr --with entra --account-id $id --account-domain $domain \\
    --url \"$url\" --json")
)]
pub(crate) struct MrCurl {
    #[command(flatten)]
    pub(super) request: RequestArgs,

    #[command(flatten)]
    account: MrAccount,

    #[command(flatten, next_help_heading = "With --with entra")]
    application: EntraApplication,
}

impl MrCurl {
    pub(super) fn authorized(&self, environment: &Environment, files: &Files) -> Result<Authorized, Failure> {
        let home = Home {
            endpoints: self.account.endpoint(environment)?.into_iter().collect(),
            domains: vec!["mixedreality.azure.com".to_owned()],
        };
        home.check(&self.request.uri()?, &self.request.allow_host)?;
        let request = self.request.request(files)?;
        let transport = self.request.network.transport(files)?;
        let account = &self.account;
        let credential = account.credential(&self.application, environment, files, Arc::clone(&transport))?;
        let no_scopes: [&str; 0] = [];
        Ok(Authorized {
            request,
            authorizer: Box::new(BearerAuthorizer::new(credential, no_scopes)),
            transport,
        })
    }
}

/// With a Media Services token, of the configuration's app.
///
/// A url at the account's REST v2 endpoint gets a token for REST v2 and the
/// headers that it demands; one at Resource Manager gets a token for that.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = curl_help!("  azcred curl ams --config ams.json --url \"${rest_v2_endpoint}Assets\"
  azcred curl ams --config ams.json --json \\
    --url \"https://management.azure.com$id/assets?api-version=2022-08-01\"")
)]
pub(crate) struct AmsCurl {
    #[command(flatten)]
    pub(super) request: RequestArgs,

    /// A file that holds the configuration, or - for standard input:
    /// see `azcred token ams --help`.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    config: PathBuf,
}

impl AmsCurl {
    pub(super) fn authorized(
        &self,
        _environment: &Environment,
        files: &Files,
    ) -> Result<Authorized, Failure> {
        let config = files.secret(FileFlag::CONFIGURATION, &self.config)?;
        let principal = MediaConfiguration::parse_local(config.expose())?.service_principal()?;
        let uri = self.request.uri()?;
        let arm = principal.arm_endpoint()?;
        let v2 = principal.rest_v2_endpoint().ok();
        let mut request = self.request.request(files)?;
        let transport = self.request.network.transport(files)?;
        // An emulator has both at one address, told apart by the path.
        let is_v2 = v2.is_some_and(|v2| is_below(v2.endpoint(), &uri));
        let endpoints = v2.map(|v2| v2.endpoint().clone()).into_iter().chain([arm.endpoint().clone()]);
        let home = Home { endpoints: endpoints.collect(), ..Home::default() };
        home.check(&uri, &[])?;
        if !self.request.allow_host.is_empty() {
            return Err(Failure::bad_input(
                "--allow-host does not go with a Media Services configuration",
                "name the address in the configuration",
            ));
        }
        let authorizer: Box<dyn AuthorizeRequest> = match v2.filter(|_| is_v2) {
            Some(v2) => {
                let demanded = rest_v2::request(v2, http::Method::GET, "", "")?;
                for (name, value) in demanded.headers() {
                    request.headers_mut().entry(name).or_insert_with(|| value.clone());
                }
                Box::new(MediaAuthorizer::rest_v2(principal.rest_v2_credential(Arc::clone(&transport))?, v2))
            }
            None => Box::new(MediaAuthorizer::arm(principal.arm_credential(Arc::clone(&transport))?, &arm)),
        };
        Ok(Authorized { request, authorizer, transport })
    }
}

fn is_below(endpoint: &Endpoint, uri: &http::Uri) -> bool {
    let Ok(base) = endpoint.uri("/") else { return false };
    let path = uri.path().strip_prefix(base.path().trim_end_matches('/'));
    base.authority() == uri.authority() && path.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
