//! The error shapes of both Media Services interfaces.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use super::rest_v2::Format;
use crate::answer;
use crate::bearer::BearerFault;
use crate::services::Services;
use crate::signing_key::SignatureFault;

/// An error of REST v2: OData, with an empty code and the text in a language.
#[derive(Debug)]
pub(super) struct RestV2Error {
    status: StatusCode,
    message: String,
    pub(super) reason: String,
}

impl RestV2Error {
    pub(super) fn bad_request(message: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into(), reason: reason.into() }
    }

    pub(super) fn not_found(message: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, message: message.into(), reason: reason.into() }
    }

    /// The service does not say which of the many causes it was.
    pub(super) fn unauthorized(reason: impl Into<String>) -> Self {
        let message = "The access token is not valid for this account.".to_owned();
        Self { status: StatusCode::UNAUTHORIZED, message, reason: reason.into() }
    }

    pub(super) fn response(&self, format: Format) -> Response<Bytes> {
        let error = json!({ "code": "", "message": { "lang": "en-US", "value": self.message } });
        let body = match format {
            Format::Verbose => json!({ "error": error }),
            Format::Minimal => json!({ "odata.error": error }),
        };
        let mut response = answer::json(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            answer::set_header(&mut response, "www-authenticate", "Bearer error=\"invalid_token\"");
        }
        response
    }
}

/// An error of Azure Resource Manager.
#[derive(Debug)]
pub(super) struct ArmError {
    status: StatusCode,
    code: &'static str,
    message: String,
    pub(super) reason: String,
}

impl ArmError {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        message: String,
        reason: impl Into<String>,
    ) -> Self {
        Self { status, code, message, reason: reason.into() }
    }

    pub(super) fn not_found(code: &'static str, message: String, reason: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message, reason)
    }

    pub(super) fn unauthorized(fault: &BearerFault, issuer: &str) -> Self {
        let (code, message) = match fault {
            BearerFault::Missing => (
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.".to_owned(),
            ),
            BearerFault::Expired { until, now } => (
                "ExpiredAuthenticationToken",
                format!(
                    "The access token expiry UTC time '{until}' is earlier than current UTC time '{now}'."
                ),
            ),
            BearerFault::Audience { found, accepted } => (
                "InvalidAuthenticationTokenAudience",
                format!(
                    "The access token has been obtained for wrong audience or resource '{found}'. It should exactly match with one of the allowed audiences '{accepted}'."
                ),
            ),
            BearerFault::Tenant { found, expected } => (
                "InvalidAuthenticationTokenTenant",
                format!(
                    "The access token is from the wrong issuer '{issuer}/{found}/'. It must match the tenant '{issuer}/{expected}/' associated with this subscription."
                ),
            ),
            BearerFault::Signature(SignatureFault::NotAJwt) | BearerFault::NotBearer => {
                ("InvalidAuthenticationToken", "The access token is invalid.".to_owned())
            }
            _ => ("InvalidAuthenticationToken", "The access token could not be validated.".to_owned()),
        };
        Self::new(StatusCode::UNAUTHORIZED, code, message, fault.to_string())
    }

    /// `authority` is where a client that was refused for its token can get a better one.
    pub(super) fn response(&self, services: &Services, authority: &str) -> Response<Bytes> {
        let body = json!({ "error": { "code": self.code, "message": self.message } });
        let mut response = answer::json(self.status, &body);
        answer::set_header(&mut response, "x-ms-failure-cause", "gateway");
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = format!(
                "Bearer authorization_uri=\"{authority}/{}\", error=\"invalid_token\", error_description=\"{}\"",
                services.accounts.tenant_id, self.message
            );
            answer::set_header(&mut response, "www-authenticate", &challenge);
        }
        response
    }
}
