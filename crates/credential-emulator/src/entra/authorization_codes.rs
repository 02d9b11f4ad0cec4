//! The authorization codes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::code_challenge::CodeChallenge;
use super::scope::UserScopes;
use crate::id_source::IdSource;

/// How long a code can be redeemed, in seconds, as at Entra.
pub(super) const LIFETIME: i64 = 600;
/// How many are kept. The oldest are forgotten first.
const CAPACITY: usize = 1_000;

/// The authorization codes, each good for one exchange (RFC 6749, section 4.1.2), and whether the user is signed in: the
/// emulator knows one browser only.
#[derive(Default)]
pub(crate) struct AuthorizationCodes(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    codes: VecDeque<Code>,
    is_signed_in: bool,
}

struct Code {
    code: String,
    asked: Authorized,
    expires_at: i64,
    is_used: bool,
}

/// What the user agreed to, and how the client must prove that it is the one that asked.
#[derive(Clone, Debug)]
pub(super) struct Authorized {
    pub(super) client_id: String,
    pub(super) tenant_id: String,
    pub(super) redirect_uri: String,
    pub(super) scopes: UserScopes,
    pub(super) nonce: Option<String>,
    pub(super) challenge: Option<CodeChallenge>,
}

/// Why a code cannot be redeemed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoCode {
    Unknown,
    Used,
    Expired,
}

impl AuthorizationCodes {
    pub(super) fn is_signed_in(&self) -> bool {
        self.lock().is_signed_in
    }

    /// Ends the browser's session.
    pub(super) fn sign_out(&self) {
        self.lock().is_signed_in = false;
    }

    /// Issues a code. The user is signed in from now on.
    pub(super) fn issue(&self, ids: &IdSource, asked: Authorized, now: i64) -> String {
        let mut inner = self.lock();
        inner.is_signed_in = true;
        if inner.codes.len() == CAPACITY {
            inner.codes.pop_front();
        }
        let code = ids.opaque();
        let expires_at = now + LIFETIME;
        inner.codes.push_back(Code { code: code.clone(), asked, expires_at, is_used: false });
        code
    }

    /// Says what a code stands for, and leaves it as it is.
    pub(super) fn find(&self, code: &str, now: i64) -> Result<Authorized, NoCode> {
        self.lock().good(code, now).map(|found| found.asked.clone())
    }

    /// Uses a code up.
    pub(super) fn redeem(&self, code: &str, now: i64) -> Result<(), NoCode> {
        self.lock().good(code, now)?.is_used = true;
        Ok(())
    }

    pub(super) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn good(&mut self, code: &str, now: i64) -> Result<&mut Code, NoCode> {
        let found = self.codes.iter_mut().find(|known| known.code == code).ok_or(NoCode::Unknown)?;
        if found.is_used {
            return Err(NoCode::Used);
        }
        if now >= found.expires_at { Err(NoCode::Expired) } else { Ok(found) }
    }
}

impl fmt::Debug for AuthorizationCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthorizationCodes").field(&self.lock().codes.len()).finish()
    }
}
