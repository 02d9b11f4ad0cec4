//! Entra's errors.

use bytes::Bytes;
use credential::Clock;
use http::{Response, StatusCode};
use serde_json::json;

use crate::accounts::User;
use crate::answer;
use crate::clock::with_space;
use crate::id_source::is_guid;
use crate::received::Received;
use crate::services::Services;

/// An error as Entra answers it (RFC 6749, section 5.2, and Entra's own members).
#[derive(Debug)]
pub(super) struct EntraError {
    status: StatusCode,
    error: &'static str,
    suberror: Option<&'static str>,
    claims: Option<String>,
    code: u32,
    message: String,
    /// Why, for whoever reads the emulator's log: may say more than Entra would.
    reason: String,
}

impl EntraError {
    pub(super) fn bad_request(error: &'static str, code: u32, message: String) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self { status, error, suberror: None, claims: None, code, reason: message.clone(), message }
    }

    /// Entra answers 401 where the application itself could not be authenticated.
    pub(super) fn unauthorized(code: u32, message: String) -> Self {
        let status = StatusCode::UNAUTHORIZED;
        Self {
            status,
            error: "invalid_client",
            suberror: None,
            claims: None,
            code,
            reason: message.clone(),
            message,
        }
    }

    /// What was sent in a user's name is not, or no longer, good (RFC 6749, section 5.2).
    pub(super) fn invalid_grant(code: u32, message: &str) -> Self {
        Self::bad_request("invalid_grant", code, message.to_owned())
    }

    /// Classifies the error further, as Entra does for its own libraries.
    pub(super) fn with_suberror(mut self, suberror: &'static str) -> Self {
        self.suberror = Some(suberror);
        self
    }

    /// Says what the user must prove beyond.
    pub(super) fn with_claims(mut self, claims: String) -> Self {
        self.claims = Some(claims);
        self
    }

    /// Says more in the log than in the answer.
    pub(super) fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    pub(super) fn missing_parameter(name: &str) -> Self {
        Self::bad_request(
            "invalid_request",
            900_144,
            format!("The request body must contain the following parameter: '{name}'."),
        )
        .because(format!("{name}: the parameter is missing from the form"))
    }

    pub(super) fn unknown_tenant(name: &str) -> Self {
        Self::bad_request(
            "invalid_request",
            90_002,
            format!("Tenant '{name}' not found. Check that the tenant ID or domain is right, and the cloud."),
        )
        .because(format!("tenant: '{name}' is not known here"))
    }

    /// The account exists, but not here.
    pub(super) fn not_in_tenant(user: &User<'_>, tenant: &str) -> Self {
        let (name, home) = (user.name, user.tenant_id);
        let message = format!(
            "User account '{name}' of tenant '{home}' does not exist in '{tenant}' and cannot access the application there. \
             The account must be added as a guest first, or another one used."
        );
        Self::invalid_grant(50_020, &message)
            .because(format!("user: {name} is at home in tenant {home}, and no guest of {tenant}"))
    }

    pub(super) fn unknown_policy(name: &str) -> Self {
        let message = format!("The user flow '{name}' does not exist.");
        Self::bad_request("invalid_request", 90_002, message)
            .because(format!("policy: '{name}' is not known here, only b2c_1_signin and b2c_1_susi"))
    }

    /// Returns what the client branches on.
    pub(super) fn name(&self) -> &'static str {
        self.error
    }

    /// Returns code and text, for a client that gets no more.
    pub(super) fn description(&self) -> String {
        format!("AADSTS{}: {}", self.code, self.message)
    }

    pub(super) fn reason(&self) -> String {
        format!("AADSTS{}: {}", self.code, self.reason)
    }

    pub(super) fn response(&self, services: &Services, received: &Received) -> Response<Bytes> {
        let timestamp = with_space(services.clock.now());
        let trace_id = services.ids.guid();
        let correlation_id = correlation_id(services, received);
        let description = format!(
            "AADSTS{}: {} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}",
            self.code, self.message
        );
        let mut body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [self.code],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
        });
        if let Some(suberror) = self.suberror {
            body["suberror"] = json!(suberror);
        }
        if let Some(claims) = &self.claims {
            body["claims"] = json!(claims);
        }
        let mut response = answer::json(self.status, &body);
        set_headers(&mut response, received, &trace_id);
        response
    }
}

/// The client's own correlation id where it sent one, else a new one.
fn correlation_id(services: &Services, received: &Received) -> String {
    match received.header("client-request-id") {
        Some(id) if is_guid(id) => id.to_owned(),
        _ => services.ids.guid(),
    }
}

/// Sets the headers that all answers of the token endpoint carry (RFC 6749, section 5.1).
pub(super) fn set_headers(response: &mut Response<Bytes>, received: &Received, request_id: &str) {
    answer::set_header(response, "cache-control", "no-store, no-cache");
    answer::set_header(response, "pragma", "no-cache");
    answer::set_header(response, "x-ms-request-id", request_id);
    let wants_id = received.header("return-client-request-id").is_some_and(|text| text == "true");
    if let Some(id) = received.header("client-request-id").filter(|id| wants_id && is_guid(id)) {
        answer::set_header(response, "client-request-id", id);
    }
}
