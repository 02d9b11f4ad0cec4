//! What to do about a refusal of REST v2.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, retry_after};
use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};

use crate::challenge::Challenge;
use crate::service_error::{Meaning, ServiceError, error_of, not_json, with_details};

/// Reads an answer that is not a success.
pub(crate) fn failure(response: &Response<Bytes>) -> CredentialError {
    let service = ServiceError::parse(response.body());
    if service.is_none() && is_page(response) {
        return not_json(response);
    }
    let meaning = meaning(response, service.as_ref());
    let challenge = Challenge::read(response.headers());
    let (error, fix) = (error_of(meaning), meaning.3);
    let error = match (challenge.error, &challenge.tenant) {
        (Some(code), None) => error.with_code(&code),
        (code, Some(tenant)) => {
            let fix = format!("{fix}; it takes tokens of the tenant {tenant}");
            code.iter().fold(error.with_fix(fix), |error, code| error.with_code(code))
        }
        (None, None) => error,
    };
    with_details(error, response, service)
}

/// A page from something in between; the service itself writes none.
fn is_page(response: &Response<Bytes>) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let body = response.body().trim_ascii_start();
    let starts_as_page = body
        .get(..5)
        .is_some_and(|start| matches!(start.to_ascii_lowercase().as_slice(), b"<html" | b"<!doc"));
    let status = response.status();
    (starts_as_page || content_type.is_some_and(|text| text.contains("html")))
        && !status.is_server_error()
        && status != StatusCode::TOO_MANY_REQUESTS
}

fn meaning(response: &Response<Bytes>, service: Option<&ServiceError>) -> Meaning {
    use CredentialErrorKind::{InvalidRequest, Refused, Throttled, Unavailable, UnexpectedAnswer};
    match response.status() {
        StatusCode::UNAUTHORIZED if names_acs(response) => (
            Refused,
            Some("rest-v2-401-acs"),
            "the media service no longer takes tokens of the retired Access Control Service (ACS)",
            "get an Entra token instead: ServicePrincipal::rest_v2_credential",
        ),
        StatusCode::UNAUTHORIZED => (
            Refused,
            Some("rest-v2-401"),
            "the media service does not accept the token",
            "get it for the media resource (https://rest.media.azure.net in the public cloud), from the account's tenant, \
             and give the service principal the role Contributor or Owner on the account",
        ),
        StatusCode::FORBIDDEN => (
            Refused,
            Some("rest-v2-403"),
            "the media service denies access to the account",
            "check that the account exists and is enabled, that its quotas are not used up, and that the service principal \
             has the role Contributor or Owner on it",
        ),
        StatusCode::TOO_MANY_REQUESTS => (Throttled, Some("rest-v2-429"), BUSY, "wait before asking again"),
        StatusCode::SERVICE_UNAVAILABLE if is_busy(response, service) => {
            (Throttled, Some("rest-v2-429"), BUSY, "wait before asking again")
        }
        status if status.is_server_error() => {
            (Unavailable, Some("rest-v2-5xx"), "the media service failed for now", "try again later")
        }
        status if status.is_redirection() => (
            UnexpectedAnswer,
            Some("rest-v2-301"),
            "the media service is at another address; redirects are not followed with a token",
            "use the REST v2 endpoint of the account's API access page",
        ),
        StatusCode::NOT_FOUND => (
            InvalidRequest,
            Some("rest-v2-404"),
            "the media service has no such entity",
            "check the path and the id of the entity, and that the endpoint ends in /api",
        ),
        StatusCode::BAD_REQUEST => (
            InvalidRequest,
            Some("rest-v2-400"),
            "the media service does not understand the request",
            "check the query and the body, and build it with rest_v2::request, which adds the version headers",
        ),
        _ => (
            InvalidRequest,
            None,
            "the media service refused the request",
            "see ServiceError::message of the source for the service's reason",
        ),
    }
}

const BUSY: &str = "the media service is getting too many requests";

/// Since June 2018 the service answers old tokens with a plain text.
fn names_acs(response: &Response<Bytes>) -> bool {
    let start = &response.body()[..response.body().len().min(2048)];
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    text.contains("deprecated") && (text.contains("acs ") || text.contains("access control service"))
}

fn is_busy(response: &Response<Bytes>, service: Option<&ServiceError>) -> bool {
    let says_busy = |service: &ServiceError| service.message().to_ascii_lowercase().contains("busy");
    retry_after(response.headers(), None).is_some() || service.is_some_and(says_busy)
}
