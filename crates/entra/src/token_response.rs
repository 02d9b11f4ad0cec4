//! Reads what a token endpoint answers.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use credential::{AccessToken, CredentialError, CredentialErrorKind, Secret};
use http::Response;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::identity::Identity;
use crate::token_failure::{failure, not_oauth};

/// Taken when an answer names no lifetime; what MSAL assumes too.
const DEFAULT_LIFE: Duration = Duration::from_secs(600);
/// 9999-12-31T23:59:59Z: anything later is a broken number, and would overflow `SystemTime` on some systems.
const LATEST: f64 = 253_402_300_799.0;

/// A token endpoint's answer, read.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
/// use entra::TokenResponse;
///
/// let sent_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
/// let body = r#"{"token_type":"Bearer","expires_in":"3599","access_token":"t0ken"}"#;
/// let response = http::Response::new(bytes::Bytes::from(body));
/// let token = TokenResponse::read(&response, sent_at)?.into_access_token();
/// assert_eq!(token.expires_at(), sent_at + Duration::from_secs(3599));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct TokenResponse {
    access_token: AccessToken,
    extended_expires_at: Option<SystemTime>,
    refresh_token: Option<Secret>,
    id_token: Option<Secret>,
    identity: Identity,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "secret")]
    access_token: Option<Secret>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    expires_on: Option<Value>,
    refresh_in: Option<Value>,
    ext_expires_in: Option<Value>,
    #[serde(default, deserialize_with = "secret")]
    refresh_token: Option<Secret>,
    #[serde(default, deserialize_with = "secret")]
    id_token: Option<Secret>,
    #[serde(default, deserialize_with = "secret")]
    client_info: Option<Secret>,
}

pub(crate) fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::from))
}

impl TokenResponse {
    /// Reads an answer to a request that was sent at `sent_at` (RFC 6749, sections 5.1 and 5.2).
    ///
    /// Lifetimes may be numbers or decimal strings, as v2 and v1 write them, and count from `sent_at`, so that neither the
    /// server's clock nor a slow answer makes a token look fresher than it is. Without a lifetime it is 600 s.
    ///
    /// # Errors
    /// - [`CredentialErrorKind::Refused`] with an [`OAuthError`](crate::OAuthError) as the source: the server said no.
    /// - [`CredentialErrorKind::Throttled`] and [`CredentialErrorKind::Unavailable`]: try again later.
    /// - [`CredentialErrorKind::UnexpectedAnswer`]: this was no token endpoint.
    pub fn read(response: &Response<Bytes>, sent_at: SystemTime) -> Result<Self, CredentialError> {
        if !response.status().is_success() {
            return Err(failure(response));
        }
        let Ok(mut body) = serde_json::from_slice::<Body>(response.body()) else {
            return Err(not_oauth(response));
        };
        let Some(secret) = body.access_token.take().filter(|secret| !secret.is_empty()) else {
            return Err(failure(response));
        };
        check_token(&secret)?;
        check_type(body.token_type.as_deref())?;
        Self::with_times(body, secret, sent_at)
    }

    fn with_times(body: Body, secret: Secret, sent_at: SystemTime) -> Result<Self, CredentialError> {
        let life = seconds("expires_in", body.expires_in.as_ref())?;
        let expires_on = seconds("expires_on", body.expires_on.as_ref())?;
        let expires_at = match (life, expires_on) {
            (Some(life), _) => sent_at + life,
            (None, Some(since_epoch)) => SystemTime::UNIX_EPOCH + since_epoch,
            (None, None) => sent_at + DEFAULT_LIFE,
        };
        let mut access_token = AccessToken::new(secret, expires_at);
        let refresh_at = seconds("refresh_in", body.refresh_in.as_ref())?.map(|wait| sent_at + wait);
        if let Some(refresh_at) = refresh_at.filter(|refresh_at| *refresh_at < expires_at) {
            access_token = access_token.with_refresh_at(refresh_at);
        }
        let extended = seconds("ext_expires_in", body.ext_expires_in.as_ref())?;
        Ok(Self {
            access_token,
            extended_expires_at: extended.map(|life| sent_at + life),
            identity: Identity::read(body.client_info.as_ref(), body.id_token.as_ref()),
            refresh_token: body.refresh_token.filter(|token| !token.is_empty()),
            id_token: body.id_token.filter(|token| !token.is_empty()),
        })
    }

    /// Returns the access token.
    pub fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// Returns the access token.
    pub fn into_access_token(self) -> AccessToken {
        self.access_token
    }

    /// Returns the instant until which resources take the token while Entra itself is down (`ext_expires_in`).
    pub fn extended_expires_at(&self) -> Option<SystemTime> {
        self.extended_expires_at
    }

    /// Returns the refresh token. An answer without one to a refresh leaves the old one in force (RFC 6749, section 6).
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// Returns the id token, which says who signed in. Its signature was not checked, which an answer straight from the
    /// token endpoint over TLS does not need (OpenID Connect Core, section 3.1.3.7).
    pub fn id_token(&self) -> Option<&Secret> {
        self.id_token.as_ref()
    }

    /// Returns the id of the account whose token this is, the same in all tenants: `<uid>.<utid>` at Entra.
    pub fn home_account_id(&self) -> Option<&str> {
        self.identity.home_account_id.as_deref()
    }

    /// Keeps `refresh_token` where the answer brings none.
    pub(crate) fn or_refresh_token(mut self, refresh_token: &Secret) -> Self {
        self.refresh_token.get_or_insert_with(|| refresh_token.clone());
        self
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("access_token", &self.access_token)
            .field("extended_expires_at", &self.extended_expires_at)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("has_id_token", &self.id_token.is_some())
            .finish_non_exhaustive()
    }
}

