//! A token cache around any credential.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderMap;

use crate::cache_core::CacheCore;
use crate::cache_settings::Settings;
use crate::cache_slots::Lookup;
use crate::held_token::{CachedToken, HeldToken};
use crate::jitter::Jitter;
use crate::request_key::PackedKey;
use crate::{
    AccessToken, CacheMetrics, ClaimsChallenge, Clock, CredentialError, CredentialIdentity, Random, Sleep,
    Spawn, TokenCredential, TokenRequest, TokenStore,
};

/// Caches the tokens of any credential.
///
/// - A hit takes no lock and, through [`CachedCredential::cached_token`], allocates nothing.
/// - One fetch per key at a time: a thousand callers on a cold key send one request and share its answer, be it a
///   token or a refusal. If the fetching caller is dropped, a waiting one takes over.
/// - Keys do not wait for each other. A key is the set of scopes, the tenant, the claims and the CAE flag of a request; in a
///   shared store, the [identity](CredentialIdentity) of the credential too.
/// - A token that is due is renewed in the background when there is a runtime for that
///   ([`CachedCredential::with_spawn`]), else by one caller. All others get the still valid one at once, and it stays in
///   use when the renewal fails. It is due when the service says so, after half of a life of two hours or more, else five
///   minutes before it expires; up to a tenth of that time earlier, so that many processes do not renew together.
/// - A cached token that has expired, or that the request names as refused, is never returned, whichever way the wall
///   clock is set.
/// - A request that the service has refused is not sent again for a second, and longer when it is refused again, or for as
///   long as the service asks: callers get the refusal, which says so
///   ([`CachedCredential::with_refusal_memory`]).
///
/// Clones share everything. Configure a cache before it is used: a change starts without tokens.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
/// use credential::{AccessToken, CachedCredential, StaticTokenCredential, TokenCredential, TokenRequest};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// let slow = StaticTokenCredential::new(AccessToken::new("t0ken", SystemTime::now() + Duration::from_secs(3600)));
/// let fast = CachedCredential::new(slow);
/// let first = fast.get_token(&TokenRequest::new(["a", "b"])).await?;
/// let again = fast.cached_token(&TokenRequest::new(["b", "a", "a"])).expect("a cached token");
/// assert!(first.is_same_token(&again));
/// # Ok(())
/// # }
/// ```
pub struct CachedCredential<C> {
    core: Arc<CacheCore<C>>,
}

impl<C> Clone for CachedCredential<C> {
    fn clone(&self) -> Self {
        Self { core: self.core.clone() }
    }
}

impl<C: TokenCredential> CachedCredential<C> {
    /// Caches the tokens of `inner`.
    pub fn new(inner: C) -> Self {
        Self { core: Arc::new(CacheCore::new(Arc::new(inner), Settings::default(), Jitter::seeded())) }
    }

    fn configured(self, change: impl FnOnce(&mut Settings<C>)) -> Self {
        let mut settings = self.core.settings.clone();
        change(&mut settings);
        Self { core: Arc::new(CacheCore::new(self.core.inner.clone(), settings, self.core.jitter.split())) }
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        self.configured(|settings| settings.clock = clock)
    }

    /// Keeps at most this many tokens (10,000 by default). A full cache drops a sixteenth: the least recently used.
    #[must_use]
    pub fn with_capacity(self, capacity: usize) -> Self {
        self.configured(|settings| settings.capacity = capacity.max(1))
    }

    /// Renews tokens in the background, so that no caller waits for a renewal.
    #[must_use]
    pub fn with_spawn(self, spawn: Arc<dyn Spawn>) -> Self
    where
        C: 'static,
    {
        self.configured(|settings| settings.renew_on(spawn))
    }

    /// Draws the times of renewals from here, so that they repeat, as for a test. Without it they differ in each process.
    #[must_use]
    pub fn with_random(self, random: &dyn Random) -> Self {
        let core = CacheCore::new(self.core.inner.clone(), self.core.settings.clone(), Jitter::from(random));
        Self { core: Arc::new(core) }
    }

    /// Remembers a refusal for at most this long (30 seconds by default) when the service does not say for how long; zero
    /// switches the memory off.
    ///
    /// A request that the service has refused or throttled is not sent again at once: not for a second after the first
    /// refusal, and twice as long after each same one, or for as long as `Retry-After` says, to an hour. What may heal at any
    /// moment is asked for again at once: a network that fails, an outage, a sign-in that is missing.
    #[must_use]
    pub fn with_refusal_memory(self, longest: Duration) -> Self {
        self.configured(|settings| settings.longest_hold = longest)
    }

    /// Reports what happens to `metrics`.
    #[must_use]
    pub fn with_metrics(self, metrics: Arc<dyn CacheMetrics>) -> Self {
        self.configured(|settings| settings.metrics = Some(metrics))
    }

    /// Shares tokens with other caches, in this process or others, through a store. One of them sends a request, and the
    /// others get its answer; waiting for each other goes through `sleep`.
    ///
    /// A store that fails or hangs fails nobody: the cache goes on without it, and says so in a `tracing` event. Tokens are
    /// shared only while it is known whose they are: by [`CachedCredential::with_identity`], else by
    /// [`TokenCredential::identity`] of the credential underneath.
    #[must_use]
    pub fn with_store(self, store: Arc<dyn TokenStore>, sleep: Arc<dyn Sleep>) -> Self {
        self.configured(|settings| settings.store = Some((store, sleep)))
    }

    /// Says whose tokens these are, in place of the credential underneath.
    #[must_use]
    pub fn with_identity(self, identity: CredentialIdentity) -> Self {
        self.configured(|settings| settings.identity = Some(identity))
    }

