//! What Remote Rendering says when it does not do what was asked.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, retry_after};
use http::{Response, StatusCode};
use serde_json::Value;

/// Reads an answer that is not a success. A 401 often has no body at all.
pub(super) fn read(response: &Response<Bytes>) -> CredentialError {
    use CredentialErrorKind::{InvalidRequest, Refused, Throttled, Unavailable, UnexpectedAnswer};
    let (kind, section, problem, fix) = match response.status() {
        StatusCode::UNAUTHORIZED => (
            Refused,
            Some("rr-401"),
            "Remote Rendering does not accept the Mixed Reality token",
            "exchange a credential of the same account for a new token: the token of another account, or an Entra token, \
             is of no use here",
        ),
        StatusCode::FORBIDDEN => (
            Refused,
            Some("rr-403"),
            "the Mixed Reality token does not allow this",
            "give the identity the role Remote Rendering Client or Remote Rendering Administrator on the account, and get a \
             new token after some minutes",
        ),
        StatusCode::NOT_FOUND => (
            InvalidRequest,
            Some("rr-404"),
            "there is no such session",
            "check the session's id and that the endpoint is that of the region where it was created",
        ),
        StatusCode::CONFLICT => (
            InvalidRequest,
            Some("rr-409"),
            "a session of this id exists already, with other properties",
            "choose another id",
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            Throttled,
            Some("rr-429"),
            "Remote Rendering is getting too many requests",
            "wait before asking again",
        ),
        status if status.is_server_error() => {
            (Unavailable, Some("rr-5xx"), "Remote Rendering failed for now", "try again later")
        }
        status if status.is_redirection() => (
            UnexpectedAnswer,
            None,
            "Remote Rendering answered with a redirect, which is not followed with a token",
            "check the endpoint's address",
        ),
        _ => (
            InvalidRequest,
            None,
            "Remote Rendering refused the request",
            "check the session's size and lease",
        ),
    };
    let error = CredentialError::new(kind, problem, fix);
    with_details(section.into_iter().fold(error, CredentialError::with_reference), response)
}

/// An answer that is a success, but not of what was asked for.
pub(super) fn not_of_form(response: &Response<Bytes>) -> CredentialError {
    let error = CredentialError::new(
        CredentialErrorKind::UnexpectedAnswer,
        "the service answered with something else than sessions of Remote Rendering",
        "check the endpoint's address, and whether a proxy answers in the service's place",
    );
    with_details(error, response)
}

fn with_details(error: CredentialError, response: &Response<Bytes>) -> CredentialError {
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let mut error = error.with_status(response.status());
    if let Some(cv) = header("ms-cv").filter(|text| is_correlation_vector(text)) {
        error = error.with_id("MS-CV", cv);
    }
    if let Some(wait) = retry_after(response.headers(), None) {
        error = error.with_retry_after(wait);
    }
    match code(response.body()) {
        Some(code) => error.with_code(&code),
        None => error,
    }
}

/// A base of 22 characters of base64 and numbers behind dots, 127 characters at most; a `!` may end it.
fn is_correlation_vector(text: &str) -> bool {
    let text = text.strip_suffix('!').unwrap_or(text);
    let mut parts = text.split('.');
    let is_base = |base: &str| {
        base.len() == 22
            && base.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
    };
    text.len() <= 127
        && parts.next().is_some_and(is_base)
        && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The code of `{"error":{"code":..}}`. Anything but letters is text from somewhere, and text may hold anything.
fn code(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let code = body.get("error")?.get("code")?.as_str()?;
    let is_code = (1..=40).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn correlation_vectors() {
        for good in ["Qb5vWRMyn0KjE1Axx0LwQQ.0", "Qb5vWRMyn0KjE1Axx0LwQQ", "/FIUNbCocEW8P13M3ILYDQ.1.22!"] {
            assert!(is_correlation_vector(good), "{good}");
        }
        for bad in
            ["", "planted", "Qb5vWRMyn0KjE1Axx0LwQQ.", "Qb5vWRMyn0KjE1Axx0LwQQ.a", "Qb5vWRMyn0KjE1Axx0Lw-Q.0"]
        {
            assert!(!is_correlation_vector(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_panics(status in 100_u16..600, body in any::<Vec<u8>>(), cv in "[ -~]{0,140}", wait in "[0-9]{0,25}") {
            let response = Response::builder().status(status).header("ms-cv", cv).header("retry-after", wait);
            let response = response.body(Bytes::from(body)).unwrap();
            let error = read(&response);
            prop_assert_eq!(error.status().unwrap().as_u16(), status);
            prop_assert!(error.retry_after().is_none_or(|wait| wait.as_secs() <= 3600));
            prop_assert!(not_of_form(&response).kind() == CredentialErrorKind::UnexpectedAnswer);
        }
    }
}
