//! The account's two keys, and which of them the service took last.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use credential::{AccessKey, Key, KeyPair};

/// An account's keys, both of which the service accepts.
///
/// While one of them is being regenerated the service takes the other one only. So a refused key is followed by its
/// neighbour, and one that was taken is asked with first until the keys are rotated.
#[derive(Debug)]
pub(crate) struct AccountKeys {
    ring: AccessKey,
    /// One more than the ring's version at which the secondary key was taken; 0 when the primary one is to be used.
    secondary_since: AtomicU64,
}

/// A key that one request carries.
#[derive(Clone)]
pub(crate) struct ChosenKey {
    keys: Arc<KeyPair>,
    version: u64,
    is_secondary: bool,
}

impl AccountKeys {
    pub(crate) fn new(ring: AccessKey) -> Self {
        Self { ring, secondary_since: AtomicU64::new(0) }
    }

    /// Returns how often the keys were rotated.
    pub(crate) fn version(&self) -> u64 {
        self.ring.version()
    }

    /// Returns the key to ask with.
    pub(crate) fn first(&self) -> ChosenKey {
        // The version goes first: when a rotation comes in between, what is remembered of the older one is ignored.
        let version = self.ring.version();
        let keys = self.ring.load();
        let took_secondary = self.secondary_since.load(Ordering::Relaxed) == version + 1;
        ChosenKey { is_secondary: took_secondary && keys.secondary().is_some(), keys, version }
    }

    /// Returns a key that is not the refused one, if there is one: from the keys as they are now, because they may have
    /// been rotated while the request was under way.
    pub(crate) fn other_than(&self, refused: &ChosenKey) -> Option<ChosenKey> {
        let version = self.ring.version();
        let keys = self.ring.load();
        let differs = |key: &Key| key.expose() != refused.key().expose();
        let is_secondary = if differs(keys.primary()) {
            false
        } else if keys.secondary().is_some_and(differs) {
            true
        } else {
            return None;
        };
        Some(ChosenKey { keys, version, is_secondary })
    }

    /// Remembers which key the service took.
    pub(crate) fn taken(&self, key: &ChosenKey) {
        let since = if key.is_secondary { key.version + 1 } else { 0 };
        self.secondary_since.store(since, Ordering::Relaxed);
    }
}

impl ChosenKey {
    pub(crate) fn key(&self) -> &Key {
        let secondary = self.keys.secondary().filter(|_| self.is_secondary);
        secondary.unwrap_or_else(|| self.keys.primary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secondary: Option<&str>) -> (AccessKey, AccountKeys) {
        let ring = AccessKey::from_text("one").unwrap();
        ring.rotate("one", secondary).unwrap();
        (ring.clone(), AccountKeys::new(ring))
    }

    fn texts(keys: &AccountKeys) -> (String, Option<String>) {
        let first = keys.first();
        let other = keys.other_than(&first).map(|other| other.key().expose().to_owned());
        (first.key().expose().to_owned(), other)
    }

    #[test]
    fn the_key_that_was_taken_goes_first_until_the_next_rotation() {
        let (ring, keys) = keys(Some("two"));
        assert_eq!(texts(&keys), ("one".into(), Some("two".into())));
        keys.taken(&keys.other_than(&keys.first()).unwrap());
        assert_eq!(texts(&keys), ("two".into(), Some("one".into())));
        ring.rotate("three", Some("two")).unwrap();
        assert_eq!(texts(&keys), ("three".into(), Some("two".into())));
    }

    #[test]
    fn a_key_without_a_neighbour_stands_alone() {
        for secondary in [None, Some("one")] {
            assert_eq!(texts(&keys(secondary).1), ("one".into(), None));
        }
    }

    #[test]
    fn a_rotation_under_way_offers_the_new_key() {
        let (ring, keys) = keys(None);
        let refused = keys.first();
        ring.rotate("new", None).unwrap();
        assert_eq!(keys.other_than(&refused).unwrap().key().expose(), "new");
    }

    #[test]
    fn a_primary_key_that_is_taken_is_used_again() {
        let (_, keys) = keys(Some("two"));
        let secondary = keys.other_than(&keys.first()).unwrap();
        keys.taken(&secondary);
        keys.taken(&keys.other_than(&secondary).unwrap());
        assert_eq!(texts(&keys).0, "one");
    }
}
