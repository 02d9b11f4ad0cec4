//! Requests and answers of REST v3, which is reached through Azure Resource Manager.
//!
//! # Example
//! ```
//! use ams_aad::{ArmEndpoint, MediaAccount, MediaCloud, arm};
//! use http::Method;
//!
//! let account = MediaAccount::new("00000000-0000-0000-0000-000000000001", "my-group", "myaccount")?;
//! let endpoint = ArmEndpoint::of_cloud(MediaCloud::Public)?;
//! let request = arm::request(&endpoint, Method::GET, &account.child_path("assets"), "")?;
//! assert_eq!(request.uri().host(), Some("management.azure.com"));
//! # Ok::<(), credential::CredentialError>(())
//! ```

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind};
use http::{Method, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::arm_failure::failure;
use crate::request::{json_request, linked_request};
use crate::service_error::{not_json, not_of_form};
use crate::{ArmEndpoint, Page, RestV2Endpoint};

/// Builds a request, yet to be authorized.
///
/// `path` is made by [`MediaAccount::path`](crate::MediaAccount::path) or
/// [`item_path`](crate::MediaAccount::item_path) or [`child_path`](crate::MediaAccount::child_path); `body` is JSON, or
/// empty.
///
/// # Errors
/// [`CredentialErrorKind::InvalidRequest`] when the path cannot stand in an address (a space, a `#`), is a whole address, or
/// names no `api-version`.
pub fn request(
    endpoint: &ArmEndpoint,
    method: Method,
    path: &str,
    body: impl Into<Bytes>,
) -> Result<Request<Bytes>, CredentialError> {
    let query = path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    if !query.split('&').any(|pair| pair.starts_with("api-version=")) {
        return Err(CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            "the path names no api-version",
            "make the path with MediaAccount::path, item_path or child_path, which add it",
        ));
    }
    json_request(endpoint.endpoint(), method, path, body.into())
}

/// Checks an answer whose body does not matter.
///
/// # Errors
/// The service's refusal, with what to do about it; a [`ServiceError`](crate::ServiceError) is the source where the
/// service gave one.
pub fn check(response: &Response<Bytes>) -> Result<(), CredentialError> {
    if response.status().is_success() { Ok(()) } else { Err(failure(response)) }
}

/// Reads one resource.
///
/// # Errors
/// Those of [`check`], and [`CredentialErrorKind::UnexpectedAnswer`] when the body is no such resource.
pub fn read<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, CredentialError> {
    check(response)?;
    let body: Value = serde_json::from_slice(response.body()).map_err(|_| not_json(response))?;
    serde_json::from_value(body).map_err(|_| not_of_form(response))
}

/// Reads a list of resources that fits into one answer (`{"value":[..]}`).
///
/// Services cut long lists into pages: those of [`read_page`].
///
/// # Errors
/// Those of [`read_page`], and [`CredentialErrorKind::UnexpectedAnswer`] when there is another page.
pub fn read_list<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<Vec<T>, CredentialError> {
    read_page(response)?.whole(response)
}

/// Reads a page of a list of resources.
///
/// # Errors
/// Those of [`read`].
pub fn read_page<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<Page<T>, CredentialError> {
    match read(response)? {
        Value::Object(body) => Page::read(Value::Object(body), &["value"], response),
        _ => Err(not_of_form(response)),
    }
}

/// Builds the request for the page that follows, yet to be authorized; `None` after the last page.
///
/// # Errors
/// [`CredentialErrorKind::UnexpectedAnswer`] when the service's link is no address at the endpoint's origin.
pub fn next_request<T>(
    endpoint: &ArmEndpoint,
    page: &Page<T>,
) -> Result<Option<Request<Bytes>>, CredentialError> {
    page.next_link().map(|link| linked_request(endpoint.endpoint(), link)).transpose()
}

/// Reads where an account's REST v2 service is, from the answer to
/// [`MediaAccount::rest_v2_path`](crate::MediaAccount::rest_v2_path).
///
/// A Microsoft cloud may name hosts of Media Services in that cloud only; another Resource Manager names its own host, or one
/// on this machine if it is there itself.
///
/// # Errors
/// Those of [`read`]; [`CredentialErrorKind::NotConfigured`] when the account has no REST v2 service, and
/// [`CredentialErrorKind::UnexpectedAnswer`] when it is named at a place where tokens must not go.
pub fn read_rest_v2_endpoint(
    endpoint: &ArmEndpoint,
    response: &Response<Bytes>,
) -> Result<RestV2Endpoint, CredentialError> {
    let account: Value = read(response)?;
    let endpoints = account.pointer("/properties/apiEndpoints").and_then(Value::as_array);
    let is_v2 = |it: &&Value| it.get("majorVersion").is_some_and(|version| *version == "2" || *version == 2);
    let address = endpoints.into_iter().flatten().find(is_v2).and_then(|it| it.get("endpoint")?.as_str());
    let Some(address) = address else {
        return Err(CredentialError::new(
            CredentialErrorKind::NotConfigured,
            "the account has no REST v2 service, or Resource Manager does not tell where it is",
            "use REST v3, or give the REST v2 endpoint of the account's API access page",
        ));
    };
    rest_v2_at(endpoint, address).ok_or_else(|| {
        CredentialError::new(
            CredentialErrorKind::UnexpectedAnswer,
            "Resource Manager names a REST v2 endpoint at a place where its tokens must not go",
            "check the Resource Manager's address, and give the REST v2 endpoint yourself where it is meant",
        )
    })
}

fn rest_v2_at(endpoint: &ArmEndpoint, address: &str) -> Option<RestV2Endpoint> {
    if endpoint.cloud().is_some() {
        return RestV2Endpoint::parse(address).ok().filter(|found| found.cloud() == endpoint.cloud());
    }
    let found = RestV2Endpoint::parse_local(address).ok()?;
    let (from, to) = (endpoint.endpoint(), found.endpoint());
    let is_own_host = from.authority() == to.authority() && !address.starts_with("http://");
    (is_own_host || (from.is_loopback() && to.is_loopback())).then_some(found)
}
