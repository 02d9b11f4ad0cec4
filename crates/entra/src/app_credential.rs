//! What all flows of an app by itself share: checks, the exchange, the cache.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessToken, CachedCredential, Clock, CredentialError, CredentialErrorKind, SystemClock, TokenCredential,
    TokenRequest, Transport,
};
use http::Request;

use crate::TokenResponse;
use crate::scope::DefaultScope;
use crate::tenant::{Tenant, TenantPolicy};

/// A flow in which an app signs in by itself: a secret, a certificate, an assertion.
#[async_trait]
pub(crate) trait AppFlow: fmt::Debug + Send + Sync {
    /// Builds the request for a token.
    async fn token_request(
        &self,
        tenant: &Tenant,
        scope: DefaultScope<'_>,
        claims: Option<&str>,
    ) -> Result<Request<Bytes>, CredentialError>;
}

/// What the builders of all such credentials collect besides their flow.
#[derive(Default)]
pub(crate) struct AppOptions {
    pub(crate) default_scope: Option<String>,
    pub(crate) other_tenants: Vec<String>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) clock: Option<Arc<dyn Clock>>,
}

/// The credential underneath all such credentials.
pub(crate) struct AppCredential<F> {
    cached: CachedCredential<Exchange<F>>,
    default_request: Option<TokenRequest>,
}

struct Exchange<F> {
    flow: F,
    tenants: TenantPolicy,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl<F: AppFlow> AppCredential<F> {
    pub(crate) fn new(tenant: &str, flow: F, options: AppOptions) -> Result<Self, CredentialError> {
        const KIND: CredentialErrorKind = CredentialErrorKind::InvalidConfiguration;
        let tenants = TenantPolicy::new(Tenant::parse_concrete(KIND, tenant)?, &options.other_tenants)?;
        if let Some(scope) = &options.default_scope {
            DefaultScope::parse(KIND, scope)?;
        }
        let transport = match options.transport {
            Some(transport) => transport,
            None => default_transport()?,
        };
        let clock = options.clock.unwrap_or_else(SystemClock::shared);
        let exchange = Exchange { flow, tenants, transport, clock: clock.clone() };
        Ok(Self {
            cached: CachedCredential::new(exchange).with_clock(clock),
            default_request: options.default_scope.map(|scope| TokenRequest::new([scope])),
        })
    }

    pub(crate) async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.cached.get_token(&self.normalized(request)).await
    }

    /// Fills in the default scope and drops a tenant that is the credential's own, so that requests which mean the same
    /// share a token. The usual request passes as it is.
    fn normalized<'a>(&'a self, request: &'a TokenRequest) -> Cow<'a, TokenRequest> {
        let tenant = request.tenant().filter(|tenant| !self.cached.inner().tenants.own().is(tenant));
        let default = self.default_request.as_ref().filter(|_| request.scopes().is_empty());
        match default {
            None if tenant == request.tenant() => return Cow::Borrowed(request),
            Some(default)
                if tenant.is_none() && request.claims().is_none() && request.refused_token().is_none() =>
            {
                return Cow::Borrowed(default);
            }
            _ => {}
        }
        let mut full = TokenRequest::new(default.unwrap_or(request).scopes().to_vec());
        if let Some(tenant) = tenant {
            full = full.with_tenant(tenant.to_owned());
        }
        if let Some(claims) = request.claims() {
            full = full.with_claims(claims.to_owned());
        }
        if let Some(refused) = request.refused_token() {
            full = full.not_this_token(refused.clone());
        }
        Cow::Owned(full)
    }
}

#[async_trait]
impl<F: AppFlow> TokenCredential for Exchange<F> {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let tenant = self.tenants.choose(request.tenant())?;
        let scope = DefaultScope::only(request.scopes())?;
        let sent_at = self.clock.now();
        let token_request = self.flow.token_request(&tenant, scope, request.claims()).await?;
        let response = self.transport.send(token_request).await?;
        Ok(TokenResponse::read(&response, sent_at)?.into_access_token())
    }
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    credential_http::HttpClient::shared()
}

#[cfg(not(feature = "reqwest"))]
fn default_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    Err(CredentialError::new(
        CredentialErrorKind::NotConfigured,
        "there is no transport to send token requests with",
        "give one to the builder, or enable the feature `reqwest` of the crate `entra`",
    ))
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
