//! The running emulator.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use credential::Transport;

use crate::accounts::Accounts;
use crate::communication::{self, UserToken, UserTokenFault};
use crate::description::Description;
use crate::entra::DeviceDecision;
use crate::request_log::RequestRecord;
use crate::server::Server;
use crate::services::SharedServices;
use crate::{BrowserRedirect, EmulatorBuilder, EmulatorError, ca_file, entra, media};

/// A running emulator. It stops when it is dropped.
///
/// All services answer on one address, over https with a certificate of its own, and over http on loopback. Any number
/// can run at once; they know nothing of each other.
///
/// # Example
/// ```
/// use credential_emulator::Emulator;
/// use http::Request;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let emulator = Emulator::start().await?;
/// let url = format!("{}/healthz", emulator.https_origin());
/// let response = emulator.http_client().send(Request::get(url).body(Default::default())?).await?;
/// assert_eq!(response.body().as_ref(), br#"{"status":"ok"}"#);
/// # Ok(())
/// # }
/// ```
pub struct Emulator {
    pub(crate) services: SharedServices,
    pub(crate) server: Server,
    pub(crate) ca_pem: String,
    pub(crate) http_client: Arc<dyn Transport>,
}

impl Emulator {
    /// Starts on random ports, by the machine's clock. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When keys cannot be made or no port can be listened on.
    pub async fn start() -> Result<Self, EmulatorError> {
        Self::builder().start().await
    }

