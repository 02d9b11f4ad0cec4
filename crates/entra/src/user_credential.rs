//! What all credentials of users share: silently first, then through a sign-in.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use credential::{
    AccessToken, CacheOptions, CachedCredential, CredentialError, CredentialIdentity, TokenRequest,
};

use crate::cached_requests::{get_cached, keep_without_claims, normalized};
use crate::client_options::ClientOptions;
use crate::connection::Connection;
use crate::tenant::{Tenant, TenantPolicy};
use crate::user_exchange::{SignIn, UserExchange};
use crate::user_options::UserOptions;
use crate::user_scopes::UserScopes;
use crate::{AuthenticationRecord, UserSession};

type Cache<S> = CachedCredential<Arc<UserExchange<S>>>;

/// The credential underneath all credentials of users.
pub(crate) struct UserCredential<S> {
    exchange: Arc<UserExchange<S>>,
    /// Replaced as a whole when the account signs out.
    cache: ArcSwap<Cache<S>>,
    cache_options: CacheOptions,
    default_request: Option<TokenRequest>,
}

impl<S: SignIn> UserCredential<S> {
    pub(crate) fn new(
        tenant: Tenant,
        connection: Connection,
        sign_in: S,
        options: ClientOptions,
        user: UserOptions,
    ) -> Result<Self, CredentialError> {
        const KIND: credential::CredentialErrorKind = credential::CredentialErrorKind::InvalidConfiguration;
        let tenants = TenantPolicy::new(tenant, &options.other_tenants)?;
        let default_request =
            (!options.default_scopes.is_empty()).then(|| TokenRequest::new(options.default_scopes));
        if let Some(request) = &default_request {
            UserScopes::parse(KIND, request.scopes())?;
        }
        let exchange = UserExchange::new(sign_in, connection, tenants, options.challenges, user)?;
        let exchange = Arc::new(exchange);
        let cache = ArcSwap::from_pointee(cache_of(&exchange, &options.cache));
        Ok(Self { exchange, cache, cache_options: options.cache, default_request })
    }

    pub(crate) async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let request = self.normalized(request);
        let hit = self.cache.load().cached_token(&request);
        if let Some(token) = hit {
            return Ok(token.clone());
        }
        let cache = self.cache.load_full();
        get_cached(&cache, &request).await
    }

    pub(crate) fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.cache.load().cached_token(&self.normalized(request)).map(|token| token.clone())
    }

    fn normalized<'a>(&'a self, request: &'a TokenRequest) -> Cow<'a, TokenRequest> {
        normalized(self.default_request.as_ref(), self.exchange.own_tenant(), request)
    }

    pub(crate) async fn authenticate(
        &self,
        request: &TokenRequest,
    ) -> Result<AuthenticationRecord, CredentialError> {
        let request = self.normalized(request);
        let (record, token) = self.exchange.authenticate(&request).await?;
        keep_without_claims(&self.cache.load_full(), &request, &token);
        Ok(record)
    }

    pub(crate) fn identity(&self) -> Option<CredentialIdentity> {
        self.exchange.identity_with(self.default_request.as_ref())
    }

    pub(crate) fn account(&self) -> Option<AuthenticationRecord> {
        self.exchange.account()
    }

    pub(crate) fn sign_out(&self) -> bool {
        let was_signed_in = self.exchange.sign_out();
        self.cache.store(Arc::new(cache_of(&self.exchange, &self.cache_options)));
        was_signed_in
    }

    pub(crate) fn session(&self) -> &UserSession {
        self.exchange.session()
    }
}

fn cache_of<S: SignIn>(exchange: &Arc<UserExchange<S>>, options: &CacheOptions) -> Cache<S> {
    CachedCredential::new(exchange.clone()).with_clock(exchange.clock()).with_options(options)
}

impl<S: SignIn> fmt::Debug for UserCredential<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.exchange.fmt(f)
    }
}
