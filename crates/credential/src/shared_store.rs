//! How a cache talks to its token store: never for long, and never so that a failing store fails a caller.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::{AccessToken, CacheMetrics, CredentialError, Lease, Sleep, StoreKey, StoredToken, TokenStore};

/// A store that takes longer counts as one that failed.
const PATIENCE: Duration = Duration::from_secs(3);
/// A lease ends after this time even when its holder has died.
const LEASE: Duration = Duration::from_secs(60);
/// How often somebody who waits for another one's lease looks again, at first and in the end.
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LAST_LOOK: Duration = Duration::from_secs(1);

/// A store, and how to wait for it.
#[derive(Clone)]
pub(crate) struct SharedStore {
    pub(crate) store: Arc<dyn TokenStore>,
    pub(crate) sleep: Arc<dyn Sleep>,
    pub(crate) metrics: Option<Arc<dyn CacheMetrics>>,
}

/// What the store says to somebody who is about to fetch a token.
pub(crate) enum Advice {
    /// Others have fetched it.
    Take(StoredToken),
    /// Go on; with the lease, unless the store failed.
    Fetch(Option<Lease>),
    /// Others are fetching it.
    Leave,
}

impl SharedStore {
    /// Looks for a token that will do, or takes the lease. `waits`: for others who have it.
    pub(crate) async fn ask(
        &self,
        key: &StoreKey,
        will_do: impl Fn(&StoredToken) -> bool,
        waits: bool,
    ) -> Advice {
        let (mut waited, mut look) = (Duration::ZERO, FIRST_LOOK);
        loop {
            let Ok(stored) = self.heard("get", self.store.get(key)).await else { return Advice::Fetch(None) };
            if let Some(stored) = stored.filter(&will_do) {
                return Advice::Take(stored);
            }
            let Ok(lease) = self.heard("lease", self.store.lease(key, LEASE)).await else {
                return Advice::Fetch(None);
            };
            if let Some(lease) = lease {
                // Others may have put it there, and given the lease back, between the two questions.
                return match self.heard("get", self.store.get(key)).await {
                    Ok(Some(stored)) if will_do(&stored) => Advice::Take(stored),
                    _ => Advice::Fetch(Some(lease)),
                };
            }
            if !waits {
                return Advice::Leave;
            }
            // Others who hold the lease for longer than it lasts do not keep their word.
            if waited > LEASE {
                return Advice::Fetch(None);
            }
            self.sleep.sleep(look).await;
            waited += look;
            look = (look * 2).min(LAST_LOOK);
        }
    }

    pub(crate) async fn put(&self, key: &StoreKey, stored: &StoredToken) {
        let _reported = self.heard("put", self.store.put(key, stored)).await;
    }

    /// Removes a token, if it is this one.
    pub(crate) async fn remove(&self, key: &StoreKey, token: &AccessToken) {
        if let Ok(Some(stored)) = self.heard("get", self.store.get(key)).await
            && stored.token().is_same_token(token)
        {
            let _reported = self.heard("remove", self.store.remove(key)).await;
        }
    }

    /// Waits for the store's answer, but not for long. Reports its trouble; what is left to know is that there was some.
    async fn heard<T>(
        &self,
        question: &'static str,
        answer: impl Future<Output = Result<T, CredentialError>>,
    ) -> Result<T, ()> {
        let mut answer = pin!(answer);
        let mut limit = None;
        let heard = poll_fn(|context| {
            if let Poll::Ready(answer) = answer.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            limit.get_or_insert_with(|| self.sleep.sleep(PATIENCE)).as_mut().poll(context).map(|()| None)
        })
        .await;
        match heard {
            Some(Ok(answer)) => return Ok(answer),
            Some(Err(error)) => {
                tracing::warn!(%error, question, "the token store failed; going on without it")
            }
            None => tracing::warn!(question, "the token store took too long; going on without it"),
        }
        if let Some(metrics) = &self.metrics {
            metrics.store_failed();
        }
        Err(())
    }
}
