//! What a person needs to sign in on another device.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use credential::{CredentialError, Secret};
use http::{Response, Uri};
use serde::Deserialize;
use serde_json::Value;

use crate::token_failure::{failure, not_oauth};
use crate::token_response::{seconds, secret, unexpected};

/// Taken when an answer names no lifetime; RFC 8628 demands one, and this is Entra's.
const DEFAULT_LIFE: Duration = Duration::from_secs(900);
/// RFC 8628, section 3.2.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
const LONGEST_LIFE: Duration = Duration::from_secs(3600);
const INTERVALS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What a person needs to sign in on another device, with a browser: an address and a code (RFC 8628, section 3.2).
///
/// Show it to that person alone: whoever gets another person to enter the code signs in as that person. `Debug` does not
/// show the code.
///
/// # Example
/// ```
/// use std::time::SystemTime;
/// use entra::DeviceCode;
///
/// let body = r#"{"device_code":"d","user_code":"ABC-DEF","verification_uri":"https://microsoft.com/devicelogin",
///     "expires_in":"900","interval":"5"}"#;
/// let code = DeviceCode::read(&http::Response::new(bytes::Bytes::from(body)), SystemTime::UNIX_EPOCH)?;
/// assert_eq!(code.message(), "To sign in, open https://microsoft.com/devicelogin and enter the code ABC-DEF");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct DeviceCode {
    secret: Secret,
    user_code: String,
    verification_uri: String,
    message: String,
    expires_in: Duration,
    expires_at: SystemTime,
    interval: Duration,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "secret")]
    device_code: Option<Secret>,
    user_code: Option<String>,
    verification_uri: Option<String>,
    /// The name that v1 and AD FS use.
    verification_url: Option<String>,
    message: Option<String>,
    expires_in: Option<Value>,
    interval: Option<Value>,
}

impl DeviceCode {
    /// Reads the answer to a device code request that was sent at `sent_at`. Numbers may be decimal strings.
    ///
    /// # Errors
    /// Those of [`TokenResponse::read`](crate::TokenResponse::read).
    pub fn read(response: &Response<Bytes>, sent_at: SystemTime) -> Result<Self, CredentialError> {
        if !response.status().is_success() {
            return Err(failure(response));
        }
        let Ok(body) = serde_json::from_slice::<Body>(response.body()) else {
            return Err(not_oauth(response));
        };
        let Some(secret) = body.device_code.clone().filter(|code| !code.is_empty()) else {
            return Err(failure(response));
        };
        let user_code = checked_user_code(body.user_code.as_deref())?;
        let uri = body.verification_uri.as_deref().or(body.verification_url.as_deref());
        let verification_uri = checked_uri(uri)?;
        let expires_in = seconds("expires_in", body.expires_in.as_ref())?.unwrap_or(DEFAULT_LIFE);
        let expires_in = expires_in.min(LONGEST_LIFE);
        let interval = seconds("interval", body.interval.as_ref())?.unwrap_or(DEFAULT_INTERVAL);
        Ok(Self {
            message: message(body.message.as_deref(), &user_code, &verification_uri),
            secret,
            user_code,
            verification_uri,
            expires_in,
            expires_at: sent_at + expires_in,
            interval: interval.clamp(INTERVALS.0, INTERVALS.1),
        })
    }

    /// Returns a sentence for the person, in the server's words where it has some: address and code are in it.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the code to enter.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Returns the address to open: always `https`, or `http` on this machine.
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// Returns how long the code is good for, from when it was asked for.
    pub fn expires_in(&self) -> Duration {
        self.expires_in
    }

    /// Returns when the code expires, by this machine's clock.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Returns how long to wait between two questions whether the person has signed in.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }
}

fn checked_user_code(code: Option<&str>) -> Result<String, CredentialError> {
    match code {
        Some(code) if (1..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_graphic()) => {
            Ok(code.to_owned())
        }
        Some(_) => Err(unexpected("the answer's user_code is not a code that a person can enter")),
        None => Err(unexpected("the answer has no user_code")),
    }
}

