//! User access tokens that the Identity service issues on request.

use std::sync::{Arc, OnceLock};

use async_lock::Mutex;
use async_trait::async_trait;
use credential::{
    AccessToken, CacheOptions, CachedCredential, Clock, CredentialError, CredentialIdentity, Spawn,
    TokenCredential, TokenRequest,
};

use super::as_configuration;
use super::token_options::TokenOptions;
use crate::{CommunicationUser, IdentityClient, TokenScope};

/// Provides user access tokens that the Identity service issues, for servers that hold the resource's key or an Entra
/// identity with a role on it.
///
/// Without a user it creates one for the first token, and then stays with it. Keep its id: the service lists no users,
/// and [`IdentityClient::delete_user`] deletes it. Tokens are cached, and renewed ahead of their expiry.
///
/// A request's scopes, where there are any, are token scopes such as `chat`, and count instead of the credential's own.
/// Its tenant and claims are ignored.
///
/// # Example
/// ```
/// use acs_hmac::{ConnectionString, IdentityClient, IssuedUserTokenCredential, TokenScope};
/// use credential::{TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let transport = ScriptedTransport::new().then(201, &[], r#"{
/// #     "identity": {"id": "8:acs:resource_user"},
/// #     "accessToken": {"token": "t0ken", "expiresOn": "2999-01-01T00:00:00+00:00"}
/// # }"#);
/// # let http = transport.shared();
/// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
/// let parsed = ConnectionString::parse("endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0")?;
/// let client = IdentityClient::from_connection_string(&parsed, http)?;
///
/// let credential = IssuedUserTokenCredential::builder(client, [TokenScope::Chat]).build()?;
/// let token = credential.get_token(&TokenRequest::default()).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// println!("of the user {}", credential.user().unwrap().id());
/// # Ok(())
/// # }
/// ```
///
/// Without async, in or outside of a tokio runtime, put it into `credential_http::Blocking`:
///
/// ```
/// use acs_hmac::{ConnectionString, IdentityClient, IssuedUserTokenCredential, TokenScope};
/// use credential::TokenRequest;
/// use credential_http::Blocking;
/// # use credential_testkit::ScriptedTransport;
///
/// # let transport = ScriptedTransport::new().then(201, &[], r#"{
/// #     "identity": {"id": "8:acs:resource_user"},
/// #     "accessToken": {"token": "t0ken", "expiresOn": "2999-01-01T00:00:00+00:00"}
/// # }"#);
/// # let http = transport.shared();
/// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
/// let parsed = ConnectionString::parse("endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0")?;
/// let client = IdentityClient::from_connection_string(&parsed, http)?;
/// let credential = Blocking::new(IssuedUserTokenCredential::builder(client, [TokenScope::Chat]).build()?);
/// let token = credential.get_token(&TokenRequest::default())?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Debug)]
pub struct IssuedUserTokenCredential(CachedCredential<Issuer>);

/// Builds an [`IssuedUserTokenCredential`].
#[derive(Debug)]
#[must_use]
pub struct IssuedUserTokenCredentialBuilder {
    client: IdentityClient,
    scopes: Vec<TokenScope>,
    expires_in_minutes: Option<u32>,
    user_id: Option<String>,
    clock: Option<Arc<dyn Clock>>,
    cache: CacheOptions,
}

#[derive(Debug)]
struct Issuer {
    client: IdentityClient,
    scopes: Vec<TokenScope>,
    expires_in_minutes: Option<u32>,
    user: OnceLock<CommunicationUser>,
    /// Whoever holds it may create the user.
    creating: Mutex<()>,
}

impl IssuedUserTokenCredential {
    /// Starts a credential whose tokens may be used for `scopes`.
    pub fn builder(
        client: IdentityClient,
        scopes: impl IntoIterator<Item = TokenScope>,
    ) -> IssuedUserTokenCredentialBuilder {
        IssuedUserTokenCredentialBuilder {
            client,
            scopes: scopes.into_iter().collect(),
            expires_in_minutes: None,
            user_id: None,
            clock: None,
            cache: CacheOptions::new(),
        }
    }

