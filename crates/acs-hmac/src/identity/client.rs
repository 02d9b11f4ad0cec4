//! A client of the Identity service.

use std::sync::Arc;

use bytes::Bytes;
use credential::{AccessToken, AuthorizeRequest, CredentialError, CredentialErrorKind, Endpoint, Transport};
use http::{Request, Response};

use super::answers;
use super::communication_user::{CommunicationUser, UserAndToken};
use super::requests::{DEFAULT_API_VERSION, Service, TokenOptions};
use crate::{ConnectionString, Signer, TokenScope};

/// A client of the Identity service: users and their access tokens.
///
/// Authorized by a [`Signer`], or by a `credential::BearerAuthorizer` with [`ENTRA_SCOPE`](crate::ENTRA_SCOPE). All
/// arguments are checked before anything is sent; a transport that retries signs every attempt anew. Clones share
/// everything.
///
/// # Example
/// ```
/// use acs_hmac::{ConnectionString, IdentityClient, TokenScope};
/// use credential_testkit::ScriptedTransport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// let answer = r#"{"token":"t0ken","expiresOn":"2021-09-08T21:43:02.0016613+00:00"}"#;
/// let transport = ScriptedTransport::new().then_json(answer);
///
/// let parsed = ConnectionString::parse("endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0")?;
/// let client = IdentityClient::from_connection_string(&parsed, transport.shared())?;
/// let token = client.issue_token("8:acs:resource_user", &[TokenScope::Chat], None).await?;
/// assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct IdentityClient {
    service: Service,
    authorizer: Arc<dyn AuthorizeRequest>,
    transport: Arc<dyn Transport>,
}

/// Builds an [`IdentityClient`].
#[derive(Clone, Debug)]
#[must_use]
pub struct IdentityClientBuilder {
    service: Service,
    authorizer: Arc<dyn AuthorizeRequest>,
    transport: Option<Arc<dyn Transport>>,
}

impl IdentityClientBuilder {
    /// Sends requests through this transport. Without one, the feature `reqwest` provides the shared client.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Asks for another version of the service's interface than [`DEFAULT_API_VERSION`].
    pub fn api_version(mut self, api_version: impl Into<String>) -> Self {
        self.service.api_version = api_version.into();
        self
    }

    /// Checks all inputs and builds the client.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the api version is no version;
    /// [`CredentialErrorKind::NotConfigured`] when there is no transport.
    pub fn build(self) -> Result<IdentityClient, CredentialError> {
        let Self { service, authorizer, transport } = self;
        check_api_version(&service.api_version)?;
        Ok(IdentityClient { service, authorizer, transport: transport_or_shared(transport)? })
    }
}

/// An api version goes into the address as it is.
pub(super) fn check_api_version(version: &str) -> Result<(), CredentialError> {
    if version.is_empty() || !version.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) {
        return Err(CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            "the api version is no version",
            "give one like 2023-10-01",
        ));
    }
    Ok(())
}

pub(super) fn transport_or_shared(
    transport: Option<Arc<dyn Transport>>,
) -> Result<Arc<dyn Transport>, CredentialError> {
    transport.map_or_else(shared_transport, Ok)
}

#[cfg(feature = "reqwest")]
fn shared_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    credential_http::HttpClient::shared()
}

#[cfg(not(feature = "reqwest"))]
fn shared_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    Err(CredentialError::new(
        CredentialErrorKind::NotConfigured,
        "no transport was given for the Identity service",
        "pass one to the builder, or turn on the feature reqwest of acs-hmac",
    ))
}

impl IdentityClient {
    /// Starts a client of this resource, whose requests `authorizer` authorizes.
    pub fn builder(endpoint: Endpoint, authorizer: Arc<dyn AuthorizeRequest>) -> IdentityClientBuilder {
        let service = Service { endpoint, api_version: DEFAULT_API_VERSION.to_owned() };
        IdentityClientBuilder { service, authorizer, transport: None }
    }

    /// Makes a client that signs with a connection string's key. Rotating that key ring reaches the client.
    ///
    /// # Errors
    /// Those of [`Signer::new`].
    pub fn from_connection_string(
        connection_string: &ConnectionString,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, CredentialError> {
        let signer = Signer::new(connection_string.access_key().clone())?;
        Self::builder(connection_string.endpoint().clone(), Arc::new(signer)).transport(transport).build()
    }

    /// Creates a user.
    ///
    /// # Errors
    /// A [`CredentialError`] whose kind tells what to do; `code()` is the service's own, such as `Denied`, and `ids()`
    /// are what Microsoft's support asks for.
    pub async fn create_user(&self) -> Result<CommunicationUser, CredentialError> {
        answers::user(&self.send(self.service.create(None)?).await?)
    }

    /// Creates a user and issues its first token, in one request. A token lives 60 to 1440 minutes, 1440 by default.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] before anything is sent, when there is no scope or the lifetime is out of
    /// bounds; otherwise as [`IdentityClient::create_user`].
    pub async fn create_user_and_token(
        &self,
        scopes: &[TokenScope],
        expires_in_minutes: Option<u32>,
    ) -> Result<UserAndToken, CredentialError> {
        let token = TokenOptions::new(scopes, expires_in_minutes)?;
        answers::user_and_token(&self.send(self.service.create(Some(&token))?).await?)
    }

    /// Issues a token for a user. It lives 60 to 1440 minutes, 1440 by default.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] before anything is sent, when the id is empty, there is no scope or the
    /// lifetime is out of bounds; otherwise as [`IdentityClient::create_user`].
    pub async fn issue_token(
        &self,
        user_id: &str,
        scopes: &[TokenScope],
        expires_in_minutes: Option<u32>,
    ) -> Result<AccessToken, CredentialError> {
        let token = TokenOptions::new(scopes, expires_in_minutes)?;
        answers::token(&self.send(self.service.issue(user_id, &token)?).await?)
    }

    /// Ends all tokens of a user.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] before anything is sent, when the id is empty; otherwise as
    /// [`IdentityClient::create_user`].
    pub async fn revoke_tokens(&self, user_id: &str) -> Result<(), CredentialError> {
        answers::nothing(&self.send(self.service.revoke(user_id)?).await?)
    }

    /// Deletes a user, ends all of its tokens and deletes its data.
    ///
    /// # Errors
    /// Those of [`IdentityClient::revoke_tokens`].
    pub async fn delete_user(&self, user_id: &str) -> Result<(), CredentialError> {
        answers::nothing(&self.send(self.service.delete(user_id)?).await?)
    }

    /// Exchanges a Teams user's Entra token for a user access token, with which the user calls as a Teams user.
    ///
    /// `entra` is a delegated token of the scopes `https://auth.msft.communication.azure.com/Teams.ManageCalls` and
    /// `Teams.ManageChats`, `app_id` the client id of the application that asked for it, and `user_id` the user's object
    /// id in Entra.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] before anything is sent, when one of them is empty; otherwise as
    /// [`IdentityClient::create_user`].
    pub async fn exchange_teams_user_token(
        &self,
        entra: &AccessToken,
        app_id: &str,
        user_id: &str,
    ) -> Result<AccessToken, CredentialError> {
        let request = self.service.exchange_teams(entra, app_id, user_id)?;
        answers::token(&self.send(request).await?).map_err(|error| match error.code() {
            // The resource's own authorization was good; the code is about the token in the body.
            Some("InvalidAccessToken") => error.with_fix(
                "check that the Entra token is one of this Teams user, that this application asked for it with Teams \
                 scopes, and that it has not expired",
            ),
            _ => error,
        })
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        self.transport.send_authorized(request, &*self.authorizer).await
    }
}
