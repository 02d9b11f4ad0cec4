//! Tokens for one of the two media APIs.

use async_trait::async_trait;
use credential::{AccessToken, CredentialError, TokenCredential, TokenRequest};
use entra::ClientSecretCredential;

/// Tokens of a [`ServicePrincipal`](crate::ServicePrincipal) for one of the two media APIs; cached.
///
/// `TokenRequest::default()` asks for that API's scope.
#[derive(Debug)]
pub struct MediaCredential {
    inner: ClientSecretCredential,
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
    pub(crate) fn new(inner: ClientSecretCredential, scope: String, api: Api) -> Self {
        Self { inner, scope, api }
    }

    /// Returns the scope that is asked for when a request names none.
    pub fn scope(&self) -> &str {
        &self.scope
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
        self.inner.get_token(request).await.map_err(|error| self.explain(error))
    }
}
