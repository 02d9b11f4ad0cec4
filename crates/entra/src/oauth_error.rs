//! The error that an OAuth server answers.

use std::error::Error;
use std::fmt;

use base64::Engine;
use credential::{CredentialError, CredentialErrorKind};
use http::HeaderValue;
use serde_json::Value;

use crate::advice::{Advice, advice};
use crate::oauth_advice::oauth_advice;

/// The error that an OAuth server answered, field by field; the source of the [`CredentialError`].
///
/// Branch on [`error`](Self::error) and [`suberror`](Self::suberror), which are the protocol's contract. The AADSTS codes
/// tell a person more, but Entra may change them.
///
/// # Example
/// ```
/// use entra::{OAuthError, TokenResponse};
///
/// let body = r#"{"error":"invalid_client","error_codes":[7000222],
///     "error_description":"AADSTS7000222: The provided client secret keys are expired.\r\nTrace ID: 1","trace_id":"1"}"#;
/// let response = http::Response::builder().status(401).body(bytes::Bytes::from(body)).unwrap();
/// let error = TokenResponse::read(&response, std::time::SystemTime::UNIX_EPOCH).unwrap_err();
/// assert_eq!(error.code(), Some("AADSTS7000222"));
///
/// let oauth = OAuthError::of(&error).unwrap();
/// assert_eq!((oauth.error(), oauth.codes()), ("invalid_client", &[7000222][..]));
/// assert!(!oauth.needs_interaction());
/// ```
#[derive(Clone)]
pub struct OAuthError {
    error: String,
    suberror: Option<String>,
    codes: Vec<u32>,
    /// `MSIS9622` and the like: the code of a server that is not Entra.
    other_code: Option<String>,
    correlation_id: Option<String>,
    trace_id: Option<String>,
    timestamp: Option<String>,
    claims: Option<String>,
    description: Option<String>,
}

/// MSAL asks a person to sign in when `error` or `suberror` is one of these.
const INTERACTION: &[&str] = &[
    "interaction_required",
    "consent_required",
    "login_required",
    "bad_token",
    "ui_not_allowed",
    "interrupted_user",
    "message_only",
    "additional_action",
    "basic_action",
    "user_password_expired",
];

impl OAuthError {
    /// Finds the error of the OAuth server underneath `error`.
    pub fn of(error: &CredentialError) -> Option<&Self> {
        error.source()?.downcast_ref()
    }

