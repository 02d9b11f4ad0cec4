//! Why a request was refused.

use std::error::Error;
use std::fmt;

use crate::Mistake;

/// Why a [`Verifier`](crate::Verifier) refused a request: which field differs, and both values where neither is secret.
///
/// `Display` is one line: what differs, then the fix. No key, no signature and nothing of the `Authorization` header is
/// in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A header that must be there is not.
    #[non_exhaustive]
    MissingHeader {
        /// The header's name.
        name: &'static str,
    },
    /// A header is there more than once.
    #[non_exhaustive]
    RepeatedHeader {
        /// The header's name.
        name: &'static str,
    },
    /// A header holds bytes outside visible ASCII.
    #[non_exhaustive]
    UnreadableHeader {
        /// The header's name.
        name: &'static str,
    },
    /// The `Authorization` header is not of the scheme's form.
    #[non_exhaustive]
    Authorization {
        /// What is wrong with it, to be read after "the header".
        problem: &'static str,
        /// What to send instead.
        fix: &'static str,
    },
    /// The request has no path that could have been signed.
    Target,
    /// The `Host` header and the request's address name different hosts.
    #[non_exhaustive]
    Host {
        /// The header's value.
        header: String,
        /// The host of the address.
        authority: String,
    },
    /// The date is not an IMF-fixdate.
    #[non_exhaustive]
    Date {
        /// The header that carries it.
        name: &'static str,
        /// Its value.
        received: String,
    },
    /// The date is further away from the verifier's clock than the scheme allows.
    #[non_exhaustive]
    DateSkew {
        /// The header that carries it.
        name: &'static str,
        /// The request's date.
        received: String,
        /// The verifier's date.
        verifier: String,
        /// By how many seconds the request's date is ahead of the verifier's; negative when it is behind.
        skew_seconds: i64,
        /// The difference that is allowed, in seconds.
        allowed_seconds: u64,
    },
    /// The body is not the one whose hash was sent.
    #[non_exhaustive]
    ContentHash {
        /// The header that carries the hash.
        name: &'static str,
        /// Its value.
        received: String,
        /// The hash of the body that arrived.
        computed: String,
    },
    /// The signature fits neither key.
    #[non_exhaustive]
    Signature {
        /// The text that a fitting signature covers, made from the request as it arrived.
        string_to_sign: String,
        /// What was done wrong, when the signature fits a text that a known mistake makes: one, two together, or none.
        mistakes: Vec<Mistake>,
        /// The text that was signed instead, when a known mistake shows it.
        signed: Option<String>,
    },
}

impl Refusal {
    /// Returns the name of the field that differs: a header's name in lower case, `target` or `signature`.
    pub fn field(&self) -> &'static str {
        match self {
            Self::MissingHeader { name }
            | Self::RepeatedHeader { name }
            | Self::UnreadableHeader { name }
            | Self::Date { name, .. }
            | Self::DateSkew { name, .. }
            | Self::ContentHash { name, .. } => name,
            Self::Authorization { .. } => "authorization",
            Self::Target => "target",
            Self::Host { .. } => "host",
            Self::Signature { .. } => "signature",
        }
    }

    /// Returns what whoever sent the request can do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::MissingHeader { .. } => "sign the request, and send all headers that were signed",
            Self::RepeatedHeader { .. } => "send it once",
            Self::UnreadableHeader { .. } => "send ASCII only",
            Self::Authorization { fix, .. } => fix,
            Self::Target => "send a path that begins with /",
            Self::Host { .. } => "send the host of the address",
            Self::Date { .. } => "send a date like Wed, 13 Apr 2022 18:09:12 GMT",
            Self::DateSkew { .. } => "set the clock, and sign every attempt anew",
            Self::ContentHash { .. } => {
                "hash the bytes that are sent, after all serialization, as base64 of SHA-256"
            }
            Self::Signature { mistakes, .. } if !mistakes.is_empty() => mistakes[0].fix(),
            Self::Signature { .. } => {
                "compare this text with the one that was signed; if they are equal, the key is another one"
            }
        }
    }
}

impl Refusal {
    /// Returns what differs, without the fix: the first half of what `Display` writes.
    ///
    /// # Example
    /// ```
    /// use acs_hmac::Verifier;
    /// use credential::AccessKey;
    ///
    /// let request = http::Request::get("https://h/p").body("")?;
    /// let refusal = Verifier::new(AccessKey::from_base64("pw==")?).verify(&request).unwrap_err();
    /// assert_eq!(refusal.problem(), "the header authorization is missing");
    /// assert_eq!(refusal.fix(), "sign the request, and send all headers that were signed");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn problem(&self) -> String {
        Problem(self).to_string()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Problem(self).fmt(f)?;
        if let Self::Signature { string_to_sign, .. } = self {
            write!(f, "; it must cover {}", Shown(string_to_sign))?;
        }
        write!(f, ": {}", self.fix())?;
        match self {
            Self::Signature { mistakes, .. } => {
                mistakes.iter().skip(1).try_for_each(|mistake| write!(f, ", and {}", mistake.fix()))
            }
            _ => Ok(()),
        }
    }
}

/// What differs, in one line.
struct Problem<'a>(&'a Refusal);

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Refusal as R;
        match self.0 {
            R::MissingHeader { name } => write!(f, "the header {name} is missing")?,
            R::RepeatedHeader { name } => write!(f, "the header {name} is there more than once")?,
            R::UnreadableHeader { name } => write!(f, "the header {name} holds more than visible ASCII")?,
            R::Authorization { problem, .. } => write!(f, "the header authorization {problem}")?,
            R::Target => f.write_str("the request has no path")?,
            R::Host { header, authority } => {
                write!(f, "the header host is {}, but the address has {}", Shown(header), Shown(authority))?;
            }
            R::Date { name, received } => write!(f, "the header {name} is no date: {}", Shown(received))?,
            R::DateSkew { received, verifier, skew_seconds, allowed_seconds, .. } => {
                let side = if *skew_seconds < 0 { "behind" } else { "ahead of" };
                let by = skew_seconds.unsigned_abs();
                let received = Shown(received);
                write!(
                    f,
                    "the date {received} is {by} s {side} the verifier's {verifier}; {allowed_seconds} s are allowed"
                )?;
            }
            R::ContentHash { name, received, computed } => {
                write!(f, "{name} is {}, but the body's hash is {computed}", Shown(received))?;
            }
            R::Signature { mistakes, .. } => {
                f.write_str("the signature fits neither key")?;
                mistakes.iter().try_for_each(|mistake| write!(f, "; {mistake}"))?;
            }
        }
        Ok(())
    }
}

impl Error for Refusal {}

/// Text from outside: quoted, with control characters escaped, and not without end.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 2048;
        let (shown, rest) = match self.0.char_indices().nth(MOST) {
            Some((end, _)) => (&self.0[..end], ".."),
            None => (self.0, ""),
        };
        write!(f, "\"{}{rest}\"", shown.escape_debug())
    }
}
