//! A token cache around any credential.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use crate::{AccessToken, Clock, CredentialError, SystemClock, TokenCredential, TokenRequest};

/// Tokens are renewed this long before they expire, unless the service says otherwise.
const MARGIN: Duration = Duration::from_secs(300);
/// From this lifetime on, half of it is the time to renew (what MSAL does without `refresh_in`).
const LONG_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
/// After a renewal failed while the token is still valid, the next attempt waits this long, or `Retry-After`.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);
/// Keys kept at most; beyond it the entry that expires first makes room.
const DEFAULT_CAPACITY: usize = 10_000;

/// Caches the tokens of any credential.
///
/// - One fetch per key at a time: a thousand callers on a cold key send one request and share its answer, be it a
///   token or a refusal. If the fetching caller is dropped, a waiting one takes over.
/// - Keys do not wait for each other. A key is the set of scopes, the tenant and the claims of a request.
/// - A token that is due is renewed by one caller; all others get the still valid one at once, and so does that
///   caller when the renewal fails.
/// - A cached token that has expired, or that the request names as refused, is never returned.
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
/// let again = fast.get_token(&TokenRequest::new(["b", "a", "a"])).await?;
/// assert!(first.is_same_token(&again));
/// # Ok(())
/// # }
/// ```
pub struct CachedCredential<C> {
    inner: C,
    clock: Arc<dyn Clock>,
    capacity: usize,
    slots: RwLock<HashMap<Key, Arc<Slot>>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    scopes: Vec<Cow<'static, str>>,
    tenant: Option<String>,
    claims: Option<String>,
}

impl Key {
    fn of(request: &TokenRequest) -> Self {
        let mut scopes = request.scopes().to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        Self {
            scopes,
            tenant: request.tenant().map(str::to_ascii_lowercase),
            claims: request.claims().map(str::to_owned),
        }
    }
}

/// One key's token, and the gate that lets one caller fetch it.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    fetching: async_lock::Mutex<()>,
}

#[derive(Default)]
struct State {
    token: Option<AccessToken>,
    due_at: Option<SystemTime>,
    attempts: u64,
    /// The last fetch, when it failed: the number of that attempt, and the error for those who waited for it.
    failure: Option<(u64, CredentialError)>,
}

enum Cached {
    Fresh(AccessToken),
    Due(AccessToken),
    Nothing { attempts: u64 },
}

impl Slot {
    fn state(&self) -> MutexGuard<'_, State> {
        // Every write leaves the state whole, so a panic elsewhere does not make it bad.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_up(&self, request: &TokenRequest, now: SystemTime) -> Cached {
        let state = self.state();
        match &state.token {
            Some(token) if token.is_valid_at(now) && !request.refuses(token) => {
                if state.due_at.is_none_or(|due| now < due) {
                    Cached::Fresh(token.clone())
                } else {
                    Cached::Due(token.clone())
                }
            }
            _ => Cached::Nothing { attempts: state.attempts },
        }
    }

    /// The error of a fetch that ended after the caller began to wait.
    fn failure_since(&self, attempts: u64) -> Option<CredentialError> {
        let state = self.state();
        state.failure.as_ref().filter(|(attempt, _)| *attempt > attempts).map(|(_, error)| error.clone())
    }

    fn record(&self, result: &Result<AccessToken, CredentialError>, now: SystemTime) {
        let mut state = self.state();
        state.attempts += 1;
        match result {
            Ok(token) => {
                state.due_at = Some(due_at(token, now));
                state.token = Some(token.clone());
                state.failure = None;
            }
            Err(error) => {
                let pause = error.retry_after().unwrap_or(RENEWAL_PAUSE);
                state.due_at = Some(now + pause);
                state.failure = Some((state.attempts, error.clone()));
            }
        }
    }
}

/// The instant from which a token is renewed ahead of its expiry.
fn due_at(token: &AccessToken, now: SystemTime) -> SystemTime {
    let life = token.expires_at().duration_since(now).unwrap_or_default();
    let by_life =
        if life >= LONG_LIFE { now + life / 2 } else { now + life.saturating_sub(MARGIN).max(life / 2) };
    token.refresh_at().unwrap_or(by_life)
}