pub(crate) fn unexpected(problem: impl Into<std::borrow::Cow<'static, str>>) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::UnexpectedAnswer,
        problem,
        "check that the authority is an Entra or OAuth 2.0 token server",
    )
}

/// `VSCHAR` of RFC 6749, appendix A.12, without the space: what can stand after `Bearer `. All bytes are looked at, many at
/// once: a bad one is next to never there, and tokens are long.
fn check_token(secret: &Secret) -> Result<(), CredentialError> {
    if secret.expose().bytes().fold(true, |good, byte| good & byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(unexpected("the answer's access token holds characters that no token has"))
}

/// A token of another type, such as `pop`, is not usable as a bearer token.
fn check_type(token_type: Option<&str>) -> Result<(), CredentialError> {
    match token_type {
        Some(text) if text.eq_ignore_ascii_case("bearer") => Ok(()),
        Some(_) => Err(unexpected("the answer's token_type is not Bearer")),
        None => Err(unexpected("the answer has no token_type")),
    }
}

/// Reads a number of seconds: a JSON number, or a string with one.
pub(crate) fn seconds(name: &str, value: Option<&Value>) -> Result<Option<Duration>, CredentialError> {
    let number = match value {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match number {
        // Whole seconds, rounded down: never later than the service means.
        Some(number) if (0.0..=LATEST).contains(&number) => Ok(Some(Duration::from_secs_f64(number.trunc()))),
        _ => Err(unexpected(format!("the answer's {name} is not a number of seconds"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn read(body: &str) -> Result<TokenResponse, CredentialError> {
        TokenResponse::read(&Response::new(Bytes::from(body.to_owned())), at(1_000_000))
    }

    fn read_with(fields: &str) -> Result<TokenResponse, CredentialError> {
        read(&format!(r#"{{"access_token":"planted-token","token_type":"Bearer"{fields}}}"#))
    }

    #[test]
    fn lifetimes_in_every_form() {
        for (fields, expires) in [
            (r#","expires_in":3599,"ext_expires_in":3599"#, 1_003_599),
            (r#","expires_in":"3599","expires_on":"2000000000""#, 1_003_599),
            (r#","expires_in":3599.9"#, 1_003_599),
            (r#","expires_on":"1003000""#, 1_003_000),
            (r#","expires_on":1003000,"expires_in":null"#, 1_003_000),
            (r#","expires_in":0"#, 1_000_000),
            ("", 1_000_600),
        ] {
            let token = read_with(fields).expect(fields).into_access_token();
            assert_eq!(token.expires_at(), at(expires), "{fields}");
            assert_eq!(token.expose(), "planted-token");
        }
    }

    #[test]
    fn refresh_and_extended_times() {
        let response =
            read_with(r#","expires_in":"86399","refresh_in":"43199","ext_expires_in":"90000""#).unwrap();
        assert_eq!(response.access_token().refresh_at(), Some(at(1_043_199)));
        assert_eq!(response.extended_expires_at(), Some(at(1_090_000)));
        let late = read_with(r#","expires_in":100,"refresh_in":100"#).unwrap();
        assert_eq!(late.access_token().refresh_at(), None, "renewing at expiry is not renewing ahead");
        assert_eq!(late.extended_expires_at(), None);
    }

    #[test]
    fn unusable_answers_say_which_field_is_wrong() {
        for (body, expected) in [
            (r#"{"access_token":"planted-token","token_type":"pop"}"#, "token_type is not Bearer"),
            (r#"{"access_token":"planted-token"}"#, "no token_type"),
            (r#"{"access_token":"planted token\n","token_type":"Bearer"}"#, "characters"),
            (r#"{"access_token":"planted-tok"#, "breaks off"),
            (r#"{"access_token":["planted-token"]}"#, "JSON of another form"),
            (r#"{"access_token":"","token_type":"Bearer"}"#, "JSON of another form"),
            (r#"{"planted":"Bearer"}"#, "JSON of another form"),
            ("[]", "JSON of another form"),
            ("", "an empty body"),
        ] {
            let error = read(body).expect_err(body);
            assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer, "{body}");
            assert!(error.problem().contains(expected), "{body}: {error}");
            assert!(!error.to_string().contains("planted"), "{body}: {error}");
        }
        for bad in ["-1", "1e300", "\"soon\"", "\"NaN\"", "\"\"", "true", "{}"] {
            let error = read_with(&format!(",\"expires_in\":{bad}")).expect_err(bad);
            assert!(error.problem().contains("expires_in"), "{bad}: {error}");
        }
    }

    #[test]
    fn an_error_in_a_good_status_is_an_error() {
        let error = read(r#"{"error":"invalid_client"}"#).unwrap_err();
        assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some("invalid_client")));
    }

    #[test]
    fn debug_does_not_show_the_token() {
        assert!(!format!("{:?}", read_with("").unwrap()).contains("planted"));
    }

    proptest! {
        #[test]
        fn no_body_panics(status in 200u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let response = Response::builder().status(status).body(Bytes::from(body)).unwrap();
            let _either = TokenResponse::read(&response, at(0));
        }

        #[test]
        fn no_field_panics(value in "[0-9eE.+\"-]{1,25}|null|true|\\[\\]|\\{\\}") {
            let _either = read_with(&format!(",\"expires_in\":{value},\"refresh_in\":{value},\"expires_on\":{value}"));
        }
    }
}
