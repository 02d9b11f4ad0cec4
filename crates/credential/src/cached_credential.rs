//! A token cache around any credential.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use async_lock::MutexGuardArc;
use async_trait::async_trait;

use crate::cache_slot::{CachedToken, Lookup, Present, Slot};
use crate::coarse_clock::CoarseClock;
use crate::token_request::RequestKey;
use crate::{AccessToken, Clock, CredentialError, CredentialErrorKind, Spawn, TokenCredential, TokenRequest};

/// Keys kept at most, unless the caller says otherwise.
const DEFAULT_CAPACITY: usize = 10_000;

/// Caches the tokens of any credential.
///
/// - A hit takes no lock and, through [`CachedCredential::cached_token`], allocates nothing.
/// - One fetch per key at a time: a thousand callers on a cold key send one request and share its answer, be it a
///   token or a refusal. If the fetching caller is dropped, a waiting one takes over.
/// - Keys do not wait for each other. A key is the set of scopes, the tenant and the claims of a request.
/// - A token that is due is renewed in the background when there is a runtime for that
///   ([`CachedCredential::with_spawn`]), else by one caller. All others get the still valid one at once, and it stays in
///   use when the renewal fails.
/// - A cached token that has expired, or that the request names as refused, is never returned, whichever way the wall
///   clock is set.
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
    inner: Arc<C>,
    clock: Arc<dyn Clock>,
    capacity: usize,
    slots: Slots,
    background: Option<Background<C>>,
}

/// Where renewals run. The function is one that exists for `'static` credentials only, as tasks must be.
struct Background<C> {
    spawn: Arc<dyn Spawn>,
    renew: fn(&CachedCredential<C>, &dyn Spawn, Arc<Slot>, TokenRequest, Gate),
}

/// The right to fetch the token of a slot.
type Gate = MutexGuardArc<()>;

type Slots = papaya::HashMap<RequestKey, Arc<Slot>, BuildHasherDefault<Ready>>;