    /// Chooses ports and clock.
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::new()
    }

    /// Returns the address without TLS, `http://127.0.0.1:PORT`.
    pub fn http_origin(&self) -> &str {
        &self.services.origins.http
    }

    /// Returns the address with TLS, `https://localhost:PORT`. A default port is not written.
    pub fn https_origin(&self) -> &str {
        &self.services.origins.https
    }

    /// Returns the certificate that clients must trust, in PEM. Each start makes another.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Writes the certificate into a file, for programs that take a path. The file is whole at every moment.
    ///
    /// # Errors
    /// When the folder does not exist or cannot be written to.
    pub fn write_ca_file(&self, path: &Path) -> Result<(), EmulatorError> {
        ca_file::write(path, &self.ca_pem)
    }

    /// Returns an HTTP client that trusts the certificate.
    pub fn http_client(&self) -> Arc<dyn Transport> {
        Arc::clone(&self.http_client)
    }

    /// Returns the accounts, their keys and secrets.
    pub fn accounts(&self) -> &Accounts {
        &self.services.accounts
    }

    /// Returns private key and certificate of the application with every role, in PEM: what a client signs its assertions
    /// with instead of sending the secret. Each start makes another.
    pub fn client_certificate_pem(&self) -> &str {
        &self.services.client_certificate.pem
    }

    /// Returns an assertion of another issuer, as a cluster or a build service gives its programs, valid for one hour.
    /// The application with every role trusts it when the subject is [`Accounts::federated_subject`].
    ///
    /// # Errors
    /// When it cannot be signed.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = credential_emulator::Emulator::start().await?;
    /// let assertion = emulator.federated_assertion(&emulator.accounts().federated_subject)?;
    /// assert_eq!(assertion.split('.').count(), 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn federated_assertion(&self, subject: &str) -> Result<String, EmulatorError> {
        entra::federated_assertion(&self.services, subject)
    }

    /// Returns the Entra authority, without a tenant.
    pub fn authority(&self) -> String {
        self.https_origin().to_owned()
    }

    /// Returns the endpoint of the Communication Services resource.
    pub fn acs_endpoint(&self) -> String {
        self.https_origin().to_owned()
    }

    /// Returns the connection string of the Communication Services resource, with the primary key.
    pub fn acs_connection_string(&self) -> String {
        format!("endpoint={}/;accesskey={}", self.acs_endpoint(), self.accounts().acs_primary_key)
    }

    /// Returns the connection string of the Communication Services resource: the same as
    /// [`acs_connection_string`](Self::acs_connection_string).
    pub fn connection_string(&self) -> String {
        self.acs_connection_string()
    }

    /// Returns the endpoint of the Mixed Reality token service, for use in place of the account domain's.
    pub fn mr_endpoint(&self) -> String {
        self.https_origin().to_owned()
    }

    /// Returns the endpoint of Azure Resource Manager.
    pub fn arm_endpoint(&self) -> String {
        self.https_origin().to_owned()
    }

    /// Returns the endpoint of Media Services REST v2: the same as [`ams_rest_v2_endpoint`](Self::ams_rest_v2_endpoint).
    pub fn ams_endpoint(&self) -> String {
        self.ams_rest_v2_endpoint()
    }

    /// Returns the endpoint of Media Services REST v2, with its trailing slash.
    pub fn ams_rest_v2_endpoint(&self) -> String {
        format!("{}/api/", self.https_origin())
    }

    /// Returns the entry of Media Services REST v2 that was the same for all accounts: it answers 301 with the address of the
    /// account.
    pub fn ams_legacy_endpoint(&self) -> String {
        format!("{}/legacy/", self.https_origin())
    }

    /// Returns the endpoint of Ravnur, a service compatible with Media Services: `/auth/token` and the paths of Resource
    /// Manager are below it. Its key is [`Accounts::ravnur_api_key`].
    pub fn ravnur_endpoint(&self) -> String {
        self.https_origin().to_owned()
    }

    /// Returns the endpoint of MK.IO, a service compatible with Media Services, of which the check of a token is served.
    pub fn mkio_endpoint(&self) -> String {
        self.https_origin().to_owned()
    }

    /// Issues a personal token of MK.IO, valid for a year.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn mkio_token(&self) -> Result<String, EmulatorError> {
        media::mkio_token(&self.services)
    }

    /// Returns the endpoint of Remote Rendering, which takes the Mixed Reality token service's tokens.
    pub fn rendering_endpoint(&self) -> String {
        self.https_origin().to_owned()
    }

    /// Returns the address of the managed identities' endpoint as App Service has it, for `IDENTITY_ENDPOINT`;
    /// `IDENTITY_HEADER` is [`Accounts::identity_header`]. Without TLS, as there.
    pub fn identity_endpoint(&self) -> String {
        format!("{}/msi/token", self.http_origin())
    }

    /// Returns the address of the instance metadata service, for `AZURE_POD_IDENTITY_AUTHORITY_HOST`. Without TLS, as on a
    /// virtual machine.
    pub fn imds_endpoint(&self) -> String {
        self.http_origin().to_owned()
    }

    /// Returns the JSON block that the portal's "API access" page shows, for the application with every role.
    pub fn ams_portal_json(&self) -> String {
        format!("{:#}", self.describe().ams_portal())
    }

    /// Returns everything a client needs to know, for people and for programs.
    pub fn describe(&self) -> Description {
        Description::of(self)
    }

    /// Moves the emulator's clock ahead: tokens expire, dates go stale. It cannot be moved back.
    pub fn advance(&self, by: Duration) {
        self.services.clock.advance(by);
    }

    /// Signs in at the address that a client opens in the browser, and accepts what it asks for: as whom it hints at, or else as
    /// the first who can sign in there, which is the well-known user in the well-known tenants. Returns where the browser goes then: to the client's redirect URI, with a code, or with the error that the client
    /// would hear.
    ///
    /// # Errors
    /// When it is not an authorize address of this emulator, its application is unknown or its redirect URI not a loopback
    /// address: a browser would show a page then, and go nowhere.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = credential_emulator::Emulator::start().await?;
    /// let redirect = emulator.sign_in(&format!(
    ///     "{}/common/oauth2/v2.0/authorize?client_id={}&response_type=code&state=s&scope=openid&redirect_uri=http://localhost:8400",
    ///     emulator.authority(),
    ///     emulator.accounts().public_client_id,
    /// ))?;
    /// assert!(redirect.url().starts_with("http://localhost:8400?code="));
    /// assert_eq!(redirect.parameter("state").as_deref(), Some("s"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn sign_in(&self, authorize_url: &str) -> Result<BrowserRedirect, EmulatorError> {
        entra::sign_in(&self.services, authorize_url, None)
    }

    /// As [`sign_in`](Self::sign_in), as the user of this name.
    ///
    /// # Errors
    /// As [`sign_in`](Self::sign_in), and when the user is unknown, or neither at home nor a guest in the tenant.
    ///
    /// # Example
    /// ```
    /// use credential_emulator::{Emulator, MoreUser};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let bob = MoreUser::new("bob@other.onmicrosoft.com", "Bob's password");
    /// let emulator = Emulator::builder().user(bob).start().await?;
    /// let url = |tenant: &str| format!(
    ///     "{}/{tenant}/oauth2/v2.0/authorize?client_id={}&response_type=code&scope=openid&redirect_uri=http://localhost:8400",
    ///     emulator.authority(),
    ///     emulator.accounts().public_client_id,
    /// );
    /// assert!(emulator.sign_in_as("bob@other.onmicrosoft.com", &url("organizations")).is_ok());
    /// let error = emulator.sign_in_as("bob@other.onmicrosoft.com", &url("emulator.onmicrosoft.com")).unwrap_err();
    /// assert!(error.problem().starts_with("AADSTS50020: user: bob@other.onmicrosoft.com is at home in tenant"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn sign_in_as(&self, user_name: &str, authorize_url: &str) -> Result<BrowserRedirect, EmulatorError> {
        entra::sign_in(&self.services, authorize_url, Some(user_name))
    }

    /// Approves a device's sign-in as the first user who can sign in there, which is the well-known one in the well-known
    /// tenants; as if at the page `/devicelogin`.
    ///
    /// # Errors
    /// When no sign-in waits for this code, it has expired, or was decided before.
    ///
    /// # Example
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = credential_emulator::Emulator::start().await?;
    /// let error = emulator.approve("NO-SUCH-CODE").unwrap_err();
    /// assert_eq!(error.problem(), "user_code: no sign-in waits for this code");
    /// # Ok(())
    /// # }
    /// ```
    pub fn approve(&self, user_code: &str) -> Result<(), EmulatorError> {
        self.decide(user_code, DeviceDecision::Approve(None))
    }

    /// As [`approve`](Self::approve), as the user of this name.
    ///
    /// # Errors
    /// As [`approve`](Self::approve), and when the user is unknown, or neither at home nor a guest in the tenant.
    pub fn approve_as(&self, user_name: &str, user_code: &str) -> Result<(), EmulatorError> {
        self.decide(user_code, DeviceDecision::Approve(Some(user_name)))
    }

    /// Denies a device's sign-in.
    ///
    /// # Errors
    /// As [`approve`](Self::approve).
    pub fn deny(&self, user_code: &str) -> Result<(), EmulatorError> {
        self.decide(user_code, DeviceDecision::Deny)
    }

    fn decide(&self, user_code: &str, decision: DeviceDecision<'_>) -> Result<(), EmulatorError> {
        Ok(entra::decide_device(&self.services, user_code, decision)?)
    }

    /// Returns the latest requests, oldest first; at most 1,000 are kept.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.services.log.all()
    }

    /// Judges a user access token of Communication Services as Chat and Calling would.
    ///
    /// # Errors
    /// Why it is not good, or no longer: expired, revoked, its user deleted.
    pub fn verify_user_token(&self, token: &str) -> Result<UserToken, UserTokenFault> {
        communication::verify_user_token(&self.services, token)
    }

    /// Stops accepting, lets requests under way end, and returns when all is quiet, at most 2 seconds later. Dropping
    /// the emulator instead ends everything at once.
    pub async fn shut_down(self) {
        self.server.shut_down().await;
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("https_origin", &self.https_origin())
            .field("http_origin", &self.http_origin())
            .finish_non_exhaustive()
    }
}
