//! The sign-ins that wait for someone to enter a code.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;

use super::scope::UserScopes;
use crate::EmulatorError;
use crate::clock::{as_rfc3339, instant};
use crate::id_source::IdSource;

/// How long a code can be entered, in seconds, as at Entra.
pub(super) const LIFETIME: i64 = 900;
/// How long a client waits between two polls, in seconds, as at Entra.
pub(super) const INTERVAL: i64 = 5;
/// By how much too fast a client is slowed down, in seconds (RFC 8628, section 3.5).
const SLOWER_BY: i64 = 5;
/// Poll and clock do not tick together: a client may be this much early, in seconds.
const EARLY: i64 = 1;
/// How many are kept. The oldest are forgotten first.
const CAPACITY: usize = 1_000;
/// No vowels, no digits that look like letters: nobody reads a word or types the wrong one.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// The sign-ins that wait for someone to enter a code.
#[derive(Default)]
pub(crate) struct DeviceCodes(Mutex<VecDeque<SignIn>>);

struct SignIn {
    device_code: String,
    user_code: String,
    asked: Asked,
    expires_at: i64,
    interval: i64,
    polled_at: Option<i64>,
    state: State,
    approver: Option<Approver>,
}

/// Who approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Approver {
    pub(super) object_id: String,
    pub(super) name: String,
    pub(super) home: String,
}

/// What the user is asked to agree to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) client_id: String,
    /// The one tenant that the address named.
    pub(super) tenant: Option<String>,
    pub(super) scopes: UserScopes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Approved,
    Denied,
    Redeemed,
}

/// Why a device code gives no token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoToken {
    Unknown,
    OtherClient(String),
    OtherTenant(String),
    Waiting,
    /// The seconds to wait from now on.
    TooFast(i64),
    Denied,
    Expired,
    Redeemed,
}

/// Why a user code cannot be decided on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undecidable {
    Unknown,
    Expired,
    Decided,
    UnknownUser,
    OtherTenant,
}

/// A sign-in that a device began, as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeviceSignIn {
    /// The code that the user enters.
    pub user_code: String,
    /// The application that asks.
    pub client_id: String,
    /// What it asks for, as the answer names it.
    pub scopes: String,
    /// Until when the code can be entered, by the emulator's clock.
    #[serde(serialize_with = "as_rfc3339")]
    pub expires_at: SystemTime,
    /// How far it is.
    pub state: DeviceSignInState,
    /// The name of the user who approved.
    pub user: Option<String>,
}

/// How far a device's sign-in is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeviceSignInState {
    /// Nobody has entered the code.
    Waiting,
    /// The user approved; the device has not fetched its token yet.
    Approved,
    /// The user denied.
    Denied,
    /// The device has its token.
    Redeemed,
    /// Nobody entered the code in time.
    Expired,
}

impl DeviceCodes {
    /// Returns all sign-ins that are still known, oldest first.
    pub(crate) fn all(&self, now: i64) -> Vec<DeviceSignIn> {
        self.lock().iter().map(|known| known.shown(now)).collect()
    }

    /// Begins a sign-in: returns its device code and its user code.
    pub(super) fn begin(&self, ids: &IdSource, asked: Asked, now: i64) -> (String, String) {
        let mut all = self.lock();
        let device_code = ids.opaque();
        let user_code = loop {
            let code = new_user_code(ids);
            if all.iter().all(|known| known.user_code != code) {
                break code;
            }
        };
        if all.len() == CAPACITY {
            all.pop_front();
        }
        all.push_back(SignIn {
            device_code: device_code.clone(),
            user_code: user_code.clone(),
            asked,
            expires_at: now + LIFETIME,
            interval: INTERVAL,
            polled_at: None,
            state: State::Waiting,
            approver: None,
        });
        (device_code, user_code)
    }

    /// Notes that the user approved whom the choice returns for the tenant that is meant, or that the user denied.
    pub(super) fn decide(
        &self,
        user_code: &str,
        now: i64,
        choice: impl FnOnce(Option<&str>) -> Result<Option<Approver>, Undecidable>,
    ) -> Result<(), Undecidable> {
        let typed = as_typed(user_code);
        let mut all = self.lock();
        let sign_in = all.iter_mut().find(|known| known.user_code == typed).ok_or(Undecidable::Unknown)?;
        if sign_in.state != State::Waiting {
            return Err(Undecidable::Decided);
        }
        if now >= sign_in.expires_at {
            return Err(Undecidable::Expired);
        }
        sign_in.approver = choice(sign_in.asked.tenant.as_deref())?;
        sign_in.state = if sign_in.approver.is_some() { State::Approved } else { State::Denied };
        Ok(())
    }

