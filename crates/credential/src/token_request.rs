//! What a caller wants a token for.

use std::borrow::Cow;

use crate::AccessToken;
use crate::request_key::RequestKey;

/// What a caller wants a token for.
///
/// The default asks for the credential's own default scopes. Build a request once and pass it by reference: it carries
/// its own hash, so that a cached credential finds its entry without hashing or allocating.
///
/// # Example
/// ```
/// use credential::TokenRequest;
///
/// let request = TokenRequest::new(["https://communication.azure.com//.default"]).with_tenant("contoso.onmicrosoft.com");
/// assert_eq!(request.scopes().len(), 1);
/// assert_eq!(request.tenant(), Some("contoso.onmicrosoft.com"));
/// ```
#[derive(Clone, Debug)]
pub struct TokenRequest {
    key: RequestKey,
    refused: Option<AccessToken>,
}

impl TokenRequest {
    /// Asks for a token for these scopes: a set, so they are kept sorted and without repetition.
    pub fn new<S: Into<Cow<'static, str>>>(scopes: impl IntoIterator<Item = S>) -> Self {
        let key = RequestKey { scopes: sorted(scopes), ..RequestKey::default() };
        Self { key: key.hashed(), refused: None }
    }

    /// Asks for these scopes instead.
    #[must_use]
    pub fn with_scopes<S: Into<Cow<'static, str>>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.key.scopes = sorted(scopes);
        Self { key: self.key.hashed(), ..self }
    }

    /// Asks for a token of this tenant instead of the credential's own. Tenant names compare without case.
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<Cow<'static, str>>) -> Self {
        self.key.tenant = Some(tenant.into());
        Self { key: self.key.hashed(), ..self }
    }

    /// Asks for a token of the credential's own tenant again.
    #[must_use]
    pub fn without_tenant(mut self) -> Self {
        self.key.tenant = None;
        Self { key: self.key.hashed(), ..self }
    }

    /// Answers a claims challenge: `claims` is the decoded JSON text of the challenge.
    #[must_use]
    pub fn with_claims(mut self, claims: impl Into<Cow<'static, str>>) -> Self {
        self.key.claims = Some(claims.into());
        Self { key: self.key.hashed(), ..self }
    }

    /// Asks for no claims any more.
    #[must_use]
    pub fn without_claims(mut self) -> Self {
        self.key.claims = None;
        Self { key: self.key.hashed(), ..self }
    }

    /// Asks for a token of Continuous Access Evaluation: one that lives for a day or more, and that services revoke with a
    /// [`ClaimsChallenge`](crate::ClaimsChallenge). Entra is told with the client capability `cp1`.
    ///
    /// Ask for one only where every 401 answer is searched for a challenge: a revoked token stays in use otherwise. Tokens
    /// with and without this are cached apart.
    #[must_use]
    pub fn with_cae(mut self) -> Self {
        self.key.cae = true;
        Self { key: self.key.hashed(), ..self }
    }

    /// Asks for any token but this one, which a service has refused.
    #[must_use]
    pub fn not_this_token(mut self, refused: AccessToken) -> Self {
        self.refused = Some(refused);
        self
    }

    /// Returns the scopes asked for, sorted; none means the credential's own default.
    pub fn scopes(&self) -> &[Cow<'static, str>] {
        &self.key.scopes
    }

    /// Returns the tenant asked for.
    pub fn tenant(&self) -> Option<&str> {
        self.key.tenant.as_deref()
    }

    /// Returns the claims asked for, as JSON text.
    pub fn claims(&self) -> Option<&str> {
        self.key.claims.as_deref()
    }

    /// Says whether a token of Continuous Access Evaluation is asked for.
    pub fn is_cae(&self) -> bool {
        self.key.cae
    }

    /// Returns the token that a service has refused.
    pub fn refused_token(&self) -> Option<&AccessToken> {
        self.refused.as_ref()
    }

    /// Says whether `token` is the one that a service has refused.
    pub fn refuses(&self, token: &AccessToken) -> bool {
        self.refused.as_ref().is_some_and(|refused| refused.is_same_token(token))
    }

    #[cfg(feature = "cache")]
    pub(crate) fn key(&self) -> &RequestKey {
        &self.key
    }
}

impl Default for TokenRequest {
    fn default() -> Self {
        Self::new::<&str>([])
    }
}

fn sorted<S: Into<Cow<'static, str>>>(scopes: impl IntoIterator<Item = S>) -> Box<[Cow<'static, str>]> {
    let mut scopes: Vec<_> = scopes.into_iter().map(Into::into).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_a_set() {
        let request = TokenRequest::new(["b", "a", "b"]);
        assert_eq!(request.scopes(), ["a", "b"]);
        assert_eq!(request.key, TokenRequest::new(["a", "b"]).key);
        assert_ne!(request.key, TokenRequest::new(["a"]).key);
    }

    #[test]
    fn tenant_and_claims_tell_keys_apart_and_a_refused_token_does_not() {
        let plain = TokenRequest::new(["a"]);
        let token = AccessToken::new("t", std::time::SystemTime::UNIX_EPOCH);
        assert_ne!(plain.key, plain.clone().with_tenant("t").key);
        assert_ne!(plain.key, plain.clone().with_claims("{}").key);
        assert_ne!(plain.key, plain.clone().with_cae().key);
        assert_eq!(plain.key, plain.clone().with_claims("{}").without_claims().key);
        assert_eq!(plain.key, plain.clone().with_tenant("t").without_tenant().key);
        assert!(plain.clone().with_cae().is_cae() && !plain.is_cae());
        assert_eq!(plain.clone().with_tenant("T").key, plain.clone().with_tenant("t").key);
        assert_eq!(plain.clone().not_this_token(token).key, plain.key);
        assert_eq!(TokenRequest::default().key, TokenRequest::new::<String>([]).key);
    }
}
