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

use crate::ArmEndpoint;
use crate::arm_failure::failure;
use crate::request::json_request;
use crate::service_error::{not_json, not_of_form};

/// Builds a request, yet to be authorized.
///
/// `path` is made by [`MediaAccount::path`](crate::MediaAccount::path) or
/// [`MediaAccount::child_path`](crate::MediaAccount::child_path); `body` is JSON, or empty.
///
/// # Errors
/// [`CredentialErrorKind::InvalidRequest`] when the path cannot stand in an address, is a whole address, or names no
/// `api-version`.
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
            "make the path with MediaAccount::path or child_path, which add it",
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

/// Reads a list of resources (`{"value":[..]}`).
///
/// # Errors
/// Those of [`read`].
pub fn read_list<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<Vec<T>, CredentialError> {
    let mut body: Value = read(response)?;
    let list = body.get_mut("value").map(Value::take).unwrap_or_default();
    serde_json::from_value(list).map_err(|_| not_of_form(response))
}
