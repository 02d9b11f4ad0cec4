//! One fetch per key: who fetches, who waits, and what came of it.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_listener::{Event, EventListener};

use crate::held_token::{Freshness, HeldToken, Present};
use crate::interleaving;
use crate::request_key::{PackedKey, PassedOn};
use crate::setback::Setback;
use crate::{AccessToken, CredentialError, TokenRequest};

/// Setbacks remembered at most for keys for which nobody waits.
const MOST_SETBACKS: usize = 1024;

/// The fetches that are under way, and those that failed lately. A key has an entry only while it has either.
///
/// The lock is held for single steps, never while anything waits.
#[derive(Default)]
pub(crate) struct Flights(Mutex<Table>);

#[derive(Default)]
struct Table {
    by_key: HashMap<PackedKey, Flight, BuildHasherDefault<PassedOn>>,
    /// Entries with a setback alone.
    idle: usize,
}

#[derive(Default)]
struct Flight {
    /// Callers who fetch or wait.
    seats: usize,
    fetching: bool,
    /// Fetches begun, and the number of the last one that landed.
    begun: u64,
    landed: u64,
    landing: Option<Arc<Landing>>,
    setback: Option<Setback>,
    /// Rung whenever a fetch ends, landed or not.
    bell: Arc<Event>,
}

/// What came of a fetch.
pub(crate) enum Landing {
    Kept(Arc<HeldToken>),
    /// A token that others have fetched: no answer to who insists on a new one.
    Found(Arc<HeldToken>),
    /// A token that had expired by this machine's clock when it came. Passed on, because the service may see another time
    /// than we do; kept, it would only be in the way.
    Stale(AccessToken),
    Failed {
        error: CredentialError,
        /// The token that the request named as refused: others may have no such complaint.
        refused: Option<AccessToken>,
    },
}

impl Landing {
    /// The outcome as an answer to a caller who waited for it; `None` when it is none.
    pub(crate) fn answer(
        &self,
        request: &TokenRequest,
        forced: bool,
        present: Present,
    ) -> Option<Result<AccessToken, CredentialError>> {
        match self {
            Self::Found(_) if forced => None,
            Self::Kept(held) | Self::Found(held) => {
                let fits = held.freshness(present) != Freshness::Dead && !request.refuses(held.token());
                fits.then(|| Ok(held.token().clone()))
            }
            Self::Stale(token) => (!request.refuses(token)).then(|| Ok(token.clone())),
            Self::Failed { error, refused } => {
                let shares_complaint = match (refused, request.refused_token()) {
                    (Some(theirs), Some(ours)) => theirs.is_same_token(ours),
                    (theirs, ours) => theirs.is_none() && ours.is_none(),
                };
                shares_complaint.then(|| Err(error.clone()))
            }
        }
    }
}

/// What a caller does next.
pub(crate) enum Turn {
    Fetch(Leader),
    Done(Result<AccessToken, CredentialError>),
    /// A refusal that is remembered: not sent again yet.
    Remembered(CredentialError),
    Wait(EventListener),
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, Table> {
        interleaving::point();
        // Every change is whole when it is visible, so a panic elsewhere does not make it bad.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins whoever wants this key's token.
    pub(crate) fn join(self: &Arc<Self>, key: &PackedKey) -> Seat {
        let mut table = self.lock();
        let flight = table.flight(key);
        flight.seats += 1;
        Seat { flights: self.clone(), key: key.clone(), begun: flight.begun, landed: flight.landed }
    }

    /// Takes the lead, unless somebody else has it, or the service is not to be asked now.
    pub(crate) fn try_lead(self: &Arc<Self>, key: &PackedKey, present: Present) -> Option<Leader> {
        let seat = self.join(key);
        let mut table = self.lock();
        let flight = table.flight(key);
        let is_forbidden =
            flight.setback.as_ref().is_some_and(|setback| setback.forbids(false, present.elapsed));
        if flight.fetching || is_forbidden {
            // The seat goes after the table is free.
            drop(table);
            return None;
        }
        flight.begin();
        Some(Leader { seat })
    }

    /// Forgets a refusal: its reason is gone.
    pub(crate) fn forget(&self, key: &PackedKey) {
        self.lock().change(key, |flight| flight.setback = None);
    }

    /// Gives this token to nobody any more: whoever still waits looks again.
    pub(crate) fn drop_token(&self, token: &AccessToken) {
        for flight in self.lock().by_key.values_mut() {
            if let Some(Landing::Kept(held) | Landing::Found(held)) = flight.landing.as_deref()
                && held.token().is_same_token(token)
            {
                flight.landing = None;
            }
        }
    }

    /// Forgets all refusals.
    pub(crate) fn forget_all(&self) {
        let mut table = self.lock();
        table.idle = 0;
        table.by_key.retain(|_, flight| {
            flight.setback = None;
            flight.seats > 0
        });
    }

    /// How many keys have an entry.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().by_key.len()
    }
}

