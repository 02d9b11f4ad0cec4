//! A token store in memory.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::{Clock, CredentialError, Lease, StoreKey, StoredToken, SystemClock, TokenStore};

/// Tokens kept at most, unless the caller says otherwise.
const DEFAULT_CAPACITY: usize = 10_000;

/// A token store in memory, for several caches of one process. Clones share their tokens.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use credential::{CredentialIdentity, MemoryTokenStore, StoreKey, TokenRequest, TokenStore};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// let store = MemoryTokenStore::new();
/// let key = StoreKey::new(&CredentialIdentity::new("authority", "client"), &TokenRequest::default());
/// let minute = Duration::from_secs(60);
/// let lease = store.lease(&key, minute).await?;
/// assert!(lease.is_some());
/// assert!(store.lease(&key, minute).await?.is_none(), "somebody has it");
/// drop(lease);
/// assert!(store.lease(&key, minute).await?.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryTokenStore {
    shelves: Arc<Mutex<Shelves>>,
    clock: Arc<dyn Clock>,
    capacity: usize,
}

#[derive(Default)]
struct Shelves {
    tokens: HashMap<StoreKey, Kept>,
    leases: HashMap<StoreKey, Taken>,
    leases_given: u64,
}

struct Kept {
    stored: StoredToken,
    /// The expiry on the scale that is never set back.
    dies_at: Duration,
}

impl Kept {
    fn is_valid_at(&self, now: SystemTime, elapsed: Duration) -> bool {
        elapsed < self.dies_at && self.stored.token().is_valid_at(now)
    }
}

struct Taken {
    number: u64,
    until: Duration,
}

impl Default for MemoryTokenStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryTokenStore {
    /// Starts without tokens.
    pub fn new() -> Self {
        Self { shelves: Arc::default(), clock: SystemClock::shared(), capacity: DEFAULT_CAPACITY }
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps at most this many tokens (10,000 by default). Expired ones make room first, then the one that expires next.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity.max(1);
        self
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        // Every change is a single step, so a panic elsewhere does not make it bad.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelves {
    fn make_room(&mut self, capacity: usize, now: SystemTime, elapsed: Duration) {
        if self.tokens.len() < capacity {
            return;
        }
        self.tokens.retain(|_, kept| kept.is_valid_at(now, elapsed));
        while self.tokens.len() >= capacity {
            let next = self.tokens.iter().min_by_key(|(_, kept)| kept.dies_at).map(|(key, _)| key.clone());
            let Some(next) = next else { return };
            self.tokens.remove(&next);
        }
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn get(&self, key: &StoreKey) -> Result<Option<StoredToken>, CredentialError> {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let shelves = self.shelves();
        Ok(shelves
            .tokens
            .get(key)
            .filter(|kept| kept.is_valid_at(now, elapsed))
            .map(|kept| kept.stored.clone()))
    }

    async fn put(&self, key: &StoreKey, token: &StoredToken) -> Result<(), CredentialError> {
        let (now, elapsed) = (self.clock.now(), self.clock.elapsed());
        let life = token.token().expires_at().duration_since(now).unwrap_or_default();
        if life.is_zero() {
            return Ok(());
        }
        let mut shelves = self.shelves();
        if !shelves.tokens.contains_key(key) {
            shelves.make_room(self.capacity, now, elapsed);
        }
        let kept = Kept { stored: token.clone(), dies_at: elapsed.saturating_add(life) };
        shelves.tokens.insert(key.clone(), kept);
        Ok(())
    }

    async fn remove(&self, key: &StoreKey) -> Result<(), CredentialError> {
        self.shelves().tokens.remove(key);
        Ok(())
    }

    async fn lease(&self, key: &StoreKey, duration: Duration) -> Result<Option<Lease>, CredentialError> {
        let elapsed = self.clock.elapsed();
        let mut shelves = self.shelves();
        if shelves.leases.get(key).is_some_and(|taken| elapsed < taken.until) {
            return Ok(None);
        }
        shelves.leases_given += 1;
        let number = shelves.leases_given;
        shelves.leases.insert(key.clone(), Taken { number, until: elapsed.saturating_add(duration) });
        Ok(Some(Lease::new(Returned { shelves: self.shelves.clone(), key: key.clone(), number })))
    }
}

/// Gives a lease back when it is dropped, unless somebody else has got it meanwhile.
struct Returned {
    shelves: Arc<Mutex<Shelves>>,
    key: StoreKey,
    number: u64,
}

impl Drop for Returned {
    fn drop(&mut self) {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if shelves.leases.get(&self.key).is_some_and(|taken| taken.number == self.number) {
            shelves.leases.remove(&self.key);
        }
    }
}

impl fmt::Debug for MemoryTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTokenStore").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}
