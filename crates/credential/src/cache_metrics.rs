//! What happens in a cache, as numbers.

use std::fmt::Debug;
use std::time::Duration;

use crate::CredentialErrorKind;

/// Hears what happens in a [`CachedCredential`](crate::CachedCredential), to count it. Every method does nothing unless it
/// is written; all are called on the caller's path, so they should be short.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use std::time::{Duration, SystemTime};
/// use credential::{
///     AccessToken, CacheMetrics, CachedCredential, StaticTokenCredential, TokenCredential, TokenRequest,
/// };
///
/// #[derive(Debug, Default)]
/// struct Hits(AtomicU64);
///
/// impl CacheMetrics for Hits {
///     fn hit(&self) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// let hits = Arc::new(Hits::default());
/// let token = AccessToken::new("t0ken", SystemTime::now() + Duration::from_secs(3600));
/// let cache = CachedCredential::new(StaticTokenCredential::new(token)).with_metrics(hits.clone());
/// for _ in 0..3 {
///     cache.get_token(&TokenRequest::default()).await?;
/// }
/// assert_eq!(hits.0.load(Ordering::Relaxed), 2);
/// # Ok(())
/// # }
/// ```
pub trait CacheMetrics: Debug + Send + Sync {
    /// A cached token was returned at once, be it due for renewal or not.
    fn hit(&self) {}

    /// There was no token: the caller fetches one or waits for somebody who does.
    fn miss(&self) {}

    /// A caller waits for somebody else's fetch.
    fn waited(&self) {}

    /// A fetch brought a token after `took`.
    fn fetched(&self, took: Duration) {
        let _unused = took;
    }

    /// A renewal of a token that was still valid brought another one after `took`.
    fn renewed(&self, took: Duration) {
        let _unused = took;
    }

    /// A fetch or renewal failed after `took`.
    fn failed(&self, kind: CredentialErrorKind, took: Duration) {
        let _unused = (kind, took);
    }

    /// A refusal was repeated from memory, without a request.
    fn refusal_repeated(&self) {}

    /// `tokens` made room for others.
    fn evicted(&self, tokens: usize) {
        let _unused = tokens;
    }

    /// A token came out of the store, without a request.
    fn found_in_store(&self) {}

    /// The store failed or took too long; the cache went on without it.
    fn store_failed(&self) {}
}