    /// Returns the user: the one that was given, or the one that was created for the first token.
    pub fn user(&self) -> Option<&CommunicationUser> {
        self.0.inner().user.get()
    }
}

impl IssuedUserTokenCredentialBuilder {
    /// Issues tokens for this user instead of a new one.
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.user_id = Some(user_id.into());
        self
    }

    /// Sets how long tokens live: 60 to 1440 minutes, 1440 by default.
    pub fn expires_in_minutes(mut self, minutes: u32) -> Self {
        self.expires_in_minutes = Some(minutes);
        self
    }

    /// Uses another clock for the cache.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Renews cached tokens in the background, so that no caller waits for a renewal.
    pub fn spawn(mut self, spawn: Arc<dyn Spawn>) -> Self {
        self.cache = self.cache.with_spawn(spawn);
        self
    }

    /// Sets up the cache: a store that is shared with others, metrics, renewal in the background. Tokens are shared by those
    /// who issue them for the same user of the same resource with the same lifetime, once the user is known.
    pub fn cache(mut self, options: CacheOptions) -> Self {
        self.cache = options;
        self
    }

    /// Checks all inputs and builds the credential; nothing is sent.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when there is
    /// no scope, the lifetime is out of bounds or the user id is empty.
    pub fn build(self) -> Result<IssuedUserTokenCredential, CredentialError> {
        let Self { client, scopes, expires_in_minutes, user_id, clock, cache } = self;
        TokenOptions::new(&scopes, expires_in_minutes).map_err(as_configuration)?;
        if let Some(user_id) = &user_id {
            client.check_user_id(user_id).map_err(as_configuration)?;
        }
        let user = user_id.map(|id| OnceLock::from(CommunicationUser::new(id))).unwrap_or_default();
        let issuer = Issuer { client, scopes, expires_in_minutes, user, creating: Mutex::default() };
        let cached = CachedCredential::new(issuer).with_options(&cache);
        Ok(IssuedUserTokenCredential(match clock {
            Some(clock) => cached.with_clock(clock),
            None => cached,
        }))
    }
}

impl Issuer {
    /// The scopes that a request asks for, or the credential's own.
    fn scopes(&self, request: &TokenRequest) -> Result<Vec<TokenScope>, CredentialError> {
        if request.scopes().is_empty() {
            return Ok(self.scopes.clone());
        }
        request.scopes().iter().map(|scope| TokenScope::parse(scope)).collect()
    }

    async fn issue(
        &self,
        user: &CommunicationUser,
        scopes: &[TokenScope],
    ) -> Result<AccessToken, CredentialError> {
        self.client.issue_token(user.id(), scopes, self.expires_in_minutes).await
    }
}

#[async_trait]
impl TokenCredential for Issuer {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let scopes = self.scopes(request)?;
        if let Some(user) = self.user.get() {
            return self.issue(user, &scopes).await;
        }
        // The cache lets requests for other scopes in at the same time; there must be one user all the same.
        let creating = self.creating.lock().await;
        if let Some(user) = self.user.get() {
            drop(creating);
            return self.issue(user, &scopes).await;
        }
        let created = self.client.create_user_and_token(&scopes, self.expires_in_minutes).await?;
        let (user, token) = created.into_parts();
        self.user.get_or_init(|| user);
        Ok(token)
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        let user = self.user.get()?;
        // The resource issues tokens to whoever holds its key; what differs is how long they live.
        let lifetime =
            self.expires_in_minutes.map(|minutes| format!(" of {minutes} minutes")).unwrap_or_default();
        let issuer = CredentialIdentity::new(
            self.client.endpoint().to_string(),
            format!("user access token{lifetime}"),
        );
        Some(
            issuer
                .with_account(user.id().to_owned())
                .with_default_scopes(self.scopes.iter().map(|scope| scope.as_str())),
        )
    }
}

#[async_trait]
impl TokenCredential for IssuedUserTokenCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.0.get_token(request).await
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.0.cached_token(request).map(|token| token.clone())
    }

    /// Known once the user is.
    fn identity(&self) -> Option<CredentialIdentity> {
        self.0.identity()
    }
}
