//! What all flows of an app by itself share: checks, the exchange, the cache.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessToken, CachedCredential, Clock, CredentialError, CredentialErrorKind, CredentialIdentity,
    TokenCredential, TokenRequest, Transport,
};
use http::Request;

use crate::TokenResponse;
use crate::app_scope::AppScope;
use crate::cached_requests::{get_cached, identity, normalized};
use crate::claims::with_capability;
use crate::client::Client;
use crate::client_options::ClientOptions;
use crate::discovery::Discovery;
use crate::tenant::{Tenant, TenantPolicy};

/// A flow in which an app signs in by itself: a secret, a certificate, an assertion.
#[async_trait]
pub(crate) trait AppFlow: fmt::Debug + Send + Sync + 'static {
    /// The app, and whom it asks.
    fn client(&self) -> &Client;

    /// Builds the request for a token; the client knows all endpoints.
    async fn token_request(
        &self,
        client: &Client,
        tenant: &Tenant,
        scope: &AppScope<'_>,
        claims: Option<&str>,
    ) -> Result<Request<Bytes>, CredentialError>;
}

/// The credential underneath all such credentials.
pub(crate) struct AppCredential<F> {
    cached: CachedCredential<Exchange<F>>,
    default_request: Option<TokenRequest>,
}

struct Exchange<F> {
    flow: F,
    discovery: Discovery,
    tenants: TenantPolicy,
    challenges: bool,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl<F: AppFlow> AppCredential<F> {
    pub(crate) fn new(tenant: &str, flow: F, options: ClientOptions) -> Result<Self, CredentialError> {
        const KIND: CredentialErrorKind = CredentialErrorKind::InvalidConfiguration;
        let tenants = TenantPolicy::new(Tenant::parse_concrete(KIND, tenant)?, &options.other_tenants)?;
        for scope in &options.default_scopes {
            AppScope::parse(KIND, &flow.client().authority, scope)?;
        }
        let (transport, clock) = (options.transport()?, options.clock());
        let (discovery, challenges) = (Discovery::default(), options.challenges);
        let exchange = Exchange { flow, discovery, tenants, challenges, transport, clock: clock.clone() };
        let defaults = options.default_scopes;
        Ok(Self {
            cached: CachedCredential::new(exchange).with_clock(clock).with_options(&options.cache),
            default_request: (!defaults.is_empty()).then(|| TokenRequest::new(defaults)),
        })
    }

    pub(crate) fn identity(&self) -> CredentialIdentity {
        self.cached.inner().identity_with(self.default_request.as_ref())
    }

    pub(crate) async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        get_cached(&self.cached, &self.normalized(request)).await
    }

    pub(crate) fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.cached.cached_token(&self.normalized(request)).map(|token| token.clone())
    }

    fn normalized<'a>(&'a self, request: &'a TokenRequest) -> Cow<'a, TokenRequest> {
        normalized(self.default_request.as_ref(), self.cached.inner().tenants.own(), request)
    }
}

impl<F: AppFlow> Exchange<F> {
    fn identity_with(&self, default: Option<&TokenRequest>) -> CredentialIdentity {
        identity(self.flow.client(), self.tenants.own(), default, self.challenges)
    }
}

#[async_trait]
impl<F: AppFlow> TokenCredential for Exchange<F> {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let tenant = self.tenants.choose(request.tenant())?;
        let client = self.flow.client();
        let scope = AppScope::of(&client.authority, request.scopes())?;
        let claims = with_capability(self.challenges || request.is_cae(), request.claims())?;
        let client = self.discovery.complete(client, &tenant, &*self.transport, &*self.clock).await?;
        let token_request = self.flow.token_request(&client, &tenant, &scope, claims.as_deref()).await?;
        let sent_at = self.clock.now();
        let response = self.transport.send(token_request).await?;
        Ok(TokenResponse::read(&response, sent_at)?.into_access_token())
    }

    /// The cache names the default scope in every request, so it has no part here.
    fn identity(&self) -> Option<CredentialIdentity> {
        Some(self.identity_with(None))
    }
}

impl<F: fmt::Debug> fmt::Debug for Exchange<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("flow", &self.flow)
            .field("tenants", &self.tenants)
            .finish_non_exhaustive()
    }
}

impl<F: fmt::Debug> fmt::Debug for AppCredential<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AppCredential").field(&self.cached).finish()
    }
}
