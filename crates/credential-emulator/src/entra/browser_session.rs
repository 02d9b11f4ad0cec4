//! Who is signed in with the browser.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who is signed in with the browser, by object id, the latest last: the emulator knows one browser only.
#[derive(Debug, Default)]
pub(crate) struct BrowserSession(Mutex<Vec<String>>);

impl BrowserSession {
    pub(super) fn sign_in(&self, object_id: &str) {
        let mut all = self.lock();
        all.retain(|known| known != object_id);
        all.push(object_id.to_owned());
    }

    pub(super) fn sign_out(&self, object_id: &str) {
        self.lock().retain(|known| known != object_id);
    }

    /// Signs everybody out.
    pub(super) fn end(&self) {
        self.lock().clear();
    }

    /// Returns who is signed in, the latest first.
    pub(super) fn users(&self) -> Vec<String> {
        self.lock().iter().rev().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_comes_first() {
        let session = BrowserSession::default();
        for user in ["a", "b", "a"] {
            session.sign_in(user);
        }
        assert_eq!(session.users(), ["a", "b"]);
        session.sign_out("a");
        assert_eq!(session.users(), ["b"]);
        session.end();
        assert!(session.users().is_empty());
    }
}
