//! The users of the Communication Services resource.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// The users that clients created, each with its tokens that are neither expired nor revoked.
#[derive(Debug, Default)]
pub(crate) struct Users(Mutex<HashMap<String, Vec<Issued>>>);

#[derive(Debug)]
struct Issued {
    token_id: String,
    expires_at: i64,
}

/// There is no such user, or no longer.
#[derive(Debug)]
pub(super) struct NoSuchUser;

impl Users {
    pub(super) fn add(&self, id: String) {
        self.lock().insert(id, Vec::new());
    }

    pub(super) fn holds(&self, id: &str) -> bool {
        self.lock().contains_key(id)
    }

    /// Forgets all users, and so ends all their tokens.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(super) fn remove(&self, id: &str) -> Result<(), NoSuchUser> {
        self.lock().remove(id).map(drop).ok_or(NoSuchUser)
    }

    pub(super) fn add_token(
        &self,
        id: &str,
        token_id: String,
        expires_at: i64,
        now: i64,
    ) -> Result<(), NoSuchUser> {
        let mut users = self.lock();
        let tokens = users.get_mut(id).ok_or(NoSuchUser)?;
        tokens.retain(|issued| now < issued.expires_at);
        tokens.push(Issued { token_id, expires_at });
        Ok(())
    }

    /// Revokes all tokens of the user.
    pub(super) fn revoke_tokens(&self, id: &str) -> Result<(), NoSuchUser> {
        self.lock().get_mut(id).map(Vec::clear).ok_or(NoSuchUser)
    }

    /// Says whether the token was issued to the user and not revoked.
    pub(super) fn has_token(&self, id: &str, token_id: &str) -> Result<bool, NoSuchUser> {
        let users = self.lock();
        let tokens = users.get(id).ok_or(NoSuchUser)?;
        Ok(tokens.iter().any(|issued| issued.token_id == token_id))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<Issued>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
