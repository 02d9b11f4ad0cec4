//! What the service says when it gives no token.

use std::time::SystemTime;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, retry_after};
use http::header::{CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use http::{Response, StatusCode};

use crate::authorization::Sent;

/// The client's correlation vector.
pub(crate) const CLIENT_CV: HeaderName = HeaderName::from_static("x-mrc-cv");
/// The service's own.
const SERVICE_CV: HeaderName = HeaderName::from_static("ms-cv");

/// How much of the service's explanation is shown.
const MAX_EXPLANATION: usize = 200;

/// Whether the service was asked again, with another key or token, after it had refused the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    First,
    Second,
}

/// What was asked, as far as an answer's meaning depends on it.
pub(crate) struct Question<'a> {
    pub(crate) correlation_vector: &'a str,
    pub(crate) sent: Option<&'a Sent>,
    pub(crate) scope: Option<&'a str>,
    pub(crate) attempt: Attempt,
    /// When the answer is read.
    pub(crate) now: SystemTime,
}

/// Reads an answer whose status is not 2xx. The service declares no body for any of them, and often sends none.
pub(crate) fn read(response: &Response<Bytes>, question: &Question<'_>) -> CredentialError {
    let status = response.status();
    let (kind, problem, fix, section) =
        if is_page(response) && kind_of(status) == CredentialErrorKind::Refused {
            let problem = "something else than the Mixed Reality service answered, with a page of markup";
            (CredentialErrorKind::UnexpectedAnswer, problem, CHECK_ADDRESS.to_owned(), None)
        } else {
            let (section, problem, fix) = explain(status, question);
            (kind_of(status), problem, fix, section)
        };
    let problem = match explanation(response, question) {
        Some(explanation) => format!("{problem}, saying \"{explanation}\""),
        None => problem.to_owned(),
    };
    let error = CredentialError::new(kind, problem, fix);
    let error = section.into_iter().fold(error, CredentialError::with_reference);
    with_details(error, response, question)
}

const CHECK_ADDRESS: &str =
    "check the account domain or endpoint, and whether a proxy answers in the service's place";

fn kind_of(status: StatusCode) -> CredentialErrorKind {
    match status.as_u16() {
        400 | 401 | 403 => CredentialErrorKind::Refused,
        429 => CredentialErrorKind::Throttled,
        408 | 500..=599 => CredentialErrorKind::Unavailable,
        _ => CredentialErrorKind::UnexpectedAnswer,
    }
}

/// The section of the error reference, what happened, and what to do.
fn explain(status: StatusCode, question: &Question<'_>) -> (Option<&'static str>, &'static str, String) {
    match (status.as_u16(), question.scope) {
        (400, _) => (
            Some("mr-400"),
            "the Mixed Reality service found the request malformed",
            "check the account id and the account domain against the account's overview page".to_owned(),
        ),
        (401, None) if question.attempt == Attempt::Second => (
            Some("mr-401-keys"),
            "the Mixed Reality service refused both account keys",
            "check that they are this account's, from its Keys page, and that account id and account domain are this \
             account's too"
                .to_owned(),
        ),
        (401 | 403, None) => (
            Some("mr-401-key"),
            "the Mixed Reality service refused the account key",
            "check that the key is one of this account's two, from its Keys page, and that account id and account domain \
             are this account's too"
                .to_owned(),
        ),
        (401, Some(scope)) => (
            Some("mr-401-token"),
            "the Mixed Reality service refused the Entra token",
            format!(
                "check that the token is for the scope {scope} and of the account's tenant (personal Microsoft accounts \
                 are refused), and that its identity has a role such as Remote Rendering Client on the account"
            ),
        ),
        (403, Some(_)) => (
            Some("mr-403-token"),
            "the Mixed Reality service knows the Entra token but grants it nothing",
            "give its identity a role such as Remote Rendering Client on the account; Owner and Contributor do not count, \
             and a change takes some minutes"
                .to_owned(),
        ),
        (429, _) => (
            Some("mr-429"),
            "the Mixed Reality service is getting too many requests",
            "wait before asking again, and share one credential, which caches its token".to_owned(),
        ),
        (408 | 500..=599, _) => (
            Some("mr-5xx"),
            "the Mixed Reality service, or a proxy before it, failed",
            "try again later; if it stays so, check that account id, account domain and credential belong together, \
             which the service does not always tell apart from a failure"
                .to_owned(),
        ),
        (300..=399, _) => {
            (None, "the Mixed Reality service answered with a redirect, which is not followed", CHECK_ADDRESS.to_owned())
        }
        _ => (None, "the Mixed Reality service answered with a status that its protocol does not know", CHECK_ADDRESS.to_owned()),
    }
}

