//! A service that acts for the users who call it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::{
    AccessToken, CacheOptions, CachedCredential, CredentialError, CredentialErrorKind, CredentialIdentity,
    Secret, TokenCredential, TokenRequest,
};

use crate::OnBehalfOfFlow;
use crate::cached_requests::{get_cached, identity, normalized};
use crate::client_options::{ClientOptions, client_options};
use crate::connection::{Connection, ProofSource, proof_options};
use crate::on_behalf_of_flow::check_user_assertion;
use crate::tenant::{Tenant, TenantPolicy};
use crate::user_ask::UserAsk;
use crate::user_partitions::{UserPartitions, hash_of};
use crate::user_scopes::UserScopes;

/// A service that acts for the users who call it: makes one [`OnBehalfOfCredential`] for each incoming token.
///
/// Tokens are cached for each incoming token by itself, found by its hash, so that no user ever gets another's. When the
/// incoming token changes, so do the cached ones. The least recently used of 1,000 users make room.
///
/// # Example
/// ```
/// use credential::{TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
/// use entra::OnBehalfOf;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let entra = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#);
/// let service = OnBehalfOf::builder("contoso.com", "11111111-2222-3333-4444-555555555555")
///     .client_secret("s3cret")
///     .default_scope("https://graph.microsoft.com/User.Read")
/// #     .transport(entra.shared())
///     .build()?;
/// // For each call that comes in, with the token that it carries:
/// let user = service.user("eyJ.eyJ.c2ln")?;
/// let token = user.get_token(&TokenRequest::default()).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
pub struct OnBehalfOf {
    shared: Arc<Shared>,
    users: UserPartitions<Cache>,
}

/// The users that are kept, at most.
const USERS: usize = 1_000;
/// The tokens of each of them.
const TOKENS_OF_A_USER: usize = 64;

type Cache = CachedCredential<Exchange>;

#[derive(Debug)]
struct Shared {
    connection: Connection,
    tenants: TenantPolicy,
    handles_challenges: bool,
    default_request: Option<TokenRequest>,
    cache_options: CacheOptions,
}

/// One user's exchange.
struct Exchange {
    shared: Arc<Shared>,
    assertion: Secret,
}

impl OnBehalfOf {
    /// Starts with the tenant and the application (client) id of the service.
    pub fn builder(tenant: impl Into<String>, client_id: impl Into<String>) -> OnBehalfOfBuilder {
        OnBehalfOfBuilder {
            tenant: tenant.into(),
            client_id: client_id.into(),
            proof: ProofSource::default(),
            options: ClientOptions::default(),
        }
    }

    /// Returns the credential for the user whose access token for this service a caller has sent. Check that token before:
    /// Entra checks it too, but what is cached for it is not checked again.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when the token is empty, begins with `Bearer ` or is no token.
    pub fn user(&self, assertion: impl Into<Secret>) -> Result<OnBehalfOfCredential, CredentialError> {
        let assertion = assertion.into();
        check_user_assertion(&assertion)?;
        let cache = self.users.find_or_make(&assertion, || {
            let exchange = Exchange { shared: self.shared.clone(), assertion: assertion.clone() };
            CachedCredential::new(exchange)
                .with_clock(self.shared.connection.clock.clone())
                .with_capacity(TOKENS_OF_A_USER)
                .with_options(&self.shared.cache_options)
        });
        Ok(OnBehalfOfCredential { cache })
    }
}

/// Tokens for one user who has called this service; [`OnBehalfOf`] makes it.
///
/// When Entra wants something of the user, [`OAuthError::needs_interaction`](crate::OAuthError::needs_interaction) holds for
/// the error, and [`OAuthError::challenge`](crate::OAuthError::challenge) is what to answer the caller with, status 401: the
/// service itself has nobody to ask.
#[derive(Clone)]
pub struct OnBehalfOfCredential {
    cache: Arc<Cache>,
}

impl OnBehalfOfCredential {
    fn normalized<'a>(&'a self, request: &'a TokenRequest) -> Cow<'a, TokenRequest> {
        let shared = &self.cache.inner().shared;
        normalized(shared.default_request.as_ref(), shared.tenants.own(), request)
    }
}

#[async_trait]
impl TokenCredential for OnBehalfOfCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        get_cached(&self.cache, &self.normalized(request)).await
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.cache.cached_token(&self.normalized(request)).map(|token| token.clone())
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        let exchange = self.cache.inner();
        Some(exchange.identity_with(exchange.shared.default_request.as_ref()))
    }
}

impl Exchange {
    /// The incoming token stands for its user, by its hash: what was obtained for one is never given to another.
    fn identity_with(&self, default: Option<&TokenRequest>) -> CredentialIdentity {
        let Shared { connection, tenants, handles_challenges, .. } = &*self.shared;
        let service = identity(connection.client(), tenants.own(), default, *handles_challenges);
        service.with_account(format!("on-behalf-of {}", URL_SAFE_NO_PAD.encode(hash_of(&self.assertion))))
    }
}

#[async_trait]
impl TokenCredential for Exchange {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let Shared { connection, tenants, handles_challenges, .. } = &*self.shared;
        let ask = UserAsk::new(tenants.choose(request.tenant())?, request, *handles_challenges)?;
        let flow = OnBehalfOfFlow::of(connection.proven_client(&ask.tenant).await?);
        let response = connection.exchange(flow.build(&self.assertion, &ask)?).await?;
        Ok(response.into_access_token())
    }

    /// The cache names the default scope in every request, so it has no part here.
    fn identity(&self) -> Option<CredentialIdentity> {
        Some(self.identity_with(None))
    }
}

/// Collects what an [`OnBehalfOf`] is made of; nothing is checked before [`build`](Self::build).
pub struct OnBehalfOfBuilder {
    tenant: String,
    client_id: String,
    proof: ProofSource,
    options: ClientOptions,
}

impl OnBehalfOfBuilder {
    client_options!();
    proof_options!();

    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when an input is empty or not of its
    ///   form, or there is neither a client secret nor a client assertion.
    /// - [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) without a transport, when the feature `reqwest`
    ///   is off.
    pub fn build(self) -> Result<OnBehalfOf, CredentialError> {
        const KIND: CredentialErrorKind = CredentialErrorKind::InvalidConfiguration;
        let tenants = TenantPolicy::new(Tenant::parse(KIND, &self.tenant)?, &self.options.other_tenants)?;
        if matches!(self.proof, ProofSource::None) {
            return Err(CredentialError::new(
                KIND,
                "the service has no proof of who it is, which on-behalf-of needs",
                "give the builder a client secret or a client assertion",
            ));
        }
        let connection = Connection::new(self.client_id, self.proof, &self.options)?;
        let scopes = self.options.default_scopes;
        let default_request = (!scopes.is_empty()).then(|| TokenRequest::new(scopes));
        if let Some(request) = &default_request {
            UserScopes::parse(KIND, request.scopes())?;
        }
        let (handles_challenges, cache_options) = (self.options.challenges, self.options.cache);
        let shared = Shared { connection, tenants, handles_challenges, default_request, cache_options };
        Ok(OnBehalfOf { shared: Arc::new(shared), users: UserPartitions::new(USERS) })
    }
}

impl fmt::Debug for OnBehalfOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnBehalfOf").field(&self.shared).finish()
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.fmt(f)
    }
}

impl fmt::Debug for OnBehalfOfCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnBehalfOfCredential").field(&self.cache.inner().shared).finish()
    }
}

impl fmt::Debug for OnBehalfOfBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnBehalfOfBuilder")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("proof", &self.proof)
            .finish_non_exhaustive()
    }
}