    /// Reads a body; `None` when it is not an OAuth error (RFC 6749, section 5.2).
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let code = |name: &str| text(name).filter(|text| is_code(text)).map(str::to_owned);
        let word = |name: &str| text(name).filter(|text| is_word(text)).map(str::to_owned);
        let description = text("error_description").map(first_line).filter(|text| !text.is_empty());
        let prefix = description.as_deref().and_then(leading_code);
        let mut codes = read_codes(&body);
        let stated = prefix.and_then(|prefix| prefix.strip_prefix("AADSTS")?.parse().ok());
        if let Some(stated) = stated.filter(|stated| !codes.contains(stated)) {
            codes.insert(0, stated);
        }
        Some(Self {
            error: code("error")?,
            suberror: code("suberror"),
            other_code: prefix.filter(|_| codes.is_empty()).map(str::to_owned),
            codes,
            correlation_id: word("correlation_id"),
            trace_id: word("trace_id"),
            timestamp: text("timestamp").filter(|text| is_timestamp(text)).map(str::to_owned),
            claims: text("claims").map(str::to_owned),
            description,
        })
    }

    /// Returns the OAuth error code, such as `invalid_client`.
    pub fn error(&self) -> &str {
        &self.error
    }

    /// Returns Entra's finer error code, such as `consent_required`.
    pub fn suberror(&self) -> Option<&str> {
        self.suberror.as_deref()
    }

    /// Returns the numbers of the AADSTS codes, the most telling one first.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Returns the id that follows the request through Microsoft's services.
    pub fn correlation_id(&self) -> Option<&str> {
        self.correlation_id.as_deref()
    }

    /// Returns the id of this one answer.
    pub fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_deref()
    }

    /// Returns when the server answered, as it wrote it.
    pub fn timestamp(&self) -> Option<&str> {
        self.timestamp.as_deref()
    }

    /// Returns the claims to ask for in an interactive sign-in, as JSON text.
    pub fn claims(&self) -> Option<&str> {
        self.claims.as_deref()
    }

    /// Returns the first line of the server's own words, without control characters. It may name accounts and apps, so it
    /// is in no error text and no `Debug`; show it to the person concerned.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Says whether only a person can help, by signing in again or consenting: `interaction_required` and its kin, and
    /// `invalid_grant`, as what was granted is no longer good.
    pub fn needs_interaction(&self) -> bool {
        let listed = |text: &str| INTERACTION.contains(&text);
        let is_about_grant = self.error == "invalid_grant" && self.kind() == CredentialErrorKind::Refused;
        is_about_grant || listed(&self.error) || self.suberror().is_some_and(listed)
    }

    /// Says whether the refresh token is dead. With other reasons a sign-in may bring it back to life. Servers other than
    /// Entra name no reason.
    pub(crate) fn ends_refresh_token(&self) -> bool {
        const DEAD: [u32; 5] = [700_082, 700_084, 70008, 50173, 70043];
        let is_bad = self.error == "bad_token" || self.suberror() == Some("bad_token");
        let is_dead = self.codes.iter().any(|code| DEAD.contains(code));
        let is_bare = self.codes.is_empty() && self.suberror.is_none();
        is_bad || (self.error == "invalid_grant" && (is_dead || is_bare))
    }

    /// Says whether the person said no, or did nothing.
    pub(crate) fn is_declined(&self) -> bool {
        matches!(self.error(), "authorization_declined" | "access_denied" | "expired_token" | "code_expired")
    }

    /// Returns the challenge with which a service that acts on behalf of a user passes the demand on to its own caller: the
    /// value of `WWW-Authenticate` in an answer of status 401. The caller finds the claims in it with
    /// [`ClaimsChallenge`](credential::ClaimsChallenge) and lets the user sign in. `None` when a sign-in does not help.
    ///
    /// RFC 6750, section 3; Entra documents it as a claims challenge.
    pub fn challenge(&self) -> Option<HeaderValue> {
        if !self.needs_interaction() {
            return None;
        }
        let text = match self.claims() {
            Some(claims) => {
                let claims = base64::engine::general_purpose::STANDARD.encode(claims);
                format!(r#"Bearer realm="", error="insufficient_claims", claims="{claims}""#)
            }
            // What the caller sent is no good: a token of the same sign-in will do.
            None if self.codes.iter().any(|code| matches!(code, 50013 | 500_133)) => {
                r#"Bearer realm="", error="invalid_token""#.to_owned()
            }
            None => r#"Bearer realm="", error="interaction_required""#.to_owned(),
        };
        HeaderValue::from_str(&text).ok()
    }

    pub(crate) fn code(&self) -> String {
        match (self.codes.first(), &self.other_code) {
            (Some(code), _) => format!("AADSTS{code}"),
            (None, Some(code)) => code.clone(),
            (None, None) => self.error.clone(),
        }
    }

    /// Adds the code, and where more is said about it.
    pub(crate) fn mark(&self, error: CredentialError) -> CredentialError {
        let error = error.with_code(&self.code());
        match self.section() {
            Some(section) => error.with_reference(section),
            None => error,
        }
    }

    pub(crate) fn advice(&self) -> Option<&'static Advice> {
        self.codes.iter().find_map(|code| advice(*code))
    }

    pub(crate) fn kind(&self) -> CredentialErrorKind {
        match (self.error(), self.advice()) {
            ("temporarily_unavailable" | "server_error", _) => CredentialErrorKind::Unavailable,
            (_, Some(advice)) => advice.kind,
            _ => CredentialErrorKind::Refused,
        }
    }

    pub(crate) fn general_fix(&self) -> String {
        match (self.codes.first(), oauth_advice(self.error())) {
            (Some(code), _) => format!("look up https://login.microsoftonline.com/error?code={code}"),
            (None, Some(advice)) => advice.fix.to_owned(),
            (None, None) => "check the tenant, the client id, its secret and the scope".to_owned(),
        }
    }

    /// The section of the error reference: that of the code where advice is known for it, else that of the error.
    fn section(&self) -> Option<String> {
        let code = self.codes.iter().find(|code| advice(**code).is_some());
        match code {
            Some(code) => Some(format!("aadsts{code}")),
            None => oauth_advice(self.error())
                .map(|_| self.error.replace('_', "-"))
                .map(|error| format!("oauth-{error}")),
        }
    }
}

/// What OAuth error codes are made of; anything else is text from somewhere, and text may hold anything.
fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// What ids are made of.
fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

fn is_timestamp(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| {
            byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b' ' | b'T' | b'Z' | b'+' | b'.')
        })
}

/// Entra puts ids and the time behind the text, on lines of their own or after a space.
fn first_line(description: &str) -> String {
    let line = description.lines().next().unwrap_or_default();
    let line = line.split(" Trace ID:").next().unwrap_or_default();
    line.trim().chars().filter(|c| !c.is_control()).take(512).collect()
}

/// `AADSTS7000215` of `AADSTS7000215: Invalid client secret provided.`
fn leading_code(description: &str) -> Option<&str> {
    let (code, _) = description.split_once(':')?;
    let form = (5..=20).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && code.starts_with(|c: char| c.is_ascii_uppercase())
        && code.ends_with(|c: char| c.is_ascii_digit());
    form.then_some(code)
}