    /// Hands out, once, what the user approved, and who it was. No tenant stands for the user's home.
    pub(super) fn redeem(
        &self,
        device_code: &str,
        client_id: &str,
        tenant: Option<&str>,
        now: i64,
    ) -> Result<(UserScopes, Approver), NoToken> {
        let mut all = self.lock();
        let sign_in =
            all.iter_mut().find(|known| known.device_code == device_code).ok_or(NoToken::Unknown)?;
        if sign_in.asked.client_id != client_id {
            return Err(NoToken::OtherClient(sign_in.asked.client_id.clone()));
        }
        if let Some(owner) = sign_in.owner_other_than(tenant) {
            return Err(NoToken::OtherTenant(owner));
        }
        match sign_in.state {
            State::Redeemed => Err(NoToken::Redeemed),
            State::Denied => Err(NoToken::Denied),
            _ if now >= sign_in.expires_at => Err(NoToken::Expired),
            State::Waiting => Err(sign_in.polled(now)),
            State::Approved => {
                let approver = sign_in.approver.clone().ok_or(NoToken::Unknown)?;
                sign_in.state = State::Redeemed;
                Ok((sign_in.asked.scopes.clone(), approver))
            }
        }
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<SignIn>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SignIn {
    fn shown(&self, now: i64) -> DeviceSignIn {
        let state = match self.state {
            State::Denied => DeviceSignInState::Denied,
            State::Redeemed => DeviceSignInState::Redeemed,
            _ if now >= self.expires_at => DeviceSignInState::Expired,
            State::Waiting => DeviceSignInState::Waiting,
            State::Approved => DeviceSignInState::Approved,
        };
        DeviceSignIn {
            user_code: self.user_code.clone(),
            client_id: self.asked.client_id.clone(),
            scopes: self.asked.scopes.granted(),
            expires_at: instant(self.expires_at),
            state,
            user: self.approver.as_ref().map(|approver| approver.name.clone()),
        }
    }

    /// Returns the tenant where it began, unless it is this one. Where many are meant, it is the home of who approved; as long
    /// as nobody did, it may be any.
    fn owner_other_than(&self, tenant: Option<&str>) -> Option<String> {
        let home = self.approver.as_ref().map(|approver| approver.home.as_str());
        let owner = self.asked.tenant.as_deref().or(home)?;
        let found = tenant.or(home)?;
        (owner != found).then(|| owner.to_owned())
    }

    fn polled(&mut self, now: i64) -> NoToken {
        let before = self.polled_at.replace(now);
        if before.is_some_and(|before| now - before < self.interval - EARLY) {
            self.interval += SLOWER_BY;
            return NoToken::TooFast(self.interval);
        }
        NoToken::Waiting
    }
}

/// Nine letters, as Entra's are long.
fn new_user_code(ids: &IdSource) -> String {
    let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
    ids.bytes()[..9].iter().map(letter).collect()
}

/// People add spaces and hyphens, and type small letters.
fn as_typed(user_code: &str) -> String {
    user_code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

impl Undecidable {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Unknown => "user_code: no sign-in waits for this code",
            Self::Expired => "user_code: the code is older than 15 minutes",
            Self::Decided => "user_code: the code was approved or denied before",
            Self::UnknownUser => "user: nobody has this name",
            Self::OtherTenant => "user: neither at home nor a guest in the tenant that the sign-in is for",
        }
    }
}

impl From<Undecidable> for EmulatorError {
    fn from(fault: Undecidable) -> Self {
        let fix = match fault {
            Undecidable::UnknownUser | Undecidable::OtherTenant => {
                "name a user of `Accounts` who can sign in there"
            }
            _ => "ask the device code endpoint for another code, and give the user_code of its answer",
        };
        Self::new(fault.reason(), fix)
    }
}

/// Device codes are as good as tokens.
impl fmt::Debug for DeviceCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeviceCodes").field(&self.lock().len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_as_people_type_them() {
        assert_eq!(as_typed(" bcd-fgh jkl\n"), "BCDFGHJKL");
        assert_eq!(as_typed("é<b>"), "B");
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let ids = IdSource::new(&credential_testkit::SequenceRandom::default()).unwrap();
        let codes = DeviceCodes::default();
        let scopes = UserScopes {
            resource: "r".into(),
            names: Vec::new(),
            openid: false,
            profile: false,
            offline_access: false,
        };
        let asked = Asked { client_id: "c".into(), tenant: Some("t".into()), scopes };
        let (device_code, user_code) = codes.begin(&ids, asked.clone(), 0);
        assert_eq!(codes.redeem(&device_code, "c", Some("t"), 0), Err(NoToken::Waiting));
        for _ in 0..CAPACITY {
            codes.begin(&ids, asked.clone(), 0);
        }
        assert_eq!(codes.redeem(&device_code, "c", Some("t"), 0), Err(NoToken::Unknown));
        assert_eq!(codes.decide(&user_code, 0, |_| Ok(None)), Err(Undecidable::Unknown));
        assert_eq!(format!("{codes:?}"), "DeviceCodes(1000)");
    }
}
