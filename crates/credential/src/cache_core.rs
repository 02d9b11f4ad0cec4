//! What happens when the cache has no fresh token.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tracing::Instrument;

use crate::cache_settings::Settings;
use crate::cache_slots::{CacheSlots, Lookup};
use crate::flight::{Flights, Landing, Leader, Turn};
use crate::held_token::{Freshness, HeldToken, Present};
use crate::jitter::Jitter;
use crate::request_key::PackedKey;
use crate::setback::Setback;
use crate::shared_store::{Advice, SharedStore};
use crate::{
    AccessToken, CacheMetrics, CredentialError, CredentialErrorKind, CredentialIdentity, StoreKey,
    StoredToken, TokenCredential, TokenRequest,
};

/// When others renew a shared token, it is looked for again after this time.
const OTHERS_RENEW: Duration = Duration::from_secs(10);

/// All that the clones and the background tasks of a cache share.
pub(crate) struct CacheCore<C> {
    pub(crate) inner: Arc<C>,
    pub(crate) settings: Settings<C>,
    pub(crate) jitter: Jitter,
    pub(crate) flights: Arc<Flights>,
    slots: CacheSlots,
    /// How often everything was dropped: a fetch that was under way then is not kept.
    clears: AtomicU64,
    /// How often a token was dropped: it must not come back out of the store.
    drops: AtomicU64,
}

/// A renewal that somebody has taken on.
pub(crate) struct Renewal {
    leader: Leader,
    request: TokenRequest,
}

/// Why a token is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Missing,
    Renewal,
    Forced,
}

impl<C> CacheCore<C> {
    pub(crate) fn new(inner: Arc<C>, settings: Settings<C>, jitter: Jitter) -> Self {
        let slots = CacheSlots::new(settings.capacity);
        Self {
            inner,
            settings,
            jitter,
            flights: Arc::default(),
            slots,
            clears: AtomicU64::new(0),
            drops: AtomicU64::new(0),
        }
    }

    pub(crate) fn present(&self) -> Present {
        Present::of(&*self.settings.clock)
    }

    #[inline]
    pub(crate) fn look_up(&self, request: &TokenRequest) -> Lookup {
        self.slots.look_up(request, self.present())
    }

    #[inline]
    pub(crate) fn note_hit(&self) {
        tracing::trace!("token found in the cache");
        self.meter(|metrics| metrics.hit());
    }

    #[inline]
    fn meter(&self, note: impl FnOnce(&dyn CacheMetrics)) {
        if let Some(metrics) = &self.settings.metrics {
            note(&**metrics);
        }
    }

    /// A token that may be returned, due or not.
    fn usable(&self, request: &TokenRequest) -> Option<AccessToken> {
        match self.look_up(request) {
            Lookup::Fresh(token) | Lookup::Due(token) => Some(token.clone()),
            Lookup::Nothing => None,
        }
    }

    /// Says whether this very token is what the request gets.
    pub(crate) fn holds(&self, request: &TokenRequest, token: &AccessToken) -> bool {
        self.usable(request).is_some_and(|held| held.is_same_token(token))
    }

    pub(crate) fn keep(&self, key: PackedKey, held: Arc<HeldToken>, present: Present) {
        let evicted = self.slots.keep(key, held, present);
        if evicted > 0 {
            tracing::debug!(evicted, "the token cache was full; the least recently used tokens made room");
            self.meter(|metrics| metrics.evicted(evicted));
        }
    }

    /// Keeps a token in place of another one, unless there is a newer one already.
    pub(crate) fn replace(&self, request: &TokenRequest, old: &AccessToken, new: &AccessToken) {
        if self.usable(request).is_none_or(|held| held.is_same_token(old)) {
            let present = self.present();
            let held = HeldToken::new(new.clone(), present.now, present, self.jitter.draw());
            self.keep(PackedKey::of(request.key()), Arc::new(held), present);
        }
    }

    pub(crate) fn clear(&self) {
        self.clears.fetch_add(1, Ordering::SeqCst);
        self.drops.fetch_add(1, Ordering::SeqCst);
        self.slots.clear();
        self.flights.forget_all();
    }
}

