//! What the requests of both APIs have in common.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Endpoint};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Builds a request for JSON below an endpoint.
pub(crate) fn json_request(
    endpoint: &Endpoint,
    method: Method,
    path: &str,
    body: Bytes,
) -> Result<Request<Bytes>, CredentialError> {
    let scheme = path.split_once("://").map(|(scheme, _)| scheme);
    if scheme.is_some_and(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return Err(CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            "the path is a whole address",
            "give only what follows the endpoint, such as Assets?$top=1",
        ));
    }
    let mut request = Request::new(body);
    *request.uri_mut() = endpoint.uri(&format!("/{}", path.strip_prefix('/').unwrap_or(path)))?;
    *request.method_mut() = method;
    request.headers_mut().insert(ACCEPT, JSON);
    if !request.body().is_empty() {
        request.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    Ok(request)
}
