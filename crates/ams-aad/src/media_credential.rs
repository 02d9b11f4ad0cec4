//! Tokens for one of the two media APIs.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{AccessToken, CredentialError, CredentialIdentity, TokenCredential, TokenRequest};

/// Tokens of a [`ServicePrincipal`](crate::ServicePrincipal), a [`MediaUser`](crate::MediaUser) or any other credential for
/// one of the two media APIs.
///
/// `TokenRequest::default()` asks for that API's scope. Clones share the tokens.
#[derive(Clone)]
pub struct MediaCredential {
    inner: Arc<dyn TokenCredential>,
    /// Asks for the API's scope.
    own: TokenRequest,
    scope: String,
    api: Api,
}

/// Which API the tokens are for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Api {
    RestV2,
    Arm,
}

/// Entra's codes for a resource that the tenant does not know, or the app may not use.
const NO_RESOURCE: [&str; 4] = ["AADSTS500011", "AADSTS50001", "AADSTS650056", "AADSTS650057"];

impl MediaCredential {
    pub(crate) fn new(inner: impl TokenCredential + 'static, scope: String, api: Api) -> Self {
        Self { inner: Arc::new(inner), own: TokenRequest::new([scope.clone()]), scope, api }
    }

    /// Returns the scope that is asked for when a request names none.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// Fills in the scope, without a copy where the request says nothing else.
    fn complete<'a>(&'a self, request: &'a TokenRequest) -> Cow<'a, TokenRequest> {
        if !request.scopes().is_empty() {
            return Cow::Borrowed(request);
        }
        if request.tenant().is_none() && request.claims().is_none() && request.refused_token().is_none() {
            return Cow::Borrowed(&self.own);
        }
        Cow::Owned(request.clone().with_scopes([self.scope.clone()]))
    }

    fn explain(&self, error: CredentialError) -> CredentialError {
        if self.api == Api::RestV2 && error.code().is_some_and(|code| NO_RESOURCE.contains(&code)) {
            return error.with_fix(
                "check the tenant and the cloud; where the Media Services application is gone since its retirement on \
                 2024-06-30, create a service principal of it or use a compatible service",
            );
        }
        error
    }
}

#[async_trait]
impl TokenCredential for MediaCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.inner.get_token(&self.complete(request)).await.map_err(|error| self.explain(error))
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.inner.token_at_hand(&self.complete(request))
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        Some(self.inner.identity()?.with_default_scopes([self.scope.clone()]))
    }
}

impl fmt::Debug for MediaCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaCredential")
            .field("inner", &self.inner)
            .field("scope", &self.scope)
            .field("api", &self.api)
            .finish()
    }
}
