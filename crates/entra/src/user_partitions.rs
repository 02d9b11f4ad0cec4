//! Something for each user, apart from all others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use credential::Secret;
use sha2::{Digest, Sha256};

/// Something for each user, found by the hash of the user's token; the least recently used make room for new ones.
pub(crate) struct UserPartitions<T> {
    capacity: usize,
    state: Mutex<State<T>>,
}

struct State<T> {
    uses: u64,
    /// What there is for a user, and when it was used last.
    partitions: HashMap<[u8; 32], (u64, Arc<T>)>,
}

impl<T> UserPartitions<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), state: Mutex::new(State { uses: 0, partitions: HashMap::new() }) }
    }

    pub(crate) fn find_or_make(&self, token: &Secret, make: impl FnOnce() -> T) -> Arc<T> {
        let hash = hash_of(token);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.uses += 1;
        let now = state.uses;
        if let Some((used, found)) = state.partitions.get_mut(&hash) {
            *used = now;
            return found.clone();
        }
        if state.partitions.len() >= self.capacity {
            state.make_room(self.capacity);
        }
        let made = Arc::new(make());
        state.partitions.insert(hash, (now, made.clone()));
        made
    }
}

/// What tells users apart without keeping their tokens.
pub(crate) fn hash_of(token: &Secret) -> [u8; 32] {
    Sha256::digest(token.expose()).into()
}

impl<T> State<T> {
    /// Drops the least recently used sixteenth, so that a full store does not search at each new user.
    fn make_room(&mut self, capacity: usize) {
        let mut uses: Vec<u64> = self.partitions.values().map(|(used, _)| *used).collect();
        let drop = (capacity / 16).max(1).min(uses.len());
        let (_, last, _) = uses.select_nth_unstable(drop - 1);
        let last = *last;
        self.partitions.retain(|_, (used, _)| *used > last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_has_its_own_and_the_least_recently_used_makes_room() {
        let partitions = UserPartitions::new(2);
        let get = |token: &str| *partitions.find_or_make(&token.into(), made);
        let (a, b) = (get("a"), get("b"));
        assert_ne!(a, b);
        assert_eq!((get("a"), get("b"), get("a")), (a, b, a));
        let c = get("c");
        assert_eq!((get("a"), get("c")), (a, c));
        assert_ne!(get("b"), b, "made room for c");
    }

    fn made() -> u64 {
        static MADE: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        MADE.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
    }
}