impl<C: TokenCredential> CachedCredential<C> {
    /// Caches the tokens of `inner`.
    pub fn new(inner: C) -> Self {
        Self { inner, clock: SystemClock::shared(), capacity: DEFAULT_CAPACITY, slots: RwLock::default() }
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps at most this many tokens (10,000 by default); a full cache drops the one that expires first.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity.max(1);
        self
    }

    /// Returns the credential underneath.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    fn slot(&self, request: &TokenRequest) -> Arc<Slot> {
        let key = Key::of(request);
        if let Some(slot) = self.slots.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return slot.clone();
        }
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= self.capacity && !slots.contains_key(&key) {
            make_room(&mut slots);
        }
        slots.entry(key).or_default().clone()
    }

    async fn fetch(&self, slot: &Slot, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let result = self.inner.get_token(request).await;
        let now = self.clock.now();
        match &result {
            Ok(token) if !token.is_valid_at(now) => {
                // Passed on, because the service may see another time than we do; kept, it would only be in the way.
                tracing::warn!("a service answered with a token that has expired by this machine's clock");
                return result;
            }
            Ok(_) => tracing::debug!("token fetched"),
            Err(error) => tracing::debug!(kind = ?error.kind(), "fetching a token failed"),
        }
        slot.record(&result, now);
        result
    }

    /// Renews a token that is still valid, unless somebody else is at it; falls back on `current`.
    async fn renew(&self, slot: &Slot, request: &TokenRequest, current: AccessToken) -> AccessToken {
        let Some(_gate) = slot.fetching.try_lock() else { return current };
        if let Cached::Fresh(token) = slot.look_up(request, self.clock.now()) {
            return token;
        }
        match self.fetch(slot, request).await {
            Ok(token) => token,
            Err(error) => {
                tracing::warn!(%error, "renewing a token failed; the present one is still valid and stays in use");
                current
            }
        }
    }
}

/// Drops the entry that expires first; an entry without a token counts as expired, unless a fetch is under way.
fn make_room(slots: &mut HashMap<Key, Arc<Slot>>) {
    let first = slots
        .iter()
        .filter(|(_, slot)| slot.fetching.try_lock().is_some())
        .min_by_key(|(_, slot)| slot.state().token.as_ref().map(AccessToken::expires_at))
        .map(|(key, _)| key.clone());
    if let Some(key) = first {
        slots.remove(&key);
    }
}

#[async_trait]
impl<C: TokenCredential> TokenCredential for CachedCredential<C> {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let slot = self.slot(request);
        let attempts = match slot.look_up(request, self.clock.now()) {
            Cached::Fresh(token) => return Ok(token),
            Cached::Due(token) => return Ok(self.renew(&slot, request, token).await),
            Cached::Nothing { attempts } => attempts,
        };
        let _gate = slot.fetching.lock().await;
        match slot.look_up(request, self.clock.now()) {
            Cached::Fresh(token) | Cached::Due(token) => return Ok(token),
            Cached::Nothing { .. } => {}
        }
        match slot.failure_since(attempts) {
            Some(error) => Err(error),
            None => self.fetch(&slot, request).await,
        }
    }
}

impl<C: fmt::Debug> fmt::Debug for CachedCredential<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredential").field("inner", &self.inner).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_times() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let due_in = |life: u64| {
            let token = AccessToken::new("t", now + Duration::from_secs(life));
            due_at(&token, now).duration_since(now).unwrap().as_secs()
        };
        assert_eq!(due_in(3600), 3300, "the margin before expiry");
        assert_eq!(due_in(86400), 43200, "half of a long life");
        assert_eq!(due_in(240), 120, "half of a life shorter than the margin: cached all the same");
        let hinted = AccessToken::new("t", now + Duration::from_secs(3600)).with_refresh_at(now);
        assert_eq!(due_at(&hinted, now), now, "the service's own word");
    }
}
