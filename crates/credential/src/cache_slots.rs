//! The tokens of a cache, found without a lock.

use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::held_token::{CachedToken, Freshness, HeldToken, Present};
use crate::interleaving;
use crate::request_key::{PackedKey, PassedOn};
use crate::{AccessToken, TokenRequest};

/// Uses are noted at this grain, so that a busy key is not written to on every hit.
const USE_GRAIN_SECS: u64 = 16;

/// The tokens of a cache: one slot per key, found without a lock. What fetching needs lies elsewhere, and only while a
/// fetch is under way: a cache holds many tokens and fetches few.
pub(crate) struct CacheSlots {
    map: papaya::HashMap<PackedKey, Slot, BuildHasherDefault<PassedOn>>,
    capacity: usize,
    /// What lies in a slot whose token was dropped.
    nothing: Arc<HeldToken>,
    /// Whoever holds it makes room. Nobody waits for it: room is then being made.
    making_room: Mutex<()>,
}

struct Slot {
    held: ArcSwap<HeldToken>,
    /// When the slot was last used, in grains of elapsed time.
    used: AtomicU32,
}

/// What there is for a request.
pub(crate) enum Lookup {
    Fresh(CachedToken),
    Due(CachedToken),
    Nothing,
}

impl CacheSlots {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            map: papaya::HashMap::default(),
            capacity,
            nothing: Arc::new(HeldToken::nothing()),
            making_room: Mutex::default(),
        }
    }

    #[inline]
    pub(crate) fn look_up(&self, request: &TokenRequest, present: Present) -> Lookup {
        interleaving::point();
        match self.map.pin().get(request.key()) {
            Some(slot) => slot.look_up(request, present),
            None => Lookup::Nothing,
        }
    }

    /// Puts a token into its slot, in place of the one that lies there. Returns how many others had to go.
    pub(crate) fn keep(&self, key: PackedKey, held: Arc<HeldToken>, present: Present) -> usize {
        interleaving::point();
        let slots = self.map.pin();
        if let Some(slot) = slots.get(&key) {
            slot.held.store(held);
            return 0;
        }
        let evicted = self.make_room();
        interleaving::point();
        let slot = slots.get_or_insert_with(key, || Slot {
            held: ArcSwap::new(held.clone()),
            used: AtomicU32::new(grain(present)),
        });
        // Somebody else may have put a slot there meanwhile: the later token counts.
        slot.held.store(held);
        evicted
    }

    /// Has the token renewed no sooner than after a pause, unless another one lies in its place by now. Returns whether there
    /// is a valid one.
    pub(crate) fn postpone(&self, request: &TokenRequest, pause: Duration, present: Present) -> bool {
        interleaving::point();
        let slots = self.map.pin();
        let Some(slot) = slots.get(request.key()) else { return false };
        let seen = slot.held.load();
        let is_valid = seen.freshness(present) != Freshness::Dead;
        if is_valid {
            slot.replace(&seen, Arc::new(seen.postponed(pause, present)));
        }
        is_valid
    }

    /// Says whether this token lies here, dead: by either scale of time.
    pub(crate) fn has_seen_die(&self, request: &TokenRequest, token: &AccessToken, present: Present) -> bool {
        let slots = self.map.pin();
        slots.get(request.key()).is_some_and(|slot| {
            let held = slot.held.load();
            held.freshness(present) == Freshness::Dead && held.token().is_same_token(token)
        })
    }

    /// Drops this token, wherever it lies, and never another one. Returns the keys that it lay under.
    pub(crate) fn drop_token(&self, token: &AccessToken) -> Vec<PackedKey> {
        let slots = self.map.pin();
        let had_it = slots.iter().filter(|(_, slot)| slot.drop_token(token, &self.nothing));
        had_it.map(|(key, _)| key.clone()).collect()
    }

    /// Drops all tokens.
    pub(crate) fn clear(&self) {
        interleaving::point();
        let slots = self.map.pin();
        // A dropped slot is reclaimed at some time; its token is wiped now.
        slots.values().for_each(|slot| slot.held.store(self.nothing.clone()));
        slots.clear();
    }

    /// Drops the least recently used sixteenth, when there is no room for one more.
    fn make_room(&self) -> usize {
        if self.map.len() < self.capacity {
            return 0;
        }
        let Ok(_making_room) = self.making_room.try_lock() else { return 0 };
        let slots = self.map.pin();
        let mut by_use: Vec<(u32, &PackedKey)> =
            slots.iter().map(|(key, slot)| (slot.used.load(Ordering::Relaxed), key)).collect();
        let surplus = (by_use.len() + 1).saturating_sub(self.capacity);
        let drop = (self.capacity / 16).max(surplus).min(by_use.len());
        if drop == 0 {
            return 0;
        }
        by_use.select_nth_unstable_by_key(drop - 1, |(used, _)| *used);
        for (_, key) in &by_use[..drop] {
            if let Some(slot) = slots.remove(*key) {
                slot.held.store(self.nothing.clone());
            }
        }
        drop
    }
}

impl Slot {
    #[inline]
    fn look_up(&self, request: &TokenRequest, present: Present) -> Lookup {
        interleaving::point();
        let held = self.held.load();
        let freshness = held.freshness(present);
        if freshness == Freshness::Dead || request.refuses(held.token()) {
            return Lookup::Nothing;
        }
        let grain = grain(present);
        if self.used.load(Ordering::Relaxed) != grain {
            self.used.store(grain, Ordering::Relaxed);
        }
        if freshness == Freshness::Fresh {
            Lookup::Fresh(CachedToken(held))
        } else {
            Lookup::Due(CachedToken(held))
        }
    }

    fn drop_token(&self, token: &AccessToken, nothing: &Arc<HeldToken>) -> bool {
        interleaving::point();
        let seen = self.held.load();
        seen.token().is_same_token(token) && self.replace(&seen, nothing.clone())
    }

    /// Replaces what was seen, and nothing that came later.
    fn replace(&self, seen: &Arc<HeldToken>, by: Arc<HeldToken>) -> bool {
        interleaving::point();
        Arc::ptr_eq(&self.held.compare_and_swap(seen, by), seen)
    }
}

fn grain(present: Present) -> u32 {
    // Wraps around after two thousand years.
    (present.elapsed.as_secs() / USE_GRAIN_SECS) as u32
}
