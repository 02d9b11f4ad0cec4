//! How the cache inside of a credential is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{CacheMetrics, CachedCredential, Sleep, Spawn, TokenCredential, TokenStore};

/// How the cache inside of a credential is set up: what the builders of all credentials that cache by themselves take as
/// `cache`, and what [`CachedCredential::with_options`] applies to one of your own.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use std::time::{Duration, SystemTime};
/// use credential::{
///     AccessToken, CacheOptions, CachedCredential, CredentialIdentity, MemoryTokenStore, StaticTokenCredential,
///     TokenCredential, TokenRequest,
/// };
/// use credential_testkit::{FakeClock, FakeSleep};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// let sleep = FakeSleep::on(&FakeClock::at(0)).shared(); // In a program: `credential_http::TokioSleep::shared()`.
/// let shared = CacheOptions::new().with_store(Arc::new(MemoryTokenStore::new()), sleep).with_capacity(500);
/// let expires_at = SystemTime::now() + Duration::from_secs(3600);
/// let caches = ["first", "second"].map(|text| {
///     CachedCredential::new(StaticTokenCredential::new(AccessToken::new(text, expires_at)))
///         .with_identity(CredentialIdentity::new("https://login.example/contoso.com", "my-app"))
///         .with_options(&shared)
/// });
/// for cache in &caches {
///     assert_eq!(cache.get_token(&TokenRequest::default()).await?.expose(), "first");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct CacheOptions {
    store: Option<(Arc<dyn TokenStore>, Arc<dyn Sleep>)>,
    metrics: Option<Arc<dyn CacheMetrics>>,
    spawn: Option<Arc<dyn Spawn>>,
    capacity: Option<usize>,
    longest_refusal: Option<Duration>,
}

impl CacheOptions {
    /// Changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shares tokens through this store: see [`CachedCredential::with_store`]. They are shared as those of the credential's
    /// own authority, client and account, and only while these are known.
    #[must_use]
    pub fn with_store(mut self, store: Arc<dyn TokenStore>, sleep: Arc<dyn Sleep>) -> Self {
        self.store = Some((store, sleep));
        self
    }

    /// Reports what happens: see [`CachedCredential::with_metrics`].
    #[must_use]
    pub fn with_metrics(mut self, metrics: Arc<dyn CacheMetrics>) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Renews tokens in the background: see [`CachedCredential::with_spawn`].
    #[must_use]
    pub fn with_spawn(mut self, spawn: Arc<dyn Spawn>) -> Self {
        self.spawn = Some(spawn);
        self
    }

    /// Keeps at most this many tokens: see [`CachedCredential::with_capacity`].
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = Some(capacity);
        self
    }

    /// Remembers refusals for at most this long: see [`CachedCredential::with_refusal_memory`].
    #[must_use]
    pub fn with_refusal_memory(mut self, longest: Duration) -> Self {
        self.longest_refusal = Some(longest);
        self
    }
}

impl<C: TokenCredential + 'static> CachedCredential<C> {
    /// Sets up what these options name, and leaves the rest as it is.
    #[must_use]
    pub fn with_options(mut self, options: &CacheOptions) -> Self {
        if let Some((store, sleep)) = &options.store {
            self = self.with_store(store.clone(), sleep.clone());
        }
        if let Some(metrics) = &options.metrics {
            self = self.with_metrics(metrics.clone());
        }
        if let Some(spawn) = &options.spawn {
            self = self.with_spawn(spawn.clone());
        }
        if let Some(capacity) = options.capacity {
            self = self.with_capacity(capacity);
        }
        if let Some(longest) = options.longest_refusal {
            self = self.with_refusal_memory(longest);
        }
        self
    }
}

impl fmt::Debug for CacheOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheOptions")
            .field("store", &self.store.as_ref().map(|(store, _)| store))
            .field("metrics", &self.metrics)
            .field("capacity", &self.capacity)
            .field("longest_refusal", &self.longest_refusal)
            .finish_non_exhaustive()
    }
}
