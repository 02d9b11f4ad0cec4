//! How a cache is set up.

use std::sync::Arc;
use std::time::Duration;

use crate::cache_core::{CacheCore, Renewal};
use crate::coarse_clock::CoarseClock;
use crate::{CacheMetrics, Clock, CredentialIdentity, Sleep, Spawn, TokenCredential, TokenStore};

/// Keys kept at most, unless the caller says otherwise.
const DEFAULT_CAPACITY: usize = 10_000;
/// How long refusals are remembered at most, unless the caller or the service says otherwise.
const LONGEST_HOLD: Duration = Duration::from_secs(30);

/// How a cache is set up.
pub(crate) struct Settings<C> {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) capacity: usize,
    pub(crate) longest_hold: Duration,
    pub(crate) background: Option<Background<C>>,
    pub(crate) metrics: Option<Arc<dyn CacheMetrics>>,
    pub(crate) store: Option<(Arc<dyn TokenStore>, Arc<dyn Sleep>)>,
    pub(crate) identity: Option<CredentialIdentity>,
}

/// Where renewals run. The function is one that exists for `'static` credentials only, as tasks must be.
pub(crate) struct Background<C> {
    spawn: Arc<dyn Spawn>,
    renew: fn(&dyn Spawn, Arc<CacheCore<C>>, Renewal),
}

impl<C> Background<C> {
    pub(crate) fn renew(&self, core: &Arc<CacheCore<C>>, renewal: Renewal) {
        (self.renew)(&*self.spawn, core.clone(), renewal);
    }
}

impl<C: TokenCredential + 'static> Settings<C> {
    pub(crate) fn renew_on(&mut self, spawn: Arc<dyn Spawn>) {
        let renew = |spawn: &dyn Spawn, core: Arc<CacheCore<C>>, renewal| {
            spawn.spawn(Box::pin(async move {
                // Reported where it was noticed.
                let _outcome = core.renew_now(renewal).await;
            }));
        };
        self.background = Some(Background { spawn, renew });
    }
}

impl<C> Default for Settings<C> {
    fn default() -> Self {
        Self {
            clock: Arc::new(CoarseClock),
            capacity: DEFAULT_CAPACITY,
            longest_hold: LONGEST_HOLD,
            background: None,
            metrics: None,
            store: None,
            identity: None,
        }
    }
}

impl<C> Clone for Background<C> {
    fn clone(&self) -> Self {
        Self { spawn: self.spawn.clone(), renew: self.renew }
    }
}

impl<C> Clone for Settings<C> {
    fn clone(&self) -> Self {
        Self {
            clock: self.clock.clone(),
            capacity: self.capacity,
            longest_hold: self.longest_hold,
            background: self.background.clone(),
            metrics: self.metrics.clone(),
            store: self.store.clone(),
            identity: self.identity.clone(),
        }
    }
}