impl<C: TokenCredential> CacheCore<C> {
    pub(crate) fn identity(&self) -> Option<CredentialIdentity> {
        self.settings.identity.clone().or_else(|| self.inner.identity())
    }

    /// Gets a token that is not a plain hit: a due one, or none yet.
    pub(crate) async fn obtain(
        self: &Arc<Self>,
        request: &TokenRequest,
    ) -> Result<AccessToken, CredentialError> {
        // Ended before any waiting: what the cache lends must not be held across an await.
        let current = match self.look_up(request) {
            Lookup::Fresh(token) => return Ok(token.clone()),
            Lookup::Due(token) => Some(token.clone()),
            Lookup::Nothing => None,
        };
        match current {
            Some(current) => self.renew(request, current).await,
            None => self.fetch_shared(request, false).await,
        }
    }

    /// Renews a token that is still valid, unless somebody else is at it; falls back on it.
    async fn renew(
        self: &Arc<Self>,
        request: &TokenRequest,
        current: AccessToken,
    ) -> Result<AccessToken, CredentialError> {
        self.meter(|metrics| metrics.hit());
        let Some(leader) = self.flights.try_lead(&PackedKey::of(request.key()), self.present()) else {
            return Ok(current);
        };
        match self.look_up(request) {
            // Somebody else was faster.
            Lookup::Fresh(token) => return Ok(token.clone()),
            Lookup::Due(_) => {}
            Lookup::Nothing => {
                drop(leader);
                return self.fetch_shared(request, false).await;
            }
        }
        let renewal = Renewal { leader, request: request.clone() };
        if let Some(background) = &self.settings.background {
            background.renew(self, renewal);
            return Ok(current);
        }
        match self.renew_now(renewal).await {
            Some(Ok(token)) => Ok(token),
            failed => match (self.usable(request), failed) {
                (Some(token), _) => Ok(token),
                (None, Some(Err(error))) => Err(error),
                (None, _) => self.fetch_shared(request, false).await,
            },
        }
    }

    /// Renews a token. `None`: it is being renewed elsewhere.
    pub(crate) async fn renew_now(&self, renewal: Renewal) -> Option<Result<AccessToken, CredentialError>> {
        let Renewal { leader, request } = renewal;
        self.fetch(leader, &request, Reason::Renewal).await
    }

    /// Fetches a token, or shares what another caller fetches. `forced`: not what lies in the cache.
    pub(crate) async fn fetch_shared(
        self: &Arc<Self>,
        request: &TokenRequest,
        forced: bool,
    ) -> Result<AccessToken, CredentialError> {
        self.meter(|metrics| metrics.miss());
        let reason = if forced { Reason::Forced } else { Reason::Missing };
        let seat = self.flights.join(&PackedKey::of(request.key()));
        loop {
            let turn = seat.turn(request, forced, self.present());
            // Whatever came of a fetch: a token that lies there by now is better than waiting, and than an error.
            if let Some(token) = self.usable(request).filter(|_| !forced) {
                return Ok(token);
            }
            match turn {
                Turn::Done(result) => return result,
                Turn::Remembered(error) => {
                    tracing::debug!(kind = ?error.kind(), "a refusal is remembered; nothing is sent");
                    self.meter(|metrics| metrics.refusal_repeated());
                    return Err(error);
                }
                Turn::Wait(landing) => {
                    tracing::debug!("waiting for another caller's fetch");
                    self.meter(|metrics| metrics.waited());
                    landing.await;
                }
                Turn::Fetch(leader) => match self.fetch(leader, request, reason).await {
                    Some(Err(error)) if !forced => return self.usable(request).ok_or(error),
                    Some(result) => return result,
                    None => {}
                },
            }
        }
    }

