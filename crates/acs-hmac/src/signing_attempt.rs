//! The attempts of one request: what is signed, and what an answer asks for next.

use std::fmt;
use std::time::{Duration, SystemTime};

use credential::CredentialError;
use http::{HeaderMap, Method, StatusCode, Uri};

use crate::signer::Attempt;
use crate::{ContentHash, Resigner, SigningDate, VerifiedKey};

/// A date that is this much nearer than what the service allows may still be refused: the request was under way.
const MARGIN: Duration = Duration::from_secs(30);

/// The attempts of one request, without I/O: [`sign`](Self::sign) before each, [`after`](Self::after) after each answer.
///
/// An answer of 401 is mended at most twice, in this order, and otherwise stands:
/// 1. when its `Date` is further from the date that was signed than the scheme allows, the clock's difference is taken
///    from it and the request signed with the service's time; once, and only up to a bound;
/// 2. when the key ring has another key, the request is signed with that one; once.
///
/// A request whose body cannot be sent a second time is not mended.
///
/// # Example
/// ```
/// use acs_hmac::{ContentHash, Correction, Resigner, Signer};
/// use credential::AccessKey;
/// use http::StatusCode;
///
/// let ring = AccessKey::from_base64("b2xk")?;
/// ring.rotate("b2xk", Some("bmV3"))?;
/// let resigner = Resigner::new(Signer::new(ring)?);
///
/// let (mut parts, body) = http::Request::get("https://contoso.communication.azure.com/rooms").body("")?.into_parts();
/// let hash = ContentHash::of(body.as_bytes());
/// let mut attempt = resigner.attempt();
/// attempt.sign(&parts.method, &parts.uri, &mut parts.headers, &hash)?;
/// // The client sends it, and the service refuses it.
/// let correction = attempt.after(StatusCode::UNAUTHORIZED, None, true);
/// assert_eq!(correction, Some(Correction::OtherKey));
/// attempt.sign(&parts.method, &parts.uri, &mut parts.headers, &hash)?;
/// assert_eq!(attempt.after(StatusCode::OK, None, true), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SigningAttempt {
    resigner: Resigner,
    seconds_ahead: i64,
    key: VerifiedKey,
    version: u64,
    signed: Option<SystemTime>,
    clock_corrected: bool,
    key_changed: bool,
}

/// Why a request is to be signed and sent once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Correction {
    /// This machine's clock is off; the next signature carries the service's time.
    #[non_exhaustive]
    Clock {
        /// By how many seconds the service's clock is ahead of this machine's; negative when behind.
        seconds_ahead: i64,
    },
    /// The key was refused; the next signature is made with the other one.
    OtherKey,
}

impl SigningAttempt {
    pub(crate) fn new(resigner: Resigner) -> Self {
        Self {
            seconds_ahead: resigner.clock_correction_seconds(),
            key: resigner.first_key(),
            version: resigner.signer.keys().0,
            signed: None,
            clock_corrected: false,
            key_changed: false,
            resigner,
        }
    }

    /// Signs the head of the next attempt, replacing a signature that it has.
    ///
    /// # Errors
    /// Those of [`Signer::sign`](crate::Signer::sign), except for being signed already. The headers are then what they
    /// were.
    pub fn sign(
        &mut self,
        method: &Method,
        uri: &Uri,
        headers: &mut HeaderMap,
        content_hash: &ContentHash,
    ) -> Result<(), CredentialError> {
        let Attempt { now, .. } = self.resigner.signer.first_attempt();
        // Out of range only together with a clock that is out of range, which signing refuses.
        let now = moved(now, self.seconds_ahead).unwrap_or(now);
        let attempt = Attempt { now, key: self.key };
        self.resigner.signer.sign_attempt(method, uri, headers, *content_hash, attempt)?;
        self.signed = Some(now);
        Ok(())
    }

    /// Takes an answer: its status and its `Date` header. Returns why the request is to be signed and sent once more, or
    /// `None` when the answer stands.
    ///
    /// `can_send_again` says whether the same body can be sent a second time.
    #[must_use]
    pub fn after(
        &mut self,
        status: StatusCode,
        date: Option<&str>,
        can_send_again: bool,
    ) -> Option<Correction> {
        if status.is_success() {
            self.resigner.learn(self.seconds_ahead, self.key, self.version);
        }
        if status != StatusCode::UNAUTHORIZED || !can_send_again {
            return None;
        }
        self.correct_clock(date).or_else(|| self.change_key())
    }

    fn correct_clock(&mut self, date: Option<&str>) -> Option<Correction> {
        let signed = self.signed.filter(|_| !self.clock_corrected)?;
        let service = SigningDate::parse(date?).ok()?.time();
        let allowed = self.resigner.signer.scheme().allowed_skew();
        if seconds_between(signed, service).unsigned_abs() + MARGIN.as_secs() <= allowed.as_secs() {
            return None;
        }
        let seconds_ahead = seconds_between(self.resigner.signer.first_attempt().now, service);
        if seconds_ahead.unsigned_abs() > self.resigner.longest_correction.as_secs() {
            return None;
        }
        self.clock_corrected = true;
        self.seconds_ahead = seconds_ahead;
        Some(Correction::Clock { seconds_ahead })
    }

    fn change_key(&mut self) -> Option<Correction> {
        let (version, has_secondary) = self.resigner.signer.keys();
        // Keys that were replaced meanwhile are new ones, the first of which was not tried.
        let replaced = version != self.version;
        if self.key_changed || !(has_secondary || replaced) {
            return None;
        }
        self.key_changed = true;
        let try_secondary = !replaced && self.key == VerifiedKey::Primary;
        self.key = if try_secondary { VerifiedKey::Secondary } else { VerifiedKey::Primary };
        self.version = version;
        Some(Correction::OtherKey)
    }
}

/// By how many seconds `to` is later than `from`.
fn seconds_between(from: SystemTime, to: SystemTime) -> i64 {
    let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    match to.duration_since(from) {
        Ok(later) => seconds(later),
        Err(earlier) => -seconds(earlier.duration()),
    }
}

fn moved(time: SystemTime, seconds: i64) -> Option<SystemTime> {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { time.checked_sub(by) } else { time.checked_add(by) }
}

impl fmt::Display for Correction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clock { seconds_ahead } => {
                let side = if *seconds_ahead < 0 { "ahead of" } else { "behind" };
                let by = seconds_ahead.unsigned_abs();
                write!(f, "this machine's clock is {by} s {side} the service's")
            }
            Self::OtherKey => f.write_str("the key was refused, and the key ring has another"),
        }
    }
}

impl fmt::Debug for SigningAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningAttempt")
            .field("seconds_ahead", &self.seconds_ahead)
            .field("key", &self.key)
            .field("clock_corrected", &self.clock_corrected)
            .field("key_changed", &self.key_changed)
            .finish_non_exhaustive()
    }
}
