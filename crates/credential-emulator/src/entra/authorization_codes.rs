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

/// The authorization codes, each good for one exchange (RFC 6749, section 4.1.2).
#[derive(Default)]
pub(crate) struct AuthorizationCodes(Mutex<VecDeque<Code>>);

struct Code {
    code: String,
    /// The user's object id.
    user: String,
    asked: Authorized,
    expires_at: i64,
    is_used: bool,
}

/// What the user agreed to, and how the client must prove that it is the one that asked.
#[derive(Clone, Debug)]
pub(super) struct Authorized {
    pub(super) client_id: String,
    /// The one tenant that the address named.
    pub(super) tenant: Option<String>,
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
    /// Issues a code to the user, named by object id.
    pub(super) fn issue(&self, ids: &IdSource, asked: Authorized, user: &str, now: i64) -> String {
        let mut codes = self.lock();
        if codes.len() == CAPACITY {
            codes.pop_front();
        }
        let code = ids.opaque();
        codes.push_back(Code {
            code: code.clone(),
            user: user.to_owned(),
            asked,
            expires_at: now + LIFETIME,
            is_used: false,
        });
        code
    }

    /// Says what a code stands for, and which user agreed to it, by object id; leaves it as it is.
    pub(super) fn find(&self, code: &str, now: i64) -> Result<(Authorized, String), NoCode> {
        good(&mut self.lock(), code, now).map(|found| (found.asked.clone(), found.user.clone()))
    }

    /// Uses a code up.
    pub(super) fn redeem(&self, code: &str, now: i64) -> Result<(), NoCode> {
        good(&mut self.lock(), code, now)?.is_used = true;
        Ok(())
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Code>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn good<'a>(codes: &'a mut VecDeque<Code>, code: &str, now: i64) -> Result<&'a mut Code, NoCode> {
    let found = codes.iter_mut().find(|known| known.code == code).ok_or(NoCode::Unknown)?;
    if found.is_used {
        return Err(NoCode::Used);
    }
    if now >= found.expires_at { Err(NoCode::Expired) } else { Ok(found) }
}

impl fmt::Debug for AuthorizationCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthorizationCodes").field(&self.lock().len()).finish()
    }
}
