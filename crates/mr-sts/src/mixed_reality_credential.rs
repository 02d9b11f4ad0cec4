//! The credential that most callers want.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use credential::{
    AccessToken, CachedCredential, CredentialError, CredentialIdentity, StaticTokenCredential,
    TokenCredential, TokenRequest,
};

use crate::{MixedRealityBuilder, MixedRealityStsClient};

/// A Mixed Reality token for one account: exchanged when needed, cached, renewed ahead of its expiry.
///
/// Tenant, claims and scopes of a request are ignored, because the account decides what the token is for:
/// `TokenRequest::default()` says all there is to say, and requests that differ in them share one token. A token that
/// the request names as refused is replaced.
///
/// # Example
/// ```
/// use credential::{AccessKey, TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
/// use mr_sts::MixedRealityCredential;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let service = ScriptedTransport::new().then_json(r#"{"AccessToken":"h.eyJleHAiOjIxNDc0ODM2NDd9.s"}"#);
/// let id = "68321d5a-7978-4ceb-b880-0f49751daae9";
/// let credential = MixedRealityCredential::builder(id, "eastus2.mixedreality.azure.com")
///     .account_key(AccessKey::from_base64("c2VjcmV0")?)
/// #     .transport(service.shared())
///     .build()?;
///
/// for _ in 0..3 {
///     credential.get_token(&TokenRequest::default()).await?; // one request: the token is cached
/// }
/// # assert_eq!(service.requests().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MixedRealityCredential(Source);

#[derive(Debug)]
enum Source {
    Exchange {
        cached: CachedCredential<MixedRealityStsClient>,
        /// The version of the account key at the last call.
        key_version: AtomicU64,
    },
    Ready(StaticTokenCredential),
}

impl MixedRealityCredential {
    /// Exchanges an account key, over the process-wide HTTP client of `credential-http`. A rotated key is in use at the
    /// next exchange.
    ///
    /// # Errors
    /// Those of [`MixedRealityBuilder::build`].
    #[cfg(feature = "reqwest")]
    pub fn with_account_key(
        account_id: &str,
        account_domain: &str,
        key: credential::AccessKey,
    ) -> Result<Self, CredentialError> {
        Self::builder(account_id, account_domain).account_key(key).build()
    }

    /// Exchanges Entra tokens of `credential`, over the process-wide HTTP client of `credential-http`. They are asked for
    /// with [`DEFAULT_SCOPE`](crate::DEFAULT_SCOPE).
    ///
    /// # Errors
    /// Those of [`MixedRealityBuilder::build`].
    #[cfg(feature = "reqwest")]
    pub fn with_token_credential(
        account_id: &str,
        account_domain: &str,
        credential: impl TokenCredential + 'static,
    ) -> Result<Self, CredentialError> {
        Self::builder(account_id, account_domain).token_credential(credential).build()
    }

    /// Provides a Mixed Reality token that somebody else got, until it expires: nothing is exchanged or renewed.
    pub fn with_token(token: AccessToken) -> Self {
        Self(Source::Ready(StaticTokenCredential::new(token)))
    }

    /// Starts with the account's id (a UUID) and domain, both from its overview page in the portal.
    pub fn builder(account_id: &str, account_domain: &str) -> MixedRealityBuilder<Self> {
        MixedRealityBuilder::new(account_id, account_domain)
    }

    pub(crate) fn cached(exchange: CachedCredential<MixedRealityStsClient>) -> Self {
        let key_version = AtomicU64::new(exchange.inner().key_version());
        Self(Source::Exchange { cached: exchange, key_version })
    }
}

/// Keeps of a request only what matters, so that all requests share one cached token.
fn essence(request: &TokenRequest) -> Cow<'_, TokenRequest> {
    if request.scopes().is_empty() && request.tenant().is_none() && request.claims().is_none() {
        return Cow::Borrowed(request);
    }
    Cow::Owned(match request.refused_token() {
        Some(refused) => TokenRequest::default().not_this_token(refused.clone()),
        None => TokenRequest::default(),
    })
}

#[async_trait]
impl TokenCredential for MixedRealityCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        match &self.0 {
            Source::Exchange { cached, key_version } => {
                let version = cached.inner().key_version();
                if key_version.load(Ordering::Relaxed) != version {
                    // What the service said to the old key is no answer to the new one.
                    key_version.store(version, Ordering::Relaxed);
                    cached.forget_refusals();
                }
                cached.get_token(&essence(request)).await
            }
            Source::Ready(token) => token.get_token(request).await,
        }
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        match &self.0 {
            Source::Exchange { cached, .. } => {
                cached.cached_token(&essence(request)).map(|token| token.clone())
            }
            Source::Ready(token) => token.token_at_hand(request),
        }
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        match &self.0 {
            Source::Exchange { cached, .. } => cached.identity(),
            Source::Ready(token) => token.identity(),
        }
    }
}