    /// Fetches a token, and tells everybody who waits for it. `None`: there is nothing to tell, look again.
    async fn fetch(
        &self,
        leader: Leader,
        request: &TokenRequest,
        reason: Reason,
    ) -> Option<Result<AccessToken, CredentialError>> {
        let span = tracing::debug_span!(
            "token_fetch",
            scopes = ?request.scopes(),
            names_tenant = request.tenant().is_some(),
            has_claims = request.claims().is_some(),
            is_cae = request.is_cae(),
            ?reason,
        );
        let landing = match self.shared_store() {
            Some(store) => self.fetch_through(&store, leader, request, reason).instrument(span).await?,
            None => self.fetch_from_inner(leader, request, reason).instrument(span).await,
        };
        // A store may have taken its time over it: the token may be dead by now.
        landing.answer(request, reason == Reason::Forced, self.present())
    }

    fn shared_store(&self) -> Option<SharedStore> {
        let (store, sleep) = self.settings.store.clone()?;
        Some(SharedStore { store, sleep, metrics: self.settings.metrics.clone() })
    }

    fn store_key(&self, request: &TokenRequest) -> Option<StoreKey> {
        let key = self.identity().map(|identity| StoreKey::new(&identity, request));
        if key.is_none() {
            tracing::debug!("the credential does not say whose its tokens are; they are not shared");
        }
        key
    }

    /// Fetches a token unless others have, or are about to.
    async fn fetch_through(
        &self,
        store: &SharedStore,
        leader: Leader,
        request: &TokenRequest,
        reason: Reason,
    ) -> Option<Arc<Landing>> {
        let key = self.store_key(request);
        let mut lease = None;
        if let Some(key) = key.as_ref().filter(|_| reason != Reason::Forced) {
            let drops = self.drops.load(Ordering::SeqCst);
            let will_do = |stored: &StoredToken| self.will_do(stored, request, reason);
            match store.ask(key, will_do, reason == Reason::Missing).await {
                Advice::Take(stored) => return self.take(leader, stored, drops),
                Advice::Leave => {
                    tracing::debug!("somebody else renews the token");
                    self.slots.postpone(request, OTHERS_RENEW, self.present());
                    return None;
                }
                Advice::Fetch(taken) => lease = taken,
            }
        }
        let obtained_at = self.present().now;
        let landing = self.fetch_from_inner(leader, request, reason).await;
        if let Landing::Kept(held) = &*landing {
            // Whose token it is may have become known only now. A token that became another's meanwhile is not shared.
            let known = self.store_key(request).filter(|now| key.as_ref().is_none_or(|before| before == now));
            if let Some(key) = known {
                store.put(&key, &StoredToken::new(held.token().clone(), obtained_at)).await;
            }
        }
        drop(lease);
        Some(landing)
    }

    /// Says whether a token of the store serves the request. For a renewal, it must be fresher than the present one.
    fn will_do(&self, stored: &StoredToken, request: &TokenRequest, reason: Reason) -> bool {
        let present = self.present();
        let is_fresh_enough = match self.held(stored, present, 0).freshness(present) {
            Freshness::Fresh => reason != Reason::Renewal || self.is_successor(stored.token(), request),
            Freshness::Due => reason != Reason::Renewal,
            Freshness::Dead => false,
        };
        // A token that has died here is not brought back to life by a wall clock that was set back.
        is_fresh_enough
            && !request.refuses(stored.token())
            && !self.slots.has_seen_die(request, stored.token(), present)
    }

    fn is_successor(&self, token: &AccessToken, request: &TokenRequest) -> bool {
        self.usable(request).is_none_or(|current| token.expires_at() > current.expires_at())
    }

    fn held(&self, stored: &StoredToken, present: Present, drawn: u32) -> HeldToken {
        HeldToken::new(stored.token().clone(), stored.obtained_at().min(present.now), present, drawn)
    }

    /// Keeps a token of the store, unless somebody has dropped it since it was looked for.
    fn take(&self, leader: Leader, stored: StoredToken, drops: u64) -> Option<Arc<Landing>> {
        let present = self.present();
        let held = Arc::new(self.held(&stored, present, self.jitter.draw()));
        self.keep(leader.key().clone(), held.clone(), present);
        if self.drops.load(Ordering::SeqCst) != drops {
            self.slots.drop_token(stored.token());
            return None;
        }
        tracing::debug!("token found in the store");
        self.meter(|metrics| metrics.found_in_store());
        let landing = Arc::new(Landing::Found(held));
        leader.land(landing.clone(), |_| None);
        Some(landing)
    }