/// Whether a proxy or a web site stands where the service should: that one sends no page, and always its `MS-CV`.
fn is_page(response: &Response<Bytes>) -> bool {
    let html = |value: &http::HeaderValue| value.as_bytes().to_ascii_lowercase().starts_with(b"text/html");
    response.headers().get(CONTENT_TYPE).is_some_and(html) && !response.headers().contains_key(SERVICE_CV)
}

/// The `WWW-Authenticate` of this service is free text, not a challenge to be answered.
fn explanation(response: &Response<Bytes>, question: &Question<'_>) -> Option<String> {
    let text = response.headers().get(WWW_AUTHENTICATE)?;
    let text = shown(&String::from_utf8_lossy(text.as_bytes()), question.sent);
    let mut short: String = text.chars().take(MAX_EXPLANATION).collect();
    if short.len() < text.len() {
        short.push_str("...");
    }
    (!short.is_empty()).then_some(short)
}

/// Makes a text of the service's fit to be shown: one line of printable ASCII, and nothing in it of what was sent or looks
/// like a token. Other characters can turn the text's direction or hide what stands beside them.
fn shown(text: &str, sent: Option<&Sent>) -> String {
    let text = match sent.map(Sent::expose) {
        Some(secret) if !secret.is_empty() => text.replace(secret, "..."),
        _ => text.to_owned(),
    };
    let words = text.split(|c: char| !c.is_ascii_graphic()).filter(|word| !word.is_empty());
    let words = words.map(|word| match word.find("eyJ") {
        Some(start) => format!("{}...", &word[..start]),
        None => word.replace('"', "'"),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns the service's correlation vector.
pub(crate) fn cv_of(response: &Response<Bytes>, question: &Question<'_>) -> Option<String> {
    let value = response.headers().get(SERVICE_CV)?.to_str().ok()?;
    Some(shown(value, question.sent))
}

/// Adds status, both correlation vectors and the wait that the service asks for.
pub(crate) fn with_details(
    error: CredentialError,
    response: &Response<Bytes>,
    question: &Question<'_>,
) -> CredentialError {
    let mut error = error.with_status(response.status());
    if let Some(cv) = cv_of(response, question) {
        error = error.with_id("MS-CV", &cv);
    }
    error = error.with_id("X-MRC-CV", question.correlation_vector);
    match retry_after(response.headers(), question.now) {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use credential::AccessToken;

    use super::*;

    #[test]
    fn what_is_shown_of_a_services_text() {
        let sent = Sent::Token(AccessToken::new("planted", SystemTime::UNIX_EPOCH));
        for (text, expected) in [
            ("Invalid token: expired", "Invalid token: expired"),
            ("Bearer error=\"invalid_token\"", "Bearer error='invalid_token'"),
            ("line\r\n\tbreaks\u{7} and\u{1b}[31m colours", "line breaks and [31m colours"),
            ("right\u{202e}to\u{2066}left", "right to left"),
            ("two\u{2028}lines\u{2029}more\u{85}", "two lines more"),
            ("zero\u{200b}width\u{feff} caf\u{e9}", "zero width caf"),
            ("e\u{200d}yJhbGciOi", "e yJhbGciOi"),
            ("you sent id:planted", "you sent id:..."),
            ("you sent (eyJhbGciOi.x.y)", "you sent (..."),
            ("  ", ""),
        ] {
            assert_eq!(shown(text, Some(&sent)), expected);
        }
    }
}