/// A request carries its hash; this passes it on.
#[derive(Default)]
struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl<C: TokenCredential> CachedCredential<C> {
    /// Caches the tokens of `inner`.
    pub fn new(inner: C) -> Self {
        Self {
            inner: Arc::new(inner),
            clock: Arc::new(CoarseClock),
            capacity: DEFAULT_CAPACITY,
            slots: Slots::default(),
            background: None,
        }
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Keeps at most this many tokens (10,000 by default). A full cache drops a sixteenth: the least recently used.
    #[must_use]
    pub fn with_capacity(mut self, capacity: usize) -> Self {
        self.capacity = capacity.max(1);
        self
    }

    /// Renews tokens in the background, so that no caller waits for a renewal.
    #[must_use]
    pub fn with_spawn(mut self, spawn: Arc<dyn Spawn>) -> Self
    where
        C: 'static,
    {
        self.background = Some(Background { spawn, renew: Self::renew_in_background });
        self
    }

    /// Returns the credential underneath.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// Returns the token of a request when it lies in the cache and is not due: no lock, no allocation, no waiting.
    pub fn cached_token(&self, request: &TokenRequest) -> Option<CachedToken> {
        let slots = self.slots.pin();
        match slots.get(request.key())?.look_up(request, Present::of(&*self.clock)) {
            Lookup::Fresh(token) => Some(token),
            Lookup::Due(_) | Lookup::Nothing => None,
        }
    }

    /// Puts a token into the cache as the answer to a request, in place of the one that lies there: one that was obtained
    /// another way, such as by answering a claims challenge. An expired token is not kept.
    pub fn keep(&self, request: &TokenRequest, token: &AccessToken) {
        let present = self.present();
        if token.is_valid_at(present.now) {
            self.slot(request).keep(token, present);
        }
    }

    fn present(&self) -> Present {
        Present::of(&*self.clock)
    }

    fn slot(&self, request: &TokenRequest) -> Arc<Slot> {
        let slots = self.slots.pin();
        if let Some(slot) = slots.get(request.key()) {
            return slot.clone();
        }
        if slots.len() >= self.capacity {
            make_room(&self.slots, self.capacity, self.present());
        }
        slots.get_or_insert_with(request.key().clone(), || Arc::new(Slot::new(self.present()))).clone()
    }

    fn renew_in_background(&self, spawn: &dyn Spawn, slot: Arc<Slot>, request: TokenRequest, gate: Gate)
    where
        C: 'static,
    {
        let (inner, clock) = (self.inner.clone(), self.clock.clone());
        spawn.spawn(Box::pin(async move {
            let _gate = gate;
            if let Err(error) = fetch(&*inner, &*clock, &slot, &request).await {
                report_failed_renewal(&error);
            }
        }));
    }

    /// Renews a token that is still valid, unless somebody else is at it; falls back on `current`.
    async fn renew(&self, slot: Arc<Slot>, request: &TokenRequest, current: AccessToken) -> AccessToken {
        let Some(gate) = slot.gate.try_lock_arc() else { return current };
        if slot.is_retired() {
            return current;
        }
        if let Lookup::Fresh(token) = slot.look_up(request, self.present()) {
            return token.clone();
        }
        if let Some(background) = &self.background {
            (background.renew)(self, &*background.spawn, slot, request.clone(), gate);
            return current;
        }
        match fetch(&*self.inner, &*self.clock, &slot, request).await {
            Ok(token) => token,
            Err(error) => {
                report_failed_renewal(&error);
                current
            }
        }
    }

    /// Fetches a token, or shares what another caller fetches. `None`: the slot has left the cache meanwhile.
    async fn fetch_once(
        &self,
        slot: &Slot,
        request: &TokenRequest,
    ) -> Option<Result<AccessToken, CredentialError>> {
        let attempts = slot.attempts();
        let _gate = slot.gate.lock().await;
        if slot.is_retired() {
            return None;
        }
        if let Lookup::Fresh(token) | Lookup::Due(token) = slot.look_up(request, self.present()) {
            return Some(Ok(token.clone()));
        }
        match slot.outcome_since(attempts) {
            Some(outcome) => Some(outcome),
            None => Some(fetch(&*self.inner, &*self.clock, slot, request).await),
        }
    }
}

async fn fetch<C: TokenCredential>(
    inner: &C,
    clock: &dyn Clock,
    slot: &Slot,
    request: &TokenRequest,
) -> Result<AccessToken, CredentialError> {
    let result = inner.get_token(request).await.and_then(|token| refuse_again(request, token));
    let present = Present::of(clock);
    match &result {
        Ok(token) if token.is_valid_at(present.now) => {
            tracing::debug!("token fetched");
            slot.keep(token, present);
        }
        // Passed on, because the service may see another time than we do; kept, it would only be in the way.
        Ok(token) => {
            tracing::warn!("a service answered with a token that has expired by this machine's clock");
            slot.pass_on(token);
        }
        Err(error) => {
            tracing::debug!(kind = ?error.kind(), "fetching a token failed");
            slot.note_failure(error, present);
        }
    }
    result
}

/// The credential underneath may have a cache of its own, which knows nothing of the refusal.
fn refuse_again(request: &TokenRequest, token: AccessToken) -> Result<AccessToken, CredentialError> {
    if !request.refuses(&token) {
        return Ok(token);
    }
    Err(CredentialError::new(
        CredentialErrorKind::Refused,
        "the credential gave the very token that a service has refused",
        "have it get a new one: sign in again, or wait until its own cache lets go of this one",
    ))
}

fn report_failed_renewal(error: &CredentialError) {
    tracing::warn!(%error, "renewing a token failed; the present one is still valid and stays in use");
}

/// Drops the least recently used sixteenth. Slots in which a fetch is under way, or about to be, stay: dropping one would
/// allow a second fetch of its key, and callers of new keys would chase each other out.
fn make_room(slots: &Slots, capacity: usize, present: Present) {
    let map = slots.pin();
    let old = map.iter().filter(|(_, slot)| !slot.is_new(present));
    let mut by_use: Vec<(u64, &RequestKey)> = old.map(|(key, slot)| (slot.last_used(), key)).collect();
    let drop = (capacity / 16).max(1).min(by_use.len());
    if drop == 0 {
        return;
    }
    by_use.select_nth_unstable_by_key(drop - 1, |(used, _)| *used);
    for (_, key) in &by_use[..drop] {
        if let Some(slot) = map.get(*key)
            && let Some(_gate) = slot.gate.try_lock()
        {
            slot.retire();
            map.remove(*key);
        }
    }
}

#[async_trait]
impl<C: TokenCredential> TokenCredential for CachedCredential<C> {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        if let Some(token) = self.cached_token(request) {
            return Ok(token.clone());
        }
        loop {
            let slot = self.slot(request);
            // Ended before any waiting: what the cache lends must not be held across an await.
            let due = match slot.look_up(request, self.present()) {
                Lookup::Fresh(token) => return Ok(token.clone()),
                Lookup::Due(token) => Some(token.clone()),
                Lookup::Nothing => None,
            };
            if let Some(current) = due {
                return Ok(self.renew(slot, request, current).await);
            }
            if let Some(result) = self.fetch_once(&slot, request).await {
                return result;
            }
        }
    }
}

impl<C: fmt::Debug> fmt::Debug for CachedCredential<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedCredential").field("inner", &self.inner).finish_non_exhaustive()
    }
}
