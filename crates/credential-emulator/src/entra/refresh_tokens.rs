//! The refresh tokens.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::scope::UserScopes;
use crate::id_source::IdSource;

/// How many are kept. The oldest are forgotten first.
const CAPACITY: usize = 10_000;

/// The refresh tokens. Each can be used once and gives another; a second use revokes all that came from the same
/// sign-in (RFC 9700, section 4.14.2). Entra itself is more lenient; a client that is right here is right there.
#[derive(Default)]
pub(super) struct RefreshTokens(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    tokens: VecDeque<RefreshToken>,
    last_family: u64,
}

struct RefreshToken {
    token: String,
    family: u64,
    kept: Refreshable,
    expires_at: i64,
    state: State,
}

/// What a refresh token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refreshable {
    pub(super) client_id: String,
    /// The user's object id.
    pub(super) user: String,
    pub(super) scopes: UserScopes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Fresh,
    Used,
    Revoked,
    Ended,
}

/// Why a refresh token gives no token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRefresh {
    Unknown,
    OtherClient(String),
    Expired,
    Used,
    Revoked,
    SessionEnded,
}

impl RefreshTokens {
    /// Issues a refresh token: the next of its family, or the first of a new one.
    pub(super) fn issue(
        &self,
        ids: &IdSource,
        kept: Refreshable,
        family: Option<u64>,
        lifetime: i64,
        now: i64,
    ) -> String {
        let mut inner = self.lock();
        let family = family.unwrap_or_else(|| {
            inner.last_family += 1;
            inner.last_family
        });
        if inner.tokens.len() == CAPACITY {
            inner.tokens.pop_front();
        }
        let token = ids.opaque();
        let expires_at = now + lifetime;
        inner.tokens.push_back(RefreshToken {
            token: token.clone(),
            family,
            kept,
            expires_at,
            state: State::Fresh,
        });
        token
    }

    /// Says what a refresh token stands for, and leaves it as it is.
    pub(super) fn find(&self, token: &str, client_id: &str, now: i64) -> Result<Refreshable, NoRefresh> {
        self.lock().good(token, client_id, now).map(|found| found.kept.clone())
    }

    /// Uses a refresh token up, and returns its family.
    pub(super) fn redeem(&self, token: &str, client_id: &str, now: i64) -> Result<u64, NoRefresh> {
        let mut inner = self.lock();
        let found = inner.good(token, client_id, now)?;
        found.state = State::Used;
        Ok(found.family)
    }

    /// Ends every session of the user: no token that was issued before gives another.
    pub(super) fn end_sessions(&self, user: &str) {
        for token in self.lock().tokens.iter_mut().filter(|token| token.kept.user == user) {
            token.state = State::Ended;
        }
    }

    pub(super) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Returns the token if it is fresh. One that was used before revokes its family.
    fn good(&mut self, token: &str, client_id: &str, now: i64) -> Result<&mut RefreshToken, NoRefresh> {
        let at = self.tokens.iter().position(|known| known.token == token).ok_or(NoRefresh::Unknown)?;
        let found = &self.tokens[at];
        if found.kept.client_id != client_id {
            return Err(NoRefresh::OtherClient(found.kept.client_id.clone()));
        }
        match found.state {
            State::Used => {
                let family = found.family;
                self.revoke(family);
                Err(NoRefresh::Used)
            }
            State::Revoked => Err(NoRefresh::Revoked),
            State::Ended => Err(NoRefresh::SessionEnded),
            State::Fresh if now >= found.expires_at => Err(NoRefresh::Expired),
            State::Fresh => Ok(&mut self.tokens[at]),
        }
    }

    fn revoke(&mut self, family: u64) {
        for token in
            self.tokens.iter_mut().filter(|token| token.family == family && token.state == State::Fresh)
        {
            token.state = State::Revoked;
        }
    }
}

impl fmt::Debug for RefreshTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RefreshTokens").field(&self.lock().tokens.len()).finish()
    }
}
