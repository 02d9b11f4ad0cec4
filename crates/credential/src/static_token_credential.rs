//! A token that somebody else got.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    AccessToken, Clock, CredentialError, CredentialErrorKind, SystemClock, TokenCredential, TokenRequest,
};

/// Provides a token that somebody else got, until it expires.
///
/// Scopes, tenant and claims of a request are ignored: whoever made the token decided them.
///
/// # Example
/// ```
/// use credential::{CredentialErrorKind, StaticTokenCredential, TokenCredential, TokenRequest};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// // A JWT tells its own expiry; this one, {"exp":1}, has long expired.
/// let credential = StaticTokenCredential::from_jwt("h.eyJleHAiOjF9.s")?;
/// let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
/// assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StaticTokenCredential {
    token: AccessToken,
    clock: Arc<dyn Clock>,
}

impl StaticTokenCredential {
    /// Provides this token.
    pub fn new(token: AccessToken) -> Self {
        Self { token, clock: SystemClock::shared() }
    }

    /// Provides this JWT until the expiry that it states.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the text is not a JWT with an `exp` claim.
    #[cfg(feature = "jwt")]
    pub fn from_jwt(token: &str) -> Result<Self, CredentialError> {
        let token = token.trim();
        let expires_at = crate::jwt_expires_at(token).map_err(|unreadable| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                unreadable.problem().to_owned(),
                unreadable.fix().to_owned(),
            )
        })?;
        Ok(Self::new(AccessToken::new(token, expires_at)))
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

#[async_trait]
impl TokenCredential for StaticTokenCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let fail =
            |kind, problem| Err(CredentialError::new(kind, problem, "get a new token, and give that one"));
        if !self.token.is_valid_at(self.clock.now()) {
            return fail(CredentialErrorKind::InvalidConfiguration, "the static token has expired");
        }
        if request.refuses(&self.token) {
            return fail(CredentialErrorKind::Refused, "the service refused the static token");
        }
        Ok(self.token.clone())
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        let is_usable = self.token.is_valid_at(self.clock.now()) && !request.refuses(&self.token);
        is_usable.then(|| self.token.clone())
    }
}
