//! A token in the form in which a store keeps it.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::{AccessToken, CredentialError, CredentialErrorKind, Secret};

/// The version of the written form.
const VERSION: &str = "1";

/// A token, and when it was obtained, in the form in which a [`TokenStore`](crate::TokenStore) keeps it.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
/// use credential::{AccessToken, StoredToken};
///
/// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
/// let stored = StoredToken::new(AccessToken::new("t0ken", now + Duration::from_secs(3600)), now);
/// // What goes into a file or onto a server, encrypted:
/// let written = stored.to_secret();
/// let read = StoredToken::from_secret(&written)?;
/// assert_eq!(read.token().expose(), "t0ken");
/// assert_eq!(read.obtained_at(), now);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct StoredToken {
    token: AccessToken,
    obtained_at: SystemTime,
}

impl StoredToken {
    /// Takes a token and the instant at which it was obtained, from which its renewal is reckoned.
    pub fn new(token: AccessToken, obtained_at: SystemTime) -> Self {
        Self { token, obtained_at }
    }

    /// Returns the token.
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Returns when the token was obtained.
    pub fn obtained_at(&self) -> SystemTime {
        self.obtained_at
    }

    /// Writes all of it as text that says of which version it is. Times before 1970 are written as 1970.
    pub fn to_secret(&self) -> Secret {
        let times = [Some(self.obtained_at), Some(self.token.expires_at()), self.token.refresh_at()];
        let [obtained, expires, refresh] = times.map(|time| time.map(written).unwrap_or_default());
        // Sized beforehand, so that growing leaves no copy of the token behind.
        let token = self.token.expose();
        let mut text = String::with_capacity(token.len() + 160);
        for field in [VERSION, &obtained, &expires, &refresh] {
            text.push_str(field);
            text.push('\n');
        }
        text.push_str(token);
        Secret::from(text)
    }

    /// Reads what [`StoredToken::to_secret`] has written.
    ///
    /// # Errors
    /// [`CredentialErrorKind::UnexpectedAnswer`] when the text is of another version or no such text.
    pub fn from_secret(text: &Secret) -> Result<Self, CredentialError> {
        Self::read(text.expose()).ok_or_else(|| {
            CredentialError::new(
                CredentialErrorKind::UnexpectedAnswer,
                "what the token store holds is not a token, or one of another version of its format",
                "remove it from the store; a new token is fetched then",
            )
        })
    }

    fn read(text: &str) -> Option<Self> {
        let mut fields = text.splitn(5, '\n');
        if fields.next()? != VERSION {
            return None;
        }
        let obtained_at = time(fields.next()?)?;
        let expires_at = time(fields.next()?)?;
        let refresh_at = fields.next()?;
        let token = AccessToken::new(fields.next().filter(|token| !token.is_empty())?, expires_at);
        let token = if refresh_at.is_empty() { token } else { token.with_refresh_at(time(refresh_at)?) };
        Some(Self { token, obtained_at })
    }
}

/// Seconds and nanoseconds since 1970.
fn written(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:09}", since.as_secs(), since.subsec_nanos())
}

fn time(text: &str) -> Option<SystemTime> {
    let (seconds, nanoseconds) = text.split_once('.')?;
    if nanoseconds.len() != 9 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds.parse().ok()?, nanoseconds.parse().ok()?))
}

impl fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredToken")
            .field("token", &self.token)
            .field("obtained_at", &self.obtained_at)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn instant(seconds: u64, nanoseconds: u32) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds)
    }

    #[test]
    fn the_written_form_is_this_one() {
        let token = AccessToken::new("t0ken", instant(3600, 5));
        assert_eq!(
            StoredToken::new(token.clone(), instant(0, 0)).to_secret().expose(),
            "1\n0.000000000\n3600.000000005\n\nt0ken"
        );
        let hinted = StoredToken::new(token.with_refresh_at(instant(9, 0)), instant(0, 0));
        assert_eq!(hinted.to_secret().expose(), "1\n0.000000000\n3600.000000005\n9.000000000\nt0ken");
    }

    #[test]
    fn what_is_none_is_refused_without_being_shown() {
        for bad in [
            "",
            "planted",
            "2\n0.000000000\n0.000000000\n\nplanted",
            "1\n0.000000000\n0.000000000\n\n",
            "1\n0.000000000\n0.0\n\nplanted",
            "1\n0.000000000\n+1.000000000\n\nplanted",
            "1\n0.000000000\n99999999999999999999.000000000\n\nplanted",
            "1\n0.000000000\n18446744073709551615.000000000\n\nplanted",
            "1\n0.000000000\n0.000000000\nx\nplanted",
        ] {
            let error = StoredToken::from_secret(&Secret::from(bad)).expect_err(bad);
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn reading_gives_what_was_written(
            text in "[ -~]{1,40}",
            times in proptest::array::uniform3((0..300_000_000_000_u64, 0..1_000_000_000_u32)),
            has_hint in any::<bool>(),
        ) {
            let [obtained, expires, refresh] = times.map(|(seconds, nanoseconds)| instant(seconds, nanoseconds));
            let token = AccessToken::new(text.as_str(), expires);
            let token = if has_hint { token.with_refresh_at(refresh) } else { token };
            let read = StoredToken::from_secret(&StoredToken::new(token, obtained).to_secret()).unwrap();
            prop_assert_eq!(read.token().expose(), text);
            prop_assert_eq!(read.token().expires_at(), expires);
            prop_assert_eq!(read.token().refresh_at(), has_hint.then_some(refresh));
            prop_assert_eq!(read.obtained_at(), obtained);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _either_way = StoredToken::from_secret(&Secret::from(text));
        }
    }
}
