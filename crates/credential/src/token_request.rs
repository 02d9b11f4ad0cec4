//! What a caller wants a token for.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::OnceLock;

use crate::AccessToken;

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

/// The part of a request that decides which token fits: equal keys can share one.
#[derive(Clone, Debug)]
pub(crate) struct RequestKey {
    hash: u64,
    scopes: Box<[Cow<'static, str>]>,
    tenant: Option<Cow<'static, str>>,
    claims: Option<Cow<'static, str>>,
}

impl TokenRequest {
    /// Asks for a token for these scopes: a set, so they are kept sorted and without repetition.
    pub fn new<S: Into<Cow<'static, str>>>(scopes: impl IntoIterator<Item = S>) -> Self {
        let key = RequestKey { hash: 0, scopes: sorted(scopes), tenant: None, claims: None };
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

    /// Answers a claims challenge: `claims` is the decoded JSON text of the challenge.
    #[must_use]
    pub fn with_claims(mut self, claims: impl Into<Cow<'static, str>>) -> Self {
        self.key.claims = Some(claims.into());
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

impl RequestKey {
    /// Seeded anew in each process, so that nobody can prepare scopes or tenants whose hashes collide.
    fn hashed(mut self) -> Self {
        static SEED: OnceLock<RandomState> = OnceLock::new();
        let mut hasher = SEED.get_or_init(RandomState::new).build_hasher();
        self.scopes.hash(&mut hasher);
        self.tenant.as_ref().map(|tenant| tenant.to_ascii_lowercase()).hash(&mut hasher);
        self.claims.hash(&mut hasher);
        self.hash = hasher.finish();
        self
    }
}

impl PartialEq for RequestKey {
    fn eq(&self, other: &Self) -> bool {
        let tenants_match = match (&self.tenant, &other.tenant) {
            (Some(mine), Some(theirs)) => mine.eq_ignore_ascii_case(theirs),
            (None, None) => true,
            _ => false,
        };
        self.hash == other.hash && tenants_match && self.scopes == other.scopes && self.claims == other.claims
    }
}

impl Eq for RequestKey {}

impl Hash for RequestKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
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
        assert_eq!(plain.clone().with_tenant("T").key, plain.clone().with_tenant("t").key);
        assert_eq!(plain.clone().not_this_token(token).key, plain.key);
        assert_eq!(TokenRequest::default().key, TokenRequest::new::<String>([]).key);
    }
}
