//! Turns a refusal of a token endpoint into an error that says what to do.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, retry_after};
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};

use crate::OAuthError;

const TOKEN_ENDPOINT: &str = "the token endpoint";

/// Reads an answer that is not a token.
pub(crate) fn failure(response: &Response<Bytes>) -> CredentialError {
    failure_of(TOKEN_ENDPOINT, response)
}

/// Reads an answer of any endpoint that is not what was asked for; `who` is what errors call the endpoint.
pub(crate) fn failure_of(who: &str, response: &Response<Bytes>) -> CredentialError {
    match OAuthError::parse(response.body()) {
        Some(oauth) => with_details(refusal(who, &oauth, response.status()), response).with_source(oauth),
        None => not_oauth_of(who, response),
    }
}

fn refusal(who: &str, oauth: &OAuthError, status: StatusCode) -> CredentialError {
    let kind = kind_of_status(status).unwrap_or_else(|| oauth.kind());
    let error = match oauth.advice() {
        Some(advice) => CredentialError::new(kind, advice.problem, advice.fix),
        None => CredentialError::new(kind, format!("{who} answered {}", oauth.error()), oauth.general_fix()),
    };
    let error = oauth.mark(error);
    let error = if oauth.needs_interaction() { error.with_interaction_needed() } else { error };
    let ids = [("correlation id", oauth.correlation_id()), ("trace id", oauth.trace_id())];
    ids.into_iter().fold(error, |error, (name, id)| match id {
        Some(id) => error.with_id(name, id),
        None => error,
    })
}

/// Reads an answer that does not come from an OAuth server, or not whole.
pub(crate) fn not_oauth(response: &Response<Bytes>) -> CredentialError {
    not_oauth_of(TOKEN_ENDPOINT, response)
}

fn not_oauth_of(who: &str, response: &Response<Bytes>) -> CredentialError {
    let status = response.status();
    let what = describe_body(response);
    let error = match kind_of_status(status) {
        Some(kind @ CredentialErrorKind::Throttled) => CredentialError::new(
            kind,
            format!("{who} is getting too many requests"),
            "wait before asking again, and reuse one credential, which caches its tokens",
        ),
        Some(kind) => CredentialError::new(
            kind,
            format!("{who}, or a proxy before it, failed and answered {what}"),
            "try again later; if it stays so, check the authority's address and any proxy",
        ),
        None => unexpected(who, status, &what),
    };
    with_details(error, response)
}

fn unexpected(who: &str, status: StatusCode, what: &str) -> CredentialError {
    let wanted = if who == TOKEN_ENDPOINT { "a token or an OAuth error" } else { "what was asked for" };
    let problem = if status.is_redirection() {
        format!("{who} answered with a redirect, which is not followed")
    } else {
        format!("{who} answered with {what}, not with {wanted}")
    };
    let fix = if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
        "give the HTTP client the proxy's credentials"
    } else {
        "check the authority's address, and whether a proxy or a sign-in page stands in between"
    };
    CredentialError::new(CredentialErrorKind::UnexpectedAnswer, problem, fix)
}

fn kind_of_status(status: StatusCode) -> Option<CredentialErrorKind> {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Some(CredentialErrorKind::Throttled),
        StatusCode::REQUEST_TIMEOUT => Some(CredentialErrorKind::Unavailable),
        status if status.is_server_error() => Some(CredentialErrorKind::Unavailable),
        _ => None,
    }
}

fn with_details(error: CredentialError, response: &Response<Bytes>) -> CredentialError {
    let error = error.with_status(response.status());
    match retry_after(response.headers(), None) {
        Some(wait) => error.with_retry_after(wait),
        None => error,
    }
}

/// Says what stands in the body, in words and never in the body's own.
fn describe_body(response: &Response<Bytes>) -> String {
    let body = response.body().trim_ascii();
    if body.is_empty() {
        return "an empty body".to_owned();
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        Ok(_) => return "JSON of another form".to_owned(),
        Err(error) if error.is_eof() => return "JSON that breaks off half-way".to_owned(),
        Err(_) if body.starts_with(b"{") => return "broken JSON".to_owned(),
        Err(_) => {}
    }
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).map(str::trim).filter(|text| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'+' | b'.');
        (1..=40).contains(&text.len()) && text.bytes().all(plain)
    });
    match essence {
        Some(essence) => format!("content of type {essence}"),
        None if body.starts_with(b"<") => "a page of markup".to_owned(),
        None => "text".to_owned(),
    }
}
