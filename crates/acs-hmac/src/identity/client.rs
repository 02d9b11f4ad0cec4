//! A client of the Identity service.

use std::sync::Arc;

use credential::{AccessToken, AuthorizeRequest, CredentialError, Endpoint, Transport};

use super::answers;
use super::communication_user::{CommunicationUser, UserAndToken};
use super::teams_user_exchange::teams_user_exchange;
use super::token_options::TokenOptions;
use crate::operations::identity::{CreateUser, DeleteUser, IssueAccessToken, RevokeAccessTokens};
use crate::wire::Operation;
use crate::{CommunicationClient, CommunicationClientBuilder, ConnectionString, Resigner, TokenScope};

/// A client of the Identity service: users and their access tokens.
///
/// Authorized by a connection string or [`Resigner`], which mend a refusal of the clock or key, or by a
/// `credential::BearerAuthorizer` with [`ENTRA_SCOPE`](crate::ENTRA_SCOPE). All arguments are checked before anything is sent; a transport that retries signs
/// every attempt anew. Clones share everything.
///
/// # Example
/// ```
/// use acs_hmac::{ConnectionString, IdentityClient, TokenScope};
/// # use credential_testkit::ScriptedTransport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let answer = r#"{"token":"t0ken","expiresOn":"2021-09-08T21:43:02.0016613+00:00"}"#;
/// # let transport = ScriptedTransport::new().then_json(answer);
/// # let http = transport.shared();
/// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
/// let parsed = ConnectionString::parse("endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0")?;
/// let client = IdentityClient::from_connection_string(&parsed, http)?;
/// let token = client.issue_token("8:acs:resource_user", &[TokenScope::Chat], None).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct IdentityClient {
    client: CommunicationClient,
}

/// Builds an [`IdentityClient`].
#[derive(Clone, Debug)]
#[must_use]
pub struct IdentityClientBuilder {
    client: CommunicationClientBuilder,
}

impl IdentityClientBuilder {
    /// Sends requests through this transport. Without one, the feature `reqwest` provides the shared client.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.client = self.client.transport(transport);
        self
    }

    /// Asks for another version of the service's interface than [`DEFAULT_API_VERSION`](crate::DEFAULT_API_VERSION).
    pub fn api_version(mut self, api_version: impl Into<String>) -> Self {
        self.client = self.client.api_version(api_version);
        self
    }

    /// Checks all inputs and builds the client.
    ///
    /// # Errors
    /// Those of [`CommunicationClientBuilder::build`].
    pub fn build(self) -> Result<IdentityClient, CredentialError> {
        Ok(IdentityClient { client: self.client.build()? })
    }
}

impl IdentityClient {
    /// Starts a client of this resource, whose requests `authorizer` authorizes.
    pub fn builder(endpoint: Endpoint, authorizer: Arc<dyn AuthorizeRequest>) -> IdentityClientBuilder {
        IdentityClientBuilder { client: CommunicationClient::builder(endpoint, authorizer) }
    }

    /// Starts a client of this resource, whose requests are signed by `resigner`, and refused ones mended.
    pub fn signed_by(endpoint: Endpoint, resigner: Resigner) -> IdentityClientBuilder {
        IdentityClientBuilder { client: CommunicationClient::signed_by(endpoint, resigner) }
    }

    /// Makes a client that signs with a connection string's key, and mends a refusal. Rotating that key ring reaches the
    /// client.
    ///
    /// # Errors
    /// Those of [`Signer::new`](crate::Signer::new).
    pub fn from_connection_string(
        connection_string: &ConnectionString,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, CredentialError> {
        Ok(Self { client: CommunicationClient::from_connection_string(connection_string, transport)? })
    }

    /// Creates a user.
    ///
    /// # Errors
    /// A [`CredentialError`] whose kind tells what to do; `code()` is the service's own, such as `Denied`, and `ids()`
    /// are what Microsoft's support asks for.
    pub async fn create_user(&self) -> Result<CommunicationUser, CredentialError> {
        answers::user(&self.client.respond(&CreateUser::new()).await?)
    }

    /// Creates a user and issues its first token, in one request. A token lives 60 to 1440 minutes, 1440 by default.
    ///
    /// # Errors
    /// `InvalidRequest` before anything is sent, when there is no scope or the lifetime is out of
    /// bounds; otherwise as [`IdentityClient::create_user`].
    pub async fn create_user_and_token(
        &self,
        scopes: &[TokenScope],
        expires_in_minutes: Option<u32>,
    ) -> Result<UserAndToken, CredentialError> {
        let token = TokenOptions::new(scopes, expires_in_minutes)?;
        answers::user_and_token(
            &self.client.respond(&CreateUser::new().with_body(token.into_create())).await?,
        )
    }

    /// Issues a token for a user. It lives 60 to 1440 minutes, 1440 by default.
    ///
    /// # Errors
    /// `InvalidRequest` before anything is sent, when the id is empty, there is no scope or the
    /// lifetime is out of bounds; otherwise as [`IdentityClient::create_user`].
    pub async fn issue_token(
        &self,
        user_id: &str,
        scopes: &[TokenScope],
        expires_in_minutes: Option<u32>,
    ) -> Result<AccessToken, CredentialError> {
        let token = TokenOptions::new(scopes, expires_in_minutes)?;
        answers::token(&self.client.respond(&IssueAccessToken::new(user_id, token.into_issue())).await?)
    }

    /// Ends all tokens of a user.
    ///
    /// # Errors
    /// `InvalidRequest` before anything is sent, when the id is empty; otherwise as
    /// [`IdentityClient::create_user`].
    pub async fn revoke_tokens(&self, user_id: &str) -> Result<(), CredentialError> {
        self.client.call(&RevokeAccessTokens::new(user_id)).await
    }

    /// Deletes a user, ends all of its tokens and deletes its data.
    ///
    /// # Errors
    /// Those of [`IdentityClient::revoke_tokens`].
    pub async fn delete_user(&self, user_id: &str) -> Result<(), CredentialError> {
        self.client.call(&DeleteUser::new(user_id)).await
    }

    /// Exchanges a Teams user's Entra token for a user access token, with which the user calls as a Teams user.
    ///
    /// `entra` is a delegated token of the scopes `https://auth.msft.communication.azure.com/Teams.ManageCalls` and
    /// `Teams.ManageChats`, `app_id` the client id of the application that asked for it, and `user_id` the user's object
    /// id in Entra.
    ///
    /// # Errors
    /// `InvalidRequest` before anything is sent, when one of them is empty; otherwise as
    /// [`IdentityClient::create_user`].
    pub async fn exchange_teams_user_token(
        &self,
        entra: &AccessToken,
        app_id: &str,
        user_id: &str,
    ) -> Result<AccessToken, CredentialError> {
        let exchange = teams_user_exchange(entra, app_id, user_id)?;
        answers::token(&self.client.respond(&exchange).await?)
    }

    /// Sends any other operation of the service, such as those of [`operations::identity`](crate::operations::identity).
    ///
    /// # Errors
    /// Those of [`CommunicationClient::call`].
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<O::Answer, CredentialError> {
        self.client.call(operation).await
    }

    /// The resource's address.
    pub(super) fn endpoint(&self) -> &Endpoint {
        self.client.endpoint()
    }

    /// Checks a user id without sending anything.
    pub(super) fn check_user_id(&self, user_id: &str) -> Result<(), CredentialError> {
        self.client.request(&DeleteUser::new(user_id)).map(drop)
    }
}
