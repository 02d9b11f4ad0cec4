//! Reads what Communication Services answers when it refuses or fails.

use std::borrow::Cow;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, retry_after};
use http::{Response, StatusCode};
use serde_json::Value;

use super::ServiceDescription;

const WRONG_ENDPOINT: &str =
    "check that the endpoint is that of a Communication Services resource, and the api version";

/// The part of the error envelope that matters here: `{"error":{"code","message","target"}}`.
struct Envelope {
    code: String,
    message: String,
    target: Option<String>,
}

impl Envelope {
    fn read(body: &[u8]) -> Option<Self> {
        let envelope: Value = serde_json::from_slice(body).ok()?;
        let text = |name| envelope.get("error")?.get(name)?.as_str().map(str::to_owned);
        // A target is a parameter's name; anything else might be a value.
        let is_name = |target: &String| {
            target.len() <= 64 && target.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-[]".contains(&b))
        };
        Some(Self {
            code: text("code")?,
            message: text("message").unwrap_or_default(),
            target: text("target").filter(is_name),
        })
    }
}

/// Makes the error of an answer that is no success. Its message is read for known causes and never shown.
pub(crate) fn service_error(service: &ServiceDescription, response: &Response<Bytes>) -> CredentialError {
    let envelope = Envelope::read(response.body());
    let error = describe(response.status(), envelope.as_ref());
    let error = match &envelope {
        Some(envelope) => error.with_code(&envelope.code),
        None => error,
    };
    let error = match retry_after(response.headers(), None) {
        Some(wait) if error.is_transient() => error.with_retry_after(wait),
        _ => error,
    };
    with_context(error, service, response)
}

/// Makes the error of an answer that is not of the protocol.
pub(crate) fn unexpected(
    service: &ServiceDescription,
    response: &Response<Bytes>,
    problem: impl Into<Cow<'static, str>>,
) -> CredentialError {
    let error = CredentialError::new(CredentialErrorKind::UnexpectedAnswer, problem, WRONG_ENDPOINT);
    with_context(error, service, response)
}

/// Adds the status, and the ids under which Microsoft's support finds the request.
fn with_context(
    error: CredentialError,
    service: &ServiceDescription,
    response: &Response<Bytes>,
) -> CredentialError {
    service.correlation_headers.iter().fold(
        error.with_status(response.status()),
        |error, name| match response.headers().get(*name).and_then(|id| id.to_str().ok()) {
            Some(id) => error.with_id(name, id),
            None => error,
        },
    )
}

/// What an answer means, and the section of the error reference that has it.
struct Meaning {
    kind: CredentialErrorKind,
    section: &'static str,
    problem: Cow<'static, str>,
    fix: &'static str,
}

impl Meaning {
    fn new(
        kind: CredentialErrorKind,
        section: &'static str,
        problem: impl Into<Cow<'static, str>>,
        fix: &'static str,
    ) -> Self {
        Self { kind, section, problem: problem.into(), fix }
    }
}

fn describe(status: StatusCode, envelope: Option<&Envelope>) -> CredentialError {
    match meaning(status, envelope) {
        Some(Meaning { kind, section, problem, fix }) => {
            CredentialError::new(kind, problem, fix).with_reference(section)
        }
        None => CredentialError::new(
            CredentialErrorKind::UnexpectedAnswer,
            "the answer is not one of Communication Services",
            WRONG_ENDPOINT,
        ),
    }
}

fn meaning(status: StatusCode, envelope: Option<&Envelope>) -> Option<Meaning> {
    use CredentialErrorKind::{Throttled, Unavailable};
    let meaning = match (status.as_u16(), envelope) {
        (401 | 403, _) => denied(envelope),
        (429, _) => Meaning::new(
            Throttled,
            "acs-429",
            "Communication Services is limiting the requests of this resource",
            "wait, then try again",
        ),
        (408 | 500..=599, _) => {
            Meaning::new(Unavailable, "acs-5xx", "Communication Services failed for now", "try again later")
        }
        (400..=499, Some(envelope)) => invalid(status, envelope),
        _ => return None,
    };
    Some(meaning)
}

fn invalid(status: StatusCode, envelope: &Envelope) -> Meaning {
    let invalid = CredentialErrorKind::InvalidRequest;
    match (status, &*envelope.code, &envelope.target) {
        (StatusCode::NOT_FOUND, "DomainNotLinked", _) => Meaning::new(
            invalid,
            "acs-domainnotlinked",
            "the sender's domain is not linked to the Communication Services resource",
            "link the domain to the resource, or send from one that is",
        ),
        (StatusCode::NOT_FOUND, ..) => Meaning::new(
            invalid,
            "acs-404",
            "Communication Services does not know what the request names",
            "check the id, the endpoint and the api version",
        ),
        (_, _, Some(target)) => Meaning::new(
            invalid,
            "acs-validationerror",
            format!("Communication Services refused the value of {target}"),
            "correct that value",
        ),
        _ => Meaning::new(
            invalid,
            "acs-400",
            "Communication Services refused the request as it stands",
            "look up the code, and check the api version",
        ),
    }
}

/// The known causes of a refusal; all but one have the same code, and are told apart by the service's own texts.
fn denied(envelope: Option<&Envelope>) -> Meaning {
    let message = envelope.map_or("", |envelope| &envelope.message);
    let (section, problem, fix) = if envelope.is_some_and(|envelope| envelope.code == "InvalidAccessToken") {
        // The resource's own authorization was good; the code is about the token in the body.
        (
            "acs-invalidaccesstoken",
            "Communication Services does not accept the Entra token that is to be exchanged",
            "check that the Entra token is one of this Teams user, that this application asked for it with Teams scopes, and \
             that it has not expired",
        )
    } else if message.contains("x-ms-content-sha256") {
        (
            "acs-content-hash",
            "Communication Services received another body than the one that was signed",
            "sign the body exactly as it is sent, after all serialization",
        )
    } else if message.contains("allowed margin") {
        (
            "acs-date",
            "the request's date is more than 5 minutes away from the clock of Communication Services",
            "set this machine's clock, and sign every attempt anew",
        )
    } else if message.contains("HMAC header structure") {
        (
            "acs-header",
            "Communication Services could not read the Authorization header",
            "check that nothing between here and the service rewrites headers",
        )
    } else {
        (
            "acs-denied",
            "Communication Services refused the signature or the token",
            "check that the key is one of this very resource and was not regenerated, or that the Entra identity has a \
             role on the resource, and that nothing on the way rewrites the request",
        )
    };
    Meaning::new(CredentialErrorKind::Refused, section, problem, fix)
}
