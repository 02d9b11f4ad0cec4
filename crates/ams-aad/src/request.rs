//! What the requests of both APIs have in common.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Endpoint};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Uri};

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
    let uri = endpoint.uri(&format!("/{}", path.strip_prefix('/').unwrap_or(path)))?;
    Ok(to_address(uri, method, body))
}

/// Builds a request for what a service's link leads to, if that is at the endpoint's origin.
pub(crate) fn linked_request(endpoint: &Endpoint, link: &str) -> Result<Request<Bytes>, CredentialError> {
    match linked_address(endpoint, link)? {
        Some(uri) => Ok(to_address(uri, Method::GET, Bytes::new())),
        None => Err(CredentialError::new(
            CredentialErrorKind::UnexpectedAnswer,
            "the link to the next page of the list is no address at the endpoint's origin",
            "check the endpoint's address; Page::next_link has the link",
        )),
    }
}

/// A link is a whole address, or a path from the root. `http::Uri` would drop a fragment without a word.
fn linked_address(endpoint: &Endpoint, link: &str) -> Result<Option<Uri>, CredentialError> {
    if link.contains('#') || link.starts_with("//") {
        return Ok(None);
    }
    let Ok(uri) = link.parse::<Uri>() else { return Ok(None) };
    if !link.starts_with('/') {
        return Ok(endpoint.is_at_origin_of(&uri).then_some(uri));
    }
    let mut parts = endpoint.uri("/")?.into_parts();
    parts.path_and_query = uri.into_parts().path_and_query;
    Ok(Uri::from_parts(parts).ok())
}

fn to_address(uri: Uri, method: Method, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.uri_mut() = uri;
    *request.method_mut() = method;
    request.headers_mut().insert(ACCEPT, JSON);
    if !request.body().is_empty() {
        request.headers_mut().insert(CONTENT_TYPE, JSON);
    }
    request
}
