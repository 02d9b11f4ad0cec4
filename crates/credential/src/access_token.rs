//! An access token and its times.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderValue;

use crate::{CredentialError, CredentialErrorKind, Secret};

/// An access token and its times. Clones share one allocation.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
/// use credential::AccessToken;
///
/// let now = SystemTime::UNIX_EPOCH;
/// let token = AccessToken::new("secret", now + Duration::from_secs(3600));
/// assert!(token.is_valid_at(now));
/// assert!(!token.is_valid_at(token.expires_at()));
/// assert!(!format!("{token:?}").contains("secret"));
/// ```
#[derive(Clone)]
pub struct AccessToken(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    secret: Secret,
    expires_at: SystemTime,
    refresh_at: Option<SystemTime>,
}

impl AccessToken {
    /// Makes a token that the service accepts until `expires_at`.
    pub fn new(secret: impl Into<Secret>, expires_at: SystemTime) -> Self {
        Self(Arc::new(Inner { secret: secret.into(), expires_at, refresh_at: None }))
    }

    /// Sets the instant from which the service wants the token renewed ahead of its expiry (Entra's `refresh_in`).
    #[must_use]
    pub fn with_refresh_at(mut self, refresh_at: SystemTime) -> Self {
        Arc::make_mut(&mut self.0).refresh_at = Some(refresh_at);
        self
    }

    /// Returns the token's text.
    pub fn expose(&self) -> &str {
        self.0.secret.expose()
    }

    /// Returns the instant at which the service stops accepting the token.
    pub fn expires_at(&self) -> SystemTime {
        self.0.expires_at
    }

    /// Returns the instant from which the service wants the token renewed, if it named one.
    pub fn refresh_at(&self) -> Option<SystemTime> {
        self.0.refresh_at
    }

    /// Says whether `now` lies before the expiry.
    pub fn is_valid_at(&self, now: SystemTime) -> bool {
        now < self.0.expires_at
    }

    /// Says whether both carry the same text.
    pub fn is_same_token(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.secret.equals(&other.0.secret)
    }

    /// Returns `Bearer <token>` as a header value marked sensitive (RFC 6750, section 2.1).
    ///
    /// # Errors
    /// [`CredentialErrorKind::UnexpectedAnswer`] when the text cannot stand in a header.
    pub fn to_header_value(&self) -> Result<HeaderValue, CredentialError> {
        let text = zeroize::Zeroizing::new(["Bearer ", self.expose()].concat());
        let mut value = HeaderValue::from_str(&text).map_err(|_| {
            CredentialError::new(
                CredentialErrorKind::UnexpectedAnswer,
                "the access token holds characters that cannot stand in a header",
                "check that the whole token, and nothing else, was given or answered",
            )
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_at", &self.0.expires_at)
            .field("refresh_at", &self.0.refresh_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn token(text: &str) -> AccessToken {
        AccessToken::new(text, SystemTime::UNIX_EPOCH + Duration::from_secs(60))
    }

    #[test]
    fn header_value_is_sensitive() {
        let value = token("abc").to_header_value().unwrap();
        assert_eq!(value, "Bearer abc");
        assert!(value.is_sensitive());
    }

    #[test]
    fn text_that_cannot_be_a_header_is_refused_without_being_shown() {
        let error = token("planted\nsecret").to_header_value().unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer);
        assert!(!error.to_string().contains("planted"));
    }

    #[test]
    fn sameness_is_by_text() {
        assert!(token("a").is_same_token(&token("a").with_refresh_at(SystemTime::UNIX_EPOCH)));
        assert!(!token("a").is_same_token(&token("b")));
    }
}