impl Table {
    /// The flight of a key, for somebody who takes a seat or has one.
    fn flight(&mut self, key: &PackedKey) -> &mut Flight {
        let flight = self.by_key.entry(key.clone()).or_default();
        if flight.is_idle() {
            self.idle -= 1;
        }
        flight
    }

    /// Changes a flight, and drops it when nothing is left of it.
    fn change(&mut self, key: &PackedKey, change: impl FnOnce(&mut Flight)) {
        let Some(flight) = self.by_key.get_mut(key) else { return };
        let was_idle = flight.is_idle();
        change(flight);
        let is_idle = flight.is_idle();
        if flight.seats == 0 && !is_idle {
            self.by_key.remove(key);
        }
        self.idle = self.idle + usize::from(is_idle) - usize::from(was_idle);
        if self.idle > MOST_SETBACKS {
            self.drop_oldest_setbacks();
        }
    }

    /// Drops an eighth, so that not every refusal looks at all others.
    fn drop_oldest_setbacks(&mut self) {
        let idle = self.by_key.iter().filter(|(_, flight)| flight.is_idle());
        let end = |flight: &Flight| flight.setback.as_ref().map(Setback::until);
        let mut ends: Vec<_> = idle.map(|(_, flight)| end(flight)).collect();
        let (_, last, _) = ends.select_nth_unstable(MOST_SETBACKS / 8);
        let last = *last;
        self.by_key.retain(|_, flight| !flight.is_idle() || end(flight) > last);
        self.idle = self.by_key.values().filter(|flight| flight.is_idle()).count();
    }
}

impl Flight {
    fn begin(&mut self) {
        self.fetching = true;
        self.begun += 1;
    }

    /// Says whether a setback is all there is.
    fn is_idle(&self) -> bool {
        self.seats == 0 && self.setback.is_some()
    }
}

/// A caller's place at a flight, which is in being as long as somebody has one.
pub(crate) struct Seat {
    flights: Arc<Flights>,
    key: PackedKey,
    /// The flight's counts when the caller came.
    begun: u64,
    landed: u64,
}

impl Seat {
    /// Says what to do next. `forced`: only a fetch that began after the caller came will do.
    pub(crate) fn turn(&self, request: &TokenRequest, forced: bool, present: Present) -> Turn {
        let mut table = self.flights.lock();
        let flight = table.flight(&self.key);
        let since = if forced { self.begun } else { self.landed };
        if flight.landed > since
            && let Some(answer) =
                flight.landing.as_ref().and_then(|landing| landing.answer(request, forced, present))
        {
            return Turn::Done(answer);
        }
        if flight.fetching {
            return Turn::Wait(flight.bell.listen());
        }
        if let Some(setback) =
            flight.setback.as_ref().filter(|setback| setback.forbids(forced, present.elapsed))
        {
            return Turn::Remembered(setback.reminder(present.elapsed));
        }
        flight.begin();
        flight.seats += 1;
        let (flights, key) = (self.flights.clone(), self.key.clone());
        Turn::Fetch(Leader { seat: Self { flights, key, ..*self } })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.flights.lock().change(&self.key, |flight| {
            flight.seats -= 1;
            if flight.seats == 0 {
                flight.landing = None;
            }
        });
    }
}

/// The right, and the duty, to fetch a key's token. Dropping it hands both on to whoever waits.
pub(crate) struct Leader {
    seat: Seat,
}

impl Leader {
    pub(crate) fn key(&self) -> &PackedKey {
        &self.seat.key
    }

    /// Tells everybody who waits what came of the fetch. `setback` makes of the key's last setback the present one.
    /// The lead ends when the leader is dropped.
    pub(crate) fn land(
        &self,
        landing: Arc<Landing>,
        setback: impl FnOnce(Option<Setback>) -> Option<Setback>,
    ) {
        self.seat.flights.lock().change(&self.seat.key, |flight| {
            flight.landed = flight.begun;
            flight.landing = Some(landing);
            flight.setback = setback(flight.setback.take());
        });
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        let mut bell = None;
        self.seat.flights.lock().change(&self.seat.key, |flight| {
            flight.fetching = false;
            bell = Some(flight.bell.clone());
        });
        // Outside of the lock: this runs other people's wakers.
        if let Some(bell) = bell {
            bell.notify(usize::MAX);
        }
    }
}
