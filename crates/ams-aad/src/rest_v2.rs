//! Requests and answers of REST v2, the OData service that each account has on a host of its own.
//!
//! # Example
//! ```
//! use ams_aad::{RestV2Endpoint, rest_v2};
//! use http::Method;
//!
//! let endpoint = RestV2Endpoint::parse("https://myaccount.restv2.westus.media.azure.net/api/")?;
//! let request = rest_v2::request(&endpoint, Method::GET, "Assets?$top=1", "")?;
//! assert_eq!(request.headers()["x-ms-version"], "2.19");
//!
//! #[derive(serde::Deserialize)]
//! #[serde(rename_all = "PascalCase")]
//! struct Asset { name: String }
//! let response = http::Response::new(bytes::Bytes::from(r#"{"d":{"results":[{"Name":"film"}]}}"#));
//! let assets: Vec<Asset> = rest_v2::read_list(&response)?;
//! assert_eq!(assets[0].name, "film");
//! # Ok::<(), credential::CredentialError>(())
//! ```

use bytes::Bytes;
use credential::CredentialError;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::request::{json_request, linked_request};
use crate::rest_v2_failure::failure;
use crate::service_error::{not_json, not_of_form};
use crate::{Page, RestV2Endpoint};

/// The newest version of the API; without one the service answers 400.
pub const API_VERSION: &str = "2.19";

const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (HeaderName::from_static("x-ms-version"), HeaderValue::from_static(API_VERSION)),
    (HeaderName::from_static("dataserviceversion"), HeaderValue::from_static("3.0")),
    (HeaderName::from_static("maxdataserviceversion"), HeaderValue::from_static("3.0")),
];

/// Builds a request, yet to be authorized, with the headers that the service demands.
///
/// `path` is what follows the endpoint, query included, such as `Assets?$top=1`; `body` is JSON, or empty.
///
/// # Errors
/// [`CredentialErrorKind::InvalidRequest`](credential::CredentialErrorKind::InvalidRequest) when the path cannot stand in
/// an address (a space, a `#`), or is a whole address.
pub fn request(
    endpoint: &RestV2Endpoint,
    method: Method,
    path: &str,
    body: impl Into<Bytes>,
) -> Result<Request<Bytes>, CredentialError> {
    let mut request = json_request(endpoint.endpoint(), method, path, body.into())?;
    request.headers_mut().extend(HEADERS);
    Ok(request)
}

/// Checks an answer whose body does not matter.
///
/// # Errors
/// The service's refusal, with what to do about it; a [`ServiceError`](crate::ServiceError) is the source where the
/// service gave one.
pub fn check(response: &Response<Bytes>) -> Result<(), CredentialError> {
    if response.status().is_success() { Ok(()) } else { Err(failure(response)) }
}

/// Reads one entity, in the verbose (`{"d":{..}}`) or the light JSON format of OData 3.
///
/// # Errors
/// Those of [`check`], and [`UnexpectedAnswer`](credential::CredentialErrorKind::UnexpectedAnswer) when the body is no such
/// entity.
pub fn read<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, CredentialError> {
    let entity = body(response)?;
    serde_json::from_value(entity).map_err(|_| not_of_form(response))
}

/// Reads a list of entities that fits into one answer.
///
/// The service cuts long lists into pages: those of [`read_page`].
///
/// # Errors
/// Those of [`read_page`], and [`UnexpectedAnswer`](credential::CredentialErrorKind::UnexpectedAnswer) when there is another
/// page.
pub fn read_list<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<Vec<T>, CredentialError> {
    read_page(response)?.whole(response)
}

/// Reads a page of a list of entities, in the verbose (`{"d":{"results":[..]}}`) or the light (`{"value":[..]}`) JSON format
/// of OData 3.
///
/// # Errors
/// Those of [`read`].
pub fn read_page<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<Page<T>, CredentialError> {
    Page::read(body(response)?, &["results", "value"], response)
}

/// Builds the request for the page that follows, yet to be authorized; `None` after the last page.
///
/// # Errors
/// [`UnexpectedAnswer`](credential::CredentialErrorKind::UnexpectedAnswer) when the service's link is no
/// address at the endpoint's origin.
pub fn next_request<T>(
    endpoint: &RestV2Endpoint,
    page: &Page<T>,
) -> Result<Option<Request<Bytes>>, CredentialError> {
    let Some(link) = page.next_link() else { return Ok(None) };
    let mut request = linked_request(endpoint.endpoint(), link)?;
    request.headers_mut().extend(HEADERS);
    Ok(Some(request))
}

/// The body's JSON without the verbose format's wrapping.
fn body(response: &Response<Bytes>) -> Result<Value, CredentialError> {
    check(response)?;
    let mut body: Value = serde_json::from_slice(response.body()).map_err(|_| not_json(response))?;
    Ok(body.get_mut("d").map(Value::take).unwrap_or(body))
}