    async fn fetch_from_inner(&self, leader: Leader, request: &TokenRequest, reason: Reason) -> Arc<Landing> {
        let (clears, asked) = (self.clears.load(Ordering::SeqCst), self.present());
        let result = self.inner.get_token(&self.asking(request, reason)).await;
        let present = self.present();
        let took = present.elapsed.saturating_sub(asked.elapsed);
        match result.and_then(|token| refuse_again(request, token)) {
            Ok(token) => {
                tracing::debug!("token fetched");
                self.meter(|metrics| match reason {
                    Reason::Renewal => metrics.renewed(took),
                    Reason::Missing | Reason::Forced => metrics.fetched(took),
                });
                self.land_token(leader, token, asked, present, clears)
            }
            Err(error) => {
                self.meter(|metrics| metrics.failed(error.kind(), took));
                self.land_error(leader, request, reason, error, present)
            }
        }
    }

    /// Whoever insists on another token gets none out of a cache of the credential underneath either.
    fn asking<'a>(&self, request: &'a TokenRequest, reason: Reason) -> Cow<'a, TokenRequest> {
        match self.usable(request) {
            Some(current) if reason == Reason::Forced && request.refused_token().is_none() => {
                Cow::Owned(request.clone().not_this_token(current))
            }
            _ => Cow::Borrowed(request),
        }
    }

    fn land_token(
        &self,
        leader: Leader,
        token: AccessToken,
        asked: Present,
        present: Present,
        clears: u64,
    ) -> Arc<Landing> {
        if !token.is_valid_at(present.now) {
            tracing::warn!("a service answered with a token that has expired by this machine's clock");
            let landing = Arc::new(Landing::Stale(token));
            leader.land(landing.clone(), |_| None);
            return landing;
        }
        let held = Arc::new(HeldToken::new(token, asked.now.min(present.now), present, self.jitter.draw()));
        self.keep(leader.key().clone(), held.clone(), present);
        if self.clears.load(Ordering::SeqCst) != clears {
            self.slots.drop_token(held.token());
        }
        let landing = Arc::new(Landing::Kept(held));
        leader.land(landing.clone(), |_| None);
        landing
    }

    fn land_error(
        &self,
        leader: Leader,
        request: &TokenRequest,
        reason: Reason,
        error: CredentialError,
        present: Present,
    ) -> Arc<Landing> {
        let landing =
            Arc::new(Landing::Failed { error: error.clone(), refused: request.refused_token().cloned() });
        let mut pause = Duration::ZERO;
        leader.land(landing.clone(), |last| {
            let next = Setback::after(last.as_ref(), &error, present.elapsed, self.settings.longest_hold);
            pause = next.pause();
            // A refusal outlasts a failure of another kind. What holds nothing back counts for the next renewal only.
            let lasting = last.filter(|last| last.until() > present.elapsed.max(next.until()));
            let counts = reason == Reason::Renewal || next.until() > present.elapsed;
            lasting.or(counts.then_some(next))
        });
        // Before the leader goes: nobody else may renew in between.
        if self.slots.postpone(request, pause, present) {
            tracing::warn!(%error, ?pause, "renewing a token failed; the present one is still valid and stays in use");
        } else {
            tracing::debug!(kind = ?error.kind(), "fetching a token failed");
        }
        drop(leader);
        landing
    }

    pub(crate) async fn invalidate(&self, token: &AccessToken) -> bool {
        self.drops.fetch_add(1, Ordering::SeqCst);
        let keys = self.slots.drop_token(token);
        self.flights.drop_token(token);
        if let Some(store) = self.shared_store() {
            for key in &keys {
                if let Some(key) = self.store_key(&key.to_request()) {
                    store.remove(&key, token).await;
                }
            }
            // Somebody may have taken it out of the store before it was removed there.
            self.drops.fetch_add(1, Ordering::SeqCst);
            self.slots.drop_token(token);
        }
        !keys.is_empty()
    }
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
