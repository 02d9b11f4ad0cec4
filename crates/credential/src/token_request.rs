//! What a caller wants a token for.

use std::borrow::Cow;

use crate::AccessToken;

/// What a caller wants a token for.
///
/// The default asks for the credential's own default scopes. Build a request once and pass it by reference: a
/// cached credential finds its entry without allocating.
///
/// # Example
/// ```
/// use credential::TokenRequest;
///
/// let request = TokenRequest::new(["https://communication.azure.com//.default"]).with_tenant("contoso.onmicrosoft.com");
/// assert_eq!(request.scopes().len(), 1);
/// assert_eq!(request.tenant(), Some("contoso.onmicrosoft.com"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct TokenRequest {
    scopes: Vec<Cow<'static, str>>,
    tenant: Option<Cow<'static, str>>,
    claims: Option<Cow<'static, str>>,
    refused: Option<AccessToken>,
}

impl TokenRequest {
    /// Asks for a token for these scopes. Their order and repetition carry no meaning.
    pub fn new<S: Into<Cow<'static, str>>>(scopes: impl IntoIterator<Item = S>) -> Self {
        Self { scopes: scopes.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Asks for a token of this tenant instead of the credential's own.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<Cow<'static, str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Answers a claims challenge: `claims` is the decoded JSON text of the challenge.
    #[must_use]
    pub fn with_claims(mut self, claims: impl Into<Cow<'static, str>>) -> Self {
        self.claims = Some(claims.into());
        self
    }

    /// Asks for any token but this one, which a service has refused.
    #[must_use]
    pub fn not_this_token(mut self, refused: AccessToken) -> Self {
        self.refused = Some(refused);
        self
    }

    /// Returns the scopes asked for; none means the credential's own default.
    pub fn scopes(&self) -> &[Cow<'static, str>] {
        &self.scopes
    }

    /// Returns the tenant asked for.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// Returns the claims asked for, as JSON text.
    pub fn claims(&self) -> Option<&str> {
        self.claims.as_deref()
    }

    /// Returns the token that a service has refused.
    pub fn refused_token(&self) -> Option<&AccessToken> {
        self.refused.as_ref()
    }

    /// Says whether `token` is the one that a service has refused.
    pub fn refuses(&self, token: &AccessToken) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.is_same_token(token))
    }
}