/// A person is about to open it, and programs hand it to a browser.
fn checked_uri(text: Option<&str>) -> Result<String, CredentialError> {
    let Some(text) = text else { return Err(unexpected("the answer has no verification_uri")) };
    let uri: Option<Uri> = text.parse().ok().filter(|_| text.len() <= 512);
    let is_safe = uri.as_ref().is_some_and(|uri| match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(host)) => !host.is_empty(),
        (Some("http"), Some(host)) => matches!(host, "localhost" | "127.0.0.1" | "[::1]"),
        _ => false,
    });
    if !is_safe || text.contains('@') {
        return Err(unexpected("the answer's verification_uri is not an https address"));
    }
    Ok(text.to_owned())
}

/// The text goes to terminals.
fn message(text: Option<&str>, user_code: &str, verification_uri: &str) -> String {
    let shown: String =
        text.unwrap_or_default().chars().filter(|c| *c == '\n' || !c.is_control()).take(1024).collect();
    if shown.contains(user_code) {
        return shown.trim().to_owned();
    }
    format!("To sign in, open {verification_uri} and enter the code {user_code}")
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("verification_uri", &self.verification_uri)
            .field("expires_at", &self.expires_at)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str) -> Result<DeviceCode, CredentialError> {
        DeviceCode::read(&Response::new(Bytes::from(body.to_owned())), SystemTime::UNIX_EPOCH)
    }

    #[test]
    fn every_form_of_the_answer_is_read() {
        let code = read(
            r#"{"device_code":"planted","user_code":"A1","verification_url":"https://a.example/x","expires_in":"60",
            "interval":"7","message":"go to \u001b[2Jhttps://a.example/x\nand enter A1 "}"#,
        )
        .unwrap();
        assert_eq!(code.verification_uri(), "https://a.example/x");
        assert_eq!(code.message(), "go to [2Jhttps://a.example/x\nand enter A1");
        assert_eq!((code.expires_in().as_secs(), code.interval().as_secs()), (60, 7));
        assert!(!format!("{code:?}").contains("A1") && !format!("{code:?}").contains("planted"));
        let bare = read(r#"{"device_code":"d","user_code":"A1","verification_uri":"http://127.0.0.1:5/d"}"#)
            .unwrap();
        assert_eq!((bare.expires_in().as_secs(), bare.interval().as_secs()), (900, 5));
        let hasty = read(
            r#"{"device_code":"d","user_code":"A1","verification_uri":"https://a/","interval":0,"expires_in":1e9}"#,
        );
        let hasty = hasty.unwrap();
        assert_eq!((hasty.expires_in().as_secs(), hasty.interval().as_secs()), (3600, 1));
    }

    #[test]
    fn unusable_answers_say_which_field_is_wrong() {
        for (fields, named) in [
            ("", "user_code"),
            (r#","user_code":"planted code""#, "user_code"),
            (r#","user_code":"A""#, "verification_uri"),
            (r#","user_code":"A","verification_uri":"http://planted.example""#, "verification_uri"),
            (r#","user_code":"A","verification_uri":"javascript:planted""#, "verification_uri"),
            (r#","user_code":"A","verification_uri":"https://a@planted.example""#, "verification_uri"),
            (r#","user_code":"A","verification_uri":"https://a/","interval":"soon""#, "interval"),
        ] {
            let error = read(&format!(r#"{{"device_code":"planted"{fields}}}"#)).expect_err(fields);
            assert!(error.problem().contains(named), "{fields}: {error}");
            assert!(!format!("{error:?}").contains("planted"), "{error:?}");
        }
        assert_eq!(read(r#"{"error":"invalid_client"}"#).unwrap_err().code(), Some("invalid_client"));
    }

    proptest! {
        #[test]
        fn no_body_panics(status in 200u16..600, body in prop::collection::vec(any::<u8>(), 0..200)) {
            let response = Response::builder().status(status).body(Bytes::from(body)).unwrap();
            let _either = DeviceCode::read(&response, SystemTime::UNIX_EPOCH);
        }
    }
}