fn read_codes(body: &Value) -> Vec<u32> {
    let codes = body.get("error_codes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let number = |code: &Value| match code {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|code| u32::try_from(code).ok()),
    };
    codes.iter().filter_map(number).take(8).collect()
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)?;
        if let Some(suberror) = &self.suberror {
            write!(f, " ({suberror})")?;
        }
        for code in &self.codes {
            write!(f, " AADSTS{code}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthError")
            .field("error", &self.error)
            .field("suberror", &self.suberror)
            .field("codes", &self.codes)
            .field("correlation_id", &self.correlation_id)
            .field("trace_id", &self.trace_id)
            .field("timestamp", &self.timestamp)
            .field("has_claims", &self.claims.is_some())
            .finish_non_exhaustive()
    }
}

impl Error for OAuthError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(body: &str) -> OAuthError {
        OAuthError::parse(body.as_bytes()).expect(body)
    }

    #[test]
    fn every_field_of_entra_is_read() {
        let oauth = parse(
            r#"{"error":"interaction_required","suberror":"basic_action","error_codes":[50076,"50079",-1,{}],
            "error_description":"AADSTS50076: Multi-factor \u0061uthentication.\r\nTrace ID: 1\r\nCorrelation ID: 2",
            "timestamp":"2026-11-20 10:00:00Z","trace_id":"trace-1","correlation_id":"corr-2","claims":"{\"a\":1}",
            "error_uri":"https://login.microsoftonline.com/error?code=50076"}"#,
        );
        assert_eq!((oauth.error(), oauth.suberror()), ("interaction_required", Some("basic_action")));
        assert_eq!(oauth.codes(), [50076, 50079]);
        assert_eq!(oauth.description(), Some("AADSTS50076: Multi-factor authentication."));
        assert_eq!(oauth.timestamp(), Some("2026-11-20 10:00:00Z"));
        assert_eq!((oauth.trace_id(), oauth.correlation_id()), (Some("trace-1"), Some("corr-2")));
        assert_eq!(oauth.claims(), Some("{\"a\":1}"));
        assert_eq!(oauth.to_string(), "interaction_required (basic_action) AADSTS50076 AADSTS50079");
        assert!(oauth.needs_interaction());
    }

    #[test]
    fn the_code_comes_from_wherever_it_stands() {
        for (body, code) in [
            (r#"{"error":"invalid_client","error_codes":[7000215]}"#, "AADSTS7000215"),
            (
                r#"{"error":"x","error_description":"AADSTS70002: a. AADSTS50012: b.","error_codes":[50012]}"#,
                "AADSTS70002",
            ),
            (
                r#"{"error":"x","error_description":"AADSTS7000215: Invalid Trace ID: 1 Timestamp: 2"}"#,
                "AADSTS7000215",
            ),
            (
                r#"{"error":"invalid_client","error_description":"MSIS9622: Client authentication failed."}"#,
                "MSIS9622",
            ),
            (r#"{"error":"invalid_client","error_description":"Bad: secret"}"#, "invalid_client"),
            (r#"{"error":"invalid_client","error_description":7,"error_codes":"no"}"#, "invalid_client"),
        ] {
            assert_eq!(parse(body).code(), code, "{body}");
        }
    }

    #[test]
    fn other_json_is_no_oauth_error() {
        for body in [
            "",
            "{}",
            "[]",
            "null",
            r#"{"error":5}"#,
            r#"{"error":{"code":"X"}}"#,
            r#"{"error":"two words"}"#,
        ] {
            assert!(OAuthError::parse(body.as_bytes()).is_none(), "{body}");
        }
    }

    #[test]
    fn texts_of_odd_form_are_dropped_and_descriptions_shown_nowhere() {
        let oauth = parse(
            r#"{"error":"invalid_client","suberror":"planted secret","trace_id":"planted\u001b[0m","timestamp":"planted",
            "error_description":"planted \u001b[31msecret"}"#,
        );
        assert_eq!(oauth.description(), Some("planted [31msecret"));
        assert!(!format!("{oauth:?} {oauth:#?} {oauth}").contains("planted"));
    }

    proptest! {
        #[test]
        fn no_body_panics(error in "\\PC{0,20}", description in any::<String>(), codes in "\\[[0-9,]{0,20}\\]") {
            let (error, description) = (Value::from(error), Value::from(description));
            let body = format!(r#"{{"error":{error},"error_description":{description},"error_codes":{codes}}}"#);
            if let Some(oauth) = OAuthError::parse(body.as_bytes()) {
                prop_assert!(oauth.code().chars().all(|c| c.is_ascii_graphic()));
                prop_assert!(oauth.description().is_none_or(|text| !text.contains(char::is_control)));
            }
        }
    }
}
