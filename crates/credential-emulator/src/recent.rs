//! The latest of what happened.

use std::collections::VecDeque;

/// How many are kept.
pub(crate) const CAPACITY: usize = 1_000;

/// The latest of what happened, oldest first; what came before is forgotten, so that memory stays flat.
#[derive(Debug)]
pub(crate) struct Recent<T>(VecDeque<T>);

impl<T> Recent<T> {
    pub(crate) fn push(&mut self, item: T) {
        if self.0.len() == CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back(item);
    }

    pub(crate) fn retain(&mut self, keep: impl FnMut(&T) -> bool) {
        self.0.retain(keep);
    }

    /// Returns the one that came last.
    pub(crate) fn last(&self) -> Option<&T> {
        self.0.back()
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.0.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut()
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}