    /// How many keys are being fetched, or have failed lately.
    #[cfg(test)]
    pub(crate) fn flights(&self) -> usize {
        self.core.flights.len()
    }

    /// Returns the credential underneath.
    pub fn inner(&self) -> &C {
        &self.core.inner
    }

    /// Returns the token of a request when it lies in the cache and is not due: no lock, no allocation, no waiting.
    #[inline]
    pub fn cached_token(&self, request: &TokenRequest) -> Option<CachedToken> {
        match self.core.look_up(request) {
            Lookup::Fresh(token) => {
                self.core.note_hit();
                Some(token)
            }
            Lookup::Due(_) | Lookup::Nothing => None,
        }
    }

    /// Puts a token into the cache as the answer to a request, in place of the one that lies there: one that was obtained
    /// another way, such as by a sign-in. An expired token is not kept. The store, if there is one, does not get it.
    pub fn keep(&self, request: &TokenRequest, token: &AccessToken) {
        let present = self.core.present();
        if token.is_valid_at(present.now) {
            let key = PackedKey::of(request.key());
            let held = HeldToken::new(token.clone(), present.now, present, self.core.jitter.draw());
            self.core.flights.forget(&key);
            self.core.keep(key, Arc::new(held), present);
        }
    }

    /// Fetches a token, even though a valid one lies in the cache. Callers who insist together share a request that begins
    /// after they came, so a thousand of them send two at most.
    ///
    /// A refusal that is remembered does not hold this back, unless the service itself has asked to wait.
    ///
    /// # Errors
    /// Those of the credential underneath. The token in the cache stays in use then.
    pub async fn refresh(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.core.fetch_shared(request, true).await
    }

    /// Drops this token, of whatever request, from the cache and from the store, and never a newer one. Returns whether it
    /// lay in the cache.
    ///
    /// For a request that is about to be repeated, [`TokenRequest::not_this_token`] does more: it holds against a token that
    /// another cache brings back.
    pub async fn invalidate(&self, token: &AccessToken) -> bool {
        self.core.invalidate(token).await
    }

    /// Sends what was refused again when it is asked for: what it was refused for has changed, such as a secret.
    pub fn forget_refusals(&self) {
        self.core.flights.forget_all();
    }

    /// Drops all tokens and all remembered refusals: somebody else has signed in, say. Fetches that are under way answer
    /// those who wait for them, and are not kept. What lies in the store stays there.
    pub fn clear(&self) {
        self.core.clear();
    }

    /// Answers a 401 or 403 response that demands another token: looks for a claims challenge in its headers, and gets the
    /// token for it. `refused` is the token that the request carried; repeat the request once with what is returned.
    ///
    /// `Ok(None)` says that there is nothing to be done: the response has no challenge, or `refused` is what this very
    /// challenge was answered with. Callers who meet the same challenge together send one request. The new token is
    /// returned to requests without the claims as well.
    ///
    /// # Errors
    /// Those of the credential underneath.
    ///
    /// # Example
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// use credential::{CachedCredential, TokenCredential, TokenRequest};
    /// use http::{HeaderMap, header::WWW_AUTHENTICATE};
    /// # #[derive(Debug)]
    /// # struct Entra;
    /// # #[async_trait::async_trait]
    /// # impl TokenCredential for Entra {
    /// #     async fn get_token(&self, request: &TokenRequest) -> Result<credential::AccessToken, credential::CredentialError> {
    /// #         let text = if request.claims().is_some() { "with claims" } else { "plain" };
    /// #         Ok(credential::AccessToken::new(text, SystemTime::now() + Duration::from_secs(3600)))
    /// #     }
    /// # }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let credential = CachedCredential::new(Entra);
    /// let request = TokenRequest::new(["https://graph.microsoft.com/.default"]).with_cae();
    /// let token = credential.get_token(&request).await?;
    ///
    /// // The service answers 401, with this header:
    /// let mut headers = HeaderMap::new();
    /// headers.insert(WWW_AUTHENTICATE, r#"Bearer error="insufficient_claims", claims="eyJhIjoxfQ""#.parse()?);
    ///
    /// let better = credential.answer_challenge(&request, &token, &headers).await?.expect("an answer");
    /// assert_eq!(better.expose(), "with claims");
    /// // Challenged in the same words again, there is no better answer.
    /// assert!(credential.answer_challenge(&request, &better, &headers).await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn answer_challenge(
        &self,
        request: &TokenRequest,
        refused: &AccessToken,
        headers: &HeaderMap,
    ) -> Result<Option<AccessToken>, CredentialError> {
        let Some(challenge) = ClaimsChallenge::in_headers(headers) else { return Ok(None) };
        let answer = challenge.answer(request);
        if self.core.holds(&answer, refused) {
            tracing::debug!("a service repeats a claims challenge that was answered already");
            return Ok(None);
        }
        let token = self.get_token(&answer.not_this_token(refused.clone())).await?;
        self.core.replace(&request.clone().without_claims(), refused, &token);
        Ok(Some(token))
    }
}

#[async_trait]
impl<C: TokenCredential> TokenCredential for CachedCredential<C> {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        if let Some(token) = self.cached_token(request) {
            return Ok(token.clone());
        }
        // Apart, so that a hit does not allocate the room that a fetch needs.
        Box::pin(self.core.obtain(request)).await
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.cached_token(request).map(|token| token.clone())
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        self.core.identity()
    }
}

impl<C: fmt::Debug> fmt::Debug for CachedCredential<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredential").field("inner", &self.core.inner).finish_non_exhaustive()
    }
}
