//! A second level below the cache.

use std::fmt::{self, Debug};
use std::time::Duration;

use async_trait::async_trait;

use crate::{CredentialError, StoreKey, StoredToken};

/// A second level below the cache, which several caches share: of one process, of several, or of several machines. An
/// encrypted file and a Redis server are what it is shaped for; [`MemoryTokenStore`](crate::MemoryTokenStore) serves one
/// process.
///
/// A store may forget anything at any time, and fail at any time: a cache then goes on without it. It need not look at
/// expiries. What [`StoredToken::to_secret`] writes is all that has to be kept; whoever can write to a store decides what
/// tokens its readers use, and whoever can read it has them, so it is encrypted and kept from others.
#[async_trait]
pub trait TokenStore: Debug + Send + Sync {
    /// Returns what is kept under a key.
    ///
    /// # Errors
    /// Whatever keeps the store from answering. The cache goes on without it.
    async fn get(&self, key: &StoreKey) -> Result<Option<StoredToken>, CredentialError>;

    /// Keeps a token under a key, in place of what was there.
    ///
    /// # Errors
    /// Whatever keeps the store from keeping it. The cache goes on without it.
    async fn put(&self, key: &StoreKey, token: &StoredToken) -> Result<(), CredentialError>;

    /// Drops what is kept under a key, if anything is.
    ///
    /// # Errors
    /// Whatever keeps the store from dropping it. The cache goes on without it.
    async fn remove(&self, key: &StoreKey) -> Result<(), CredentialError>;

    /// Takes the right to fetch the token of a key: at once or not at all. `None` says that somebody else has it. The right
    /// ends when the lease is dropped, and at the latest after `duration`, so that nobody is locked out by a process that died.
    ///
    /// # Errors
    /// Whatever keeps the store from deciding. The cache then fetches without a lease.
    async fn lease(&self, key: &StoreKey, duration: Duration) -> Result<Option<Lease>, CredentialError>;
}

/// The right to fetch the token of a key. Dropping it gives it back.
pub struct Lease {
    _guard: Box<dyn Send + Sync>,
}

impl Lease {
    /// Makes a lease that is given back when `guard` is dropped: a locked file, say, or a struct whose `Drop` deletes the
    /// lock on a server. Where that is not possible, the lease ends by its duration.
    pub fn new(guard: impl Send + Sync + 'static) -> Self {
        Self { _guard: Box::new(guard) }
    }
}

impl Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}
