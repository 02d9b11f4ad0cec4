//! The error that a media service answers.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, retry_after};
use http::Response;
use http::header::CONTENT_TYPE;
use serde_json::Value;

/// The error that REST v2 or Resource Manager answered; the source of the [`CredentialError`].
///
/// # Example
/// ```
/// use ams_aad::{ServiceError, arm};
///
/// let body = r#"{"error":{"code":"ResourceNotFound","message":"The Resource 'x' was not found."}}"#;
/// let response = http::Response::builder().status(404).body(bytes::Bytes::from(body)).unwrap();
/// let error = arm::check(&response).unwrap_err();
/// assert_eq!(error.code(), Some("ResourceNotFound"));
/// assert_eq!(ServiceError::of(&error).unwrap().message(), "The Resource 'x' was not found.");
/// ```
#[derive(Clone)]
pub struct ServiceError {
    code: Option<String>,
    message: String,
}

impl ServiceError {
    /// Finds the error of the service underneath `error`.
    pub fn of(error: &CredentialError) -> Option<&Self> {
        error.source()?.downcast_ref()
    }

    /// Returns the service's error code; REST v2 usually gives none.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the service's own words, without control characters. They may name accounts and principals, so they are in
    /// no error text and no `Debug`.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Reads the JSON forms: Resource Manager's, and OData 3's verbose and light ones.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let error = body.get("error").or_else(|| body.get("odata.error"))?;
        let message = error.get("message")?;
        let message = message.as_str().or_else(|| message.get("value")?.as_str())?;
        let code = error.get("code").and_then(Value::as_str).filter(|code| is_code(code));
        Some(Self {
            code: code.map(str::to_owned),
            message: message.chars().filter(|c| !c.is_control()).take(1024).collect(),
        })
    }
}

/// What codes are made of; anything else is text from somewhere, and text may hold anything.
fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().unwrap_or("an error without a code"))
    }
}

impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceError").field("code", &self.code).finish_non_exhaustive()
    }
}

impl Error for ServiceError {}

/// What an answer means: the class, the section of the error reference that has it, what happened and what to do.
pub(crate) type Meaning<P = &'static str> = (CredentialErrorKind, Option<&'static str>, P, &'static str);

/// Makes the error of what an answer means.
pub(crate) fn error_of<P: Into<Cow<'static, str>>>(meaning: Meaning<P>) -> CredentialError {
    let (kind, section, problem, fix) = meaning;
    let error = CredentialError::new(kind, problem, fix);
    section.into_iter().fold(error, CredentialError::with_reference)
}

/// Adds what the answer says about itself: status, code, ids, waiting time, and the service's error as the source.
pub(crate) fn with_details(
    error: CredentialError,
    response: &Response<Bytes>,
    service: Option<ServiceError>,
) -> CredentialError {
    const IDS: [(&str, &str); 3] = [
        ("request-id", "request id"),
        ("x-ms-request-id", "request id"),
        ("x-ms-correlation-request-id", "correlation id"),
    ];
    let mut error = error.with_status(response.status());
    if let Some(wait) = retry_after(response.headers(), None) {
        error = error.with_retry_after(wait);
    }
    for (header, name) in IDS {
        let id = response.headers().get(header).and_then(|value| value.to_str().ok());
        if let Some(id) = id.filter(|id| error.id(name).is_none() && is_id(id)) {
            error = error.with_id(name, id);
        }
    }
    if let Some(code) = service.as_ref().and_then(ServiceError::code) {
        error = error.with_code(code);
    }
    match service {
        Some(service) => error.with_source(service),
        None => error,
    }
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// An answer that should be JSON and is not.
pub(crate) fn not_json(response: &Response<Bytes>) -> CredentialError {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|text| text.split(';').next()).map(str::trim).filter(|text| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'+' | b'.');
        (1..=40).contains(&text.len()) && text.bytes().all(plain)
    });
    let what = match (response.body().trim_ascii(), essence) {
        (b"", _) => "an empty body".to_owned(),
        (_, Some(essence)) => format!("content of type {essence}"),
        (_, None) => "content of another type".to_owned(),
    };
    unexpected(response, format!("the service answered with {what} where JSON was expected"))
}

/// An answer that is JSON, but of something else.
pub(crate) fn not_of_form(response: &Response<Bytes>) -> CredentialError {
    unexpected(response, "the service answered with JSON of another form than expected".to_owned())
}

fn unexpected(response: &Response<Bytes>, problem: String) -> CredentialError {
    let fix = "check the endpoint's address, the path, and whether a proxy stands in between";
    let error = CredentialError::new(CredentialErrorKind::UnexpectedAnswer, problem, fix);
    with_details(error, response, None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_forms() {
        for (body, code) in [
            (r#"{"error":{"code":"","message":{"lang":"en-US","value":"text"}}}"#, None),
            (r#"{"odata.error":{"code":"Bad.Request","message":{"value":"text"}}}"#, Some("Bad.Request")),
            (
                r#"{"error":{"code":"AuthorizationFailed","message":"te\r\nxt","details":[]}}"#,
                Some("AuthorizationFailed"),
            ),
            (r#"{"error":{"code":"planted secret","message":"text"}}"#, None),
            (r#"{"error":{"message":"text"}}"#, None),
        ] {
            let error = ServiceError::parse(body.as_bytes()).expect(body);
            assert_eq!((error.code(), error.message()), (code, "text"), "{body}");
        }
        for body in ["", "{}", "[]", r#"{"error":"invalid"}"#, r#"{"error":{"message":5}}"#, "<m:error/>"] {
            assert!(ServiceError::parse(body.as_bytes()).is_none(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(message in any::<String>(), code in any::<String>()) {
            let (message, code) = (Value::from(message), Value::from(code));
            let body = format!(r#"{{"odata.error":{{"code":{code},"message":{{"value":{message}}}}}}}"#);
            let error = ServiceError::parse(body.as_bytes()).unwrap();
            prop_assert!(!error.message().contains(char::is_control));
        }
    }
}
