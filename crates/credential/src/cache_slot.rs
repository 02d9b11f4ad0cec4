//! One key of the cache: its token, and the gate that lets one caller fetch it.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::{ArcSwap, Guard};

use crate::{AccessToken, Clock, CredentialError, TokenRequest};

/// Tokens are renewed this long before they expire, unless the service says otherwise.
const MARGIN: Duration = Duration::from_secs(300);
/// From this lifetime on, half of it is the time to renew (what MSAL does without `refresh_in`).
const LONG_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
/// After a renewal failed while the token is still valid, the next attempt waits this long, or `Retry-After` if longer.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);
/// No service asks for more in earnest (MSAL caps the same way), and time must not overflow.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// Uses are noted at this grain, so that a busy key is not written to on every hit.
const USE_GRAIN_SECS: u64 = 16;

/// The present on both of a clock's scales.
#[derive(Clone, Copy)]
pub(crate) struct Present {
    pub(crate) now: SystemTime,
    pub(crate) elapsed: Duration,
}

impl Present {
    pub(crate) fn of(clock: &dyn Clock) -> Self {
        Self { now: clock.now(), elapsed: clock.elapsed() }
    }
}

/// One key's token, and the gate that lets one caller fetch it.
pub(crate) struct Slot {
    held: ArcSwap<Held>,
    /// When the slot was last used, in grains of elapsed time.
    used: AtomicU64,
    /// Set, under the gate, when the slot has left the map: whoever waited for the gate then starts over.
    retired: AtomicBool,
    history: Mutex<History>,
    /// Whoever holds it may fetch. Behind an `Arc`, so that a background task can hold it.
    pub(crate) gate: Arc<async_lock::Mutex<()>>,
}

/// A token with the times at which it stops being used. Without a token yet: one that died long ago.
struct Held {
    token: AccessToken,
    due_at: SystemTime,
    /// The expiry on the scale that is never set back.
    dies_at: Duration,
}

impl Held {
    fn is_valid_at(&self, present: Present) -> bool {
        present.elapsed < self.dies_at && self.token.is_valid_at(present.now)
    }
}

#[derive(Default)]
struct History {
    attempts: u64,
    /// The last fetch, when it brought nothing to keep: the number of that attempt, and its outcome for those who waited.
    outcome: Option<(u64, Result<AccessToken, CredentialError>)>,
}

/// What a slot has for a request.
pub(crate) enum Lookup {
    Fresh(CachedToken),
    Due(CachedToken),
    Nothing,
}

/// A token that lies in the cache, lent without a lock and without a copy. Clone the token to keep it.
pub struct CachedToken(Guard<Arc<Held>>);

impl Deref for CachedToken {
    type Target = AccessToken;

    fn deref(&self) -> &AccessToken {
        &self.0.token
    }
}

impl fmt::Debug for CachedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CachedToken").field(&self.0.token).finish()
    }
}

impl Slot {
    pub(crate) fn new(present: Present) -> Self {
        let epoch = SystemTime::UNIX_EPOCH;
        let nothing = Held { token: AccessToken::new("", epoch), due_at: epoch, dies_at: Duration::ZERO };
        Self {
            held: ArcSwap::from_pointee(nothing),
            used: AtomicU64::new(grain(present)),
            retired: AtomicBool::new(false),
            history: Mutex::default(),
            gate: Arc::default(),
        }
    }

    pub(crate) fn look_up(&self, request: &TokenRequest, present: Present) -> Lookup {
        let held = self.held.load();
        if !held.is_valid_at(present) || request.refuses(&held.token) {
            return Lookup::Nothing;
        }
        let grain = grain(present);
        if self.used.load(Ordering::Relaxed) != grain {
            self.used.store(grain, Ordering::Relaxed);
        }
        if present.now < held.due_at {
            Lookup::Fresh(CachedToken(held))
        } else {
            Lookup::Due(CachedToken(held))
        }
    }

    /// The number of fetches that have ended.
    pub(crate) fn attempts(&self) -> u64 {
        self.history().attempts
    }

    /// The outcome of a fetch that ended after the caller began to wait, and brought nothing to keep.
    pub(crate) fn outcome_since(&self, attempts: u64) -> Option<Result<AccessToken, CredentialError>> {
        let history = self.history();
        history
            .outcome
            .as_ref()
            .filter(|(attempt, _)| *attempt > attempts)
            .map(|(_, outcome)| outcome.clone())
    }

    /// Keeps a fetched token.
    pub(crate) fn keep(&self, token: &AccessToken, present: Present) {
        let life = token.expires_at().duration_since(present.now).unwrap_or_default();
        let due_at = due_at(token, present.now, life);
        self.held.store(Arc::new(Held { token: token.clone(), due_at, dies_at: present.elapsed + life }));
        let mut history = self.history();
        history.attempts += 1;
        history.outcome = None;
    }

    /// Notes a token that has expired by this machine's clock: not kept, but those who waited for it share it.
    pub(crate) fn pass_on(&self, token: &AccessToken) {
        let mut history = self.history();
        history.attempts += 1;
        history.outcome = Some((history.attempts, Ok(token.clone())));
    }

    /// Notes a failed fetch: those who waited for it share the error, and a token that is still valid is renewed later.
    pub(crate) fn note_failure(&self, error: &CredentialError, present: Present) {
        let held = self.held.load();
        if held.is_valid_at(present) {
            let pause = error.retry_after().unwrap_or_default().clamp(RENEWAL_PAUSE, LONGEST_PAUSE);
            let due_at = present.now + pause;
            self.held.store(Arc::new(Held { token: held.token.clone(), due_at, dies_at: held.dies_at }));
        }
        let mut history = self.history();
        history.attempts += 1;
        history.outcome = Some((history.attempts, Err(error.clone())));
    }

    /// Says whether somebody is about to fetch the slot's first token: it is new, and nothing has come of it yet.
    pub(crate) fn is_new(&self, present: Present) -> bool {
        self.last_used() == grain(present) && self.attempts() == 0
    }

    pub(crate) fn last_used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        // Every write leaves the history whole, so a panic elsewhere does not make it bad.
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn grain(present: Present) -> u64 {
    present.elapsed.as_secs() / USE_GRAIN_SECS
}

/// The instant from which a token is renewed ahead of its expiry.
fn due_at(token: &AccessToken, now: SystemTime, life: Duration) -> SystemTime {
    let by_life = if life >= LONG_LIFE { life / 2 } else { life.saturating_sub(MARGIN).max(life / 2) };
    token.refresh_at().unwrap_or(now + by_life)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_times() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let due_in = |life: u64| {
            let life = Duration::from_secs(life);
            due_at(&AccessToken::new("t", now + life), now, life).duration_since(now).unwrap().as_secs()
        };
        assert_eq!(due_in(3600), 3300, "the margin before expiry");
        assert_eq!(due_in(86400), 43200, "half of a long life");
        assert_eq!(due_in(240), 120, "half of a life shorter than the margin: cached all the same");
        let life = Duration::from_secs(3600);
        let hinted = AccessToken::new("t", now + life).with_refresh_at(now);
        assert_eq!(due_at(&hinted, now, life), now, "the service's own word");
    }
}
