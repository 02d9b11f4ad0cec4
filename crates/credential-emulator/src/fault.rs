//! What goes wrong on purpose.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde_json::json;

use crate::clock::Skew;
use crate::services::Services;
use crate::{answer, bearer};

/// What goes wrong on purpose with the next request, or the next few: see
/// [`Emulator::fail_next`](crate::Emulator::fail_next).
///
/// # Example
/// ```
/// use std::time::Duration;
/// use credential_emulator::Fault;
///
/// assert_eq!(Fault::too_many_requests(2).to_string(), "status 429, Retry-After 2 s");
/// let slow = Fault::connection_reset().after(Duration::from_secs(5)).times(3);
/// assert_eq!(slow.to_string(), "connection reset, after 5s");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(crate) damage: Damage,
    pub(crate) delay: Duration,
    /// How often; `None` is always.
    pub(crate) times: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    Nothing,
    Status { status: StatusCode, retry_after: Option<u64> },
    Html,
    ConnectionReset,
    TruncatedBody,
    WrongContentType,
    MalformedJson,
    InsufficientClaims,
    ClockSkew(Skew),
}

impl Fault {
    fn new(damage: Damage) -> Self {
        Self { damage, delay: Duration::ZERO, times: Some(1) }
    }

    /// Answers with this status, and an error of the form that most Azure services have. The service does not see the
    /// request.
    pub fn status(status: StatusCode) -> Self {
        Self::new(Damage::Status { status, retry_after: None })
    }

    /// Answers with this status, and asks to wait this many seconds.
    pub(crate) fn status_with_retry_after(status: StatusCode, seconds: u64) -> Self {
        Self::new(Damage::Status { status, retry_after: Some(seconds) })
    }

    /// Answers 429 and asks to wait this many seconds. The service does not see the request.
    pub fn too_many_requests(retry_after_seconds: u64) -> Self {
        let retry_after = Some(retry_after_seconds);
        Self::new(Damage::Status { status: StatusCode::TOO_MANY_REQUESTS, retry_after })
    }

    /// Answers 503 and asks to wait this many seconds. The service does not see the request.
    pub fn service_unavailable(retry_after_seconds: u64) -> Self {
        let retry_after = Some(retry_after_seconds);
        Self::new(Damage::Status { status: StatusCode::SERVICE_UNAVAILABLE, retry_after })
    }

    /// Answers as usual, this much later.
    pub fn delay(delay: Duration) -> Self {
        Self::new(Damage::Nothing).after(delay)
    }

    /// Ends the exchange without an answer: HTTP/1.1 connections are closed, HTTP/2 streams reset. The service does not
    /// see the request.
    pub fn connection_reset() -> Self {
        Self::new(Damage::ConnectionReset)
    }

    /// Has the service answer, sends half of the body, and then closes the connection or resets the stream.
    pub fn truncated_body() -> Self {
        Self::new(Damage::TruncatedBody)
    }

    /// Has the service answer, and says that the body is `text/plain`.
    pub fn wrong_content_type() -> Self {
        Self::new(Damage::WrongContentType)
    }

    /// Has the service answer, and sends half of the body as if it were whole. Without a body it sends `{`.
    pub fn malformed_json() -> Self {
        Self::new(Damage::MalformedJson)
    }

    /// Answers 502 with a page of HTML, as proxies do. The service does not see the request.
    pub fn html() -> Self {
        Self::new(Damage::Html)
    }

    /// Answers 401 with a claims challenge, as services do that evaluate access continuously: the token must be valid from
    /// now on. The service does not see the request. A token that was asked for with these claims is accepted.
    pub fn insufficient_claims() -> Self {
        Self::new(Damage::InsufficientClaims)
    }

    /// Has a service answer whose clock is ahead by this much: signatures of now are too old for it, and it says so in
    /// `Date`.
    pub fn clock_ahead(by: Duration) -> Self {
        Self::new(Damage::ClockSkew(Skew::Ahead(by)))
    }

    /// Has a service answer whose clock is behind by this much.
    pub fn clock_behind(by: Duration) -> Self {
        Self::new(Damage::ClockSkew(Skew::Behind(by)))
    }

    /// Waits first.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Lets it happen to this many requests; once is the default, 0 is never.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Lets it happen until the faults are cleared.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.times = None;
        self
    }
}

impl Damage {
    /// Returns what is answered in the service's place, where the service does not see the request.
    pub(crate) fn instead_of_service(&self, services: &Services) -> Option<Response<Bytes>> {
        match self {
            Self::InsufficientClaims => Some(challenge(services)),
            Self::Status { status, retry_after } => Some(error(*status, *retry_after)),
            Self::Html => Some(page()),
            Self::ConnectionReset => Some(answer::empty(StatusCode::OK)),
            Self::Nothing
            | Self::TruncatedBody
            | Self::WrongContentType
            | Self::MalformedJson
            | Self::ClockSkew(_) => None,
        }
    }

    /// Returns how wrong the service's clock is.
    pub(crate) fn skew(&self) -> Option<Skew> {
        match self {
            Self::ClockSkew(skew) => Some(*skew),
            _ => None,
        }
    }
}

fn error(status: StatusCode, retry_after: Option<u64>) -> Response<Bytes> {
    let reason = status.canonical_reason().unwrap_or("Error");
    let error =
        json!({ "code": reason.replace([' ', '-', '\''], ""), "message": "A fault that was asked for." });
    let mut response = answer::json(status, &json!({ "error": error }));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn challenge(services: &Services) -> Response<Bytes> {
    let authority = format!("{}/{}", services.origins.https, services.accounts.tenant_id);
    let mut response = error(StatusCode::UNAUTHORIZED, None);
    let challenge = bearer::claims_challenge(&authority, services.clock.epoch_seconds());
    answer::set_header(&mut response, "www-authenticate", &challenge);
    response
}

fn page() -> Response<Bytes> {
    const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n";
    let mut response = Response::new(Bytes::from_static(PAGE.as_bytes()));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.damage {
            Damage::Nothing => return write!(f, "delay of {:?}", self.delay),
            Damage::Status { status, retry_after: None } => write!(f, "status {}", status.as_u16()),
            Damage::Status { status, retry_after: Some(seconds) } => {
                write!(f, "status {}, Retry-After {seconds} s", status.as_u16())
            }
            Damage::Html => f.write_str("status 502, HTML"),
            Damage::ConnectionReset => f.write_str("connection reset"),
            Damage::TruncatedBody => f.write_str("truncated body"),
            Damage::WrongContentType => f.write_str("wrong content type"),
            Damage::MalformedJson => f.write_str("malformed JSON"),
            Damage::InsufficientClaims => f.write_str("status 401, claims challenge"),
            Damage::ClockSkew(Skew::Ahead(by)) => write!(f, "clock ahead by {by:?}"),
            Damage::ClockSkew(Skew::Behind(by)) => write!(f, "clock behind by {by:?}"),
        }?;
        if self.delay.is_zero() { Ok(()) } else { write!(f, ", after {:?}", self.delay) }
    }
}
