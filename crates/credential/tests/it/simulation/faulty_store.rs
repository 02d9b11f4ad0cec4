//! A store that fails, hangs, forgets and dawdles.

use std::future::{pending, poll_fn};
use std::sync::Mutex;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use credential::{
    CredentialError, CredentialErrorKind, Lease, MemoryTokenStore, StoreKey, StoredToken, TokenStore,
};
use credential_testkit::FakeClock;

use super::executor::Dice;

#[derive(Debug)]
pub(crate) struct FaultyStore {
    store: MemoryTokenStore,
    dice: Mutex<Dice>,
}

impl FaultyStore {
    pub(crate) fn of(clock: &FakeClock, seed: u64) -> Self {
        Self { store: MemoryTokenStore::new().with_clock(clock.shared()), dice: Mutex::new(Dice(seed)) }
    }

    async fn trouble(&self) -> Result<(), CredentialError> {
        let thrown = self.dice.lock().unwrap().below(20);
        match thrown {
            0 => Err(CredentialError::new(
                CredentialErrorKind::Unavailable,
                "the store is down",
                "expect this",
            )),
            1 => pending().await,
            2..10 => {
                let mut is_first = true;
                poll_fn(|context| {
                    context.waker().wake_by_ref();
                    if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
                })
                .await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl TokenStore for FaultyStore {
    async fn get(&self, key: &StoreKey) -> Result<Option<StoredToken>, CredentialError> {
        self.trouble().await?;
        self.store.get(key).await
    }

    async fn put(&self, key: &StoreKey, token: &StoredToken) -> Result<(), CredentialError> {
        self.trouble().await?;
        self.store.put(key, token).await
    }

    async fn remove(&self, key: &StoreKey) -> Result<(), CredentialError> {
        self.trouble().await?;
        self.store.remove(key).await
    }

    async fn lease(&self, key: &StoreKey, duration: Duration) -> Result<Option<Lease>, CredentialError> {
        self.trouble().await?;
        self.store.lease(key, duration).await
    }
}
