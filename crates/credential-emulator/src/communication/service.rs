//! What all of Communication Services' services do with a request: who calls, which version, the body's form.

use bytes::Bytes;
use credential::Clock;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::authorization;
use super::error::CommunicationError;
use super::limits::Limit;
use super::user_token::UserToken;
use crate::answer::{self, Answer};
use crate::clock::rfc3339;
use crate::received::{Received, is_dated_version};
use crate::services::Services;
use crate::verdict::Verdict;

pub(super) type Outcome = Result<Response<Bytes>, CommunicationError>;

/// One of the services, with what tells it apart from the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    /// What the header `api-supported-versions` says; not every service sends it.
    pub(super) supported_versions: Option<&'static str>,
    /// Names the error's code in the header `x-ms-error-code` too.
    pub(super) code_in_header: bool,
    /// The code and message of a signature that is not good, where they are not the usual ones.
    pub(super) bad_signature: Option<(&'static str, &'static str)>,
    /// Takes signatures over the host that `x-ms-host` names, where it is one of the emulator's own.
    pub(super) takes_signed_host: bool,
}

/// A request that was let in.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) services: &'a Services,
    pub(super) received: &'a Received,
    /// The body, or an empty object where there is none.
    pub(super) body: Value,
    pub(super) version: String,
}

impl Service {
    /// A service that does nothing in a way of its own.
    pub(super) const fn plain() -> Self {
        Self {
            supported_versions: None,
            code_in_header: false,
            bad_signature: None,
            takes_signed_host: false,
        }
    }

    /// Lets in who signed with an access key or has an Entra token and a role, and has the operation answer.
    pub(super) fn serve(
        &self,
        services: &Services,
        received: &Received,
        operation: impl FnOnce(&Call<'_>) -> Outcome,
    ) -> Answer {
        let mut verdict = Verdict::of("communication");
        let outcome = authorization::check(services, received, self.takes_signed_host, &mut verdict)
            .map_err(|error| self.in_its_words(received, error))
            .and_then(|()| Call::read(services, received, &mut verdict))
            .and_then(|call| operation(&call));
        self.answer(services, received, verdict, outcome)
    }

    /// Lets in who has a user access token with one of these scopes, and has the operation answer.
    pub(super) fn serve_user(
        &self,
        services: &Services,
        received: &Received,
        scopes: &[&str],
        operation: impl FnOnce(&Call<'_>, &UserToken) -> Outcome,
    ) -> Answer {
        let judge = |verdict: &mut Verdict| authorization::check_user(services, received, scopes, verdict);
        self.serve_after(services, received, judge, operation)
    }

    /// Lets in whom this judge lets in, and has the operation answer.
    pub(super) fn serve_after<C>(
        &self,
        services: &Services,
        received: &Received,
        judge: impl FnOnce(&mut Verdict) -> Result<C, CommunicationError>,
        operation: impl FnOnce(&Call<'_>, &C) -> Outcome,
    ) -> Answer {
        let mut verdict = Verdict::of("communication");
        let outcome = judge(&mut verdict).and_then(|caller| {
            Call::read(services, received, &mut verdict).and_then(|call| operation(&call, &caller))
        });
        self.answer(services, received, verdict, outcome)
    }

    fn in_its_words(&self, received: &Received, error: CommunicationError) -> CommunicationError {
        let is_signature = received.header("authorization").is_some_and(authorization::is_signature);
        match self.bad_signature {
            Some((code, message)) if is_signature => error.in_words(code, message),
            _ => error,
        }
    }

    fn answer(&self, services: &Services, received: &Received, verdict: Verdict, outcome: Outcome) -> Answer {
        let answer = match outcome {
            Ok(response) => Answer::granted(verdict, response),
            Err(error) => {
                let mut response = error.response();
                if self.code_in_header {
                    answer::set_header(&mut response, "x-ms-error-code", error.code());
                }
                Answer::refused(verdict, error.reason, response)
            }
        };
        answer.map_response(|response| {
            set_headers(services, received, response);
            if let Some(versions) = self.supported_versions {
                answer::set_header(response, "api-supported-versions", versions);
            }
        })
    }
}

impl<'a> Call<'a> {
    fn read(
        services: &'a Services,
        received: &'a Received,
        verdict: &mut Verdict,
    ) -> Result<Self, CommunicationError> {
        let version = version(received, verdict)?;
        Ok(Self { services, received, body: body(received)?, version })
    }

    /// Counts the request, unless the sender has reached a limit.
    pub(super) fn count(&self, limits: &'static [Limit], sender: &str) -> Result<(), CommunicationError> {
        let now = self.services.clock.epoch_seconds();
        self.services
            .limits
            .count(limits, sender, now)
            .map_err(|too_many| CommunicationError::too_many(&too_many))
    }

    /// Returns the address of a path here, with the version that the client asked in.
    pub(super) fn link(&self, path: &str) -> String {
        format!("{}{}", self.services.origin_of(self.received), self.relative_link(path))
    }

    /// Returns the path with the version that the client asked in.
    pub(super) fn relative_link(&self, path: &str) -> String {
        let separator = if path.contains('?') { '&' } else { '?' };
        format!("{path}{separator}api-version={}", self.version)
    }
}

/// Any version that looks like one is served: this emulator speaks for all.
fn version(received: &Received, verdict: &mut Verdict) -> Result<String, CommunicationError> {
    let refuse =
        |code, message, reason| Err(CommunicationError::new(StatusCode::BAD_REQUEST, code, message, reason));
    match received.query("api-version") {
        None => refuse(
            "ApiVersionUnspecified",
            "An API version is required, but was not specified.",
            "api-version: the query parameter is missing".to_owned(),
        ),
        Some(version) if !is_dated_version(&version) => refuse(
            "InvalidApiVersion",
            "The API version is not valid.",
            format!("api-version: '{version}' is not a date such as 2023-10-01"),
        ),
        Some(version) => {
            verdict.verified(format!("api-version {version}"));
            Ok(version)
        }
    }
}

/// No body and an empty object mean the same.
fn body(received: &Received) -> Result<Value, CommunicationError> {
    if received.body().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(received.body()).ok().filter(Value::is_object).ok_or_else(|| {
        let reason = "body: it is not a JSON object".to_owned();
        CommunicationError::new(
            StatusCode::BAD_REQUEST,
            "ValidationError",
            "The request body is not valid.",
            reason,
        )
    })
}

fn set_headers(services: &Services, received: &Received, response: &mut Response<Bytes>) {
    let now = rfc3339(services.clock.now()).replace(['-', ':'], "");
    answer::set_header(response, "ms-cv", &services.ids.correlation_vector());
    answer::set_header(response, "x-azure-ref", &format!("{now}-emulator-{}", services.ids.guid()));
    answer::set_header(response, "request-context", "appId=");
    if let Some(id) = received.header("x-ms-client-request-id") {
        answer::set_header(response, "x-ms-client-request-id", id);
    }
}
