//! The request that every flow ends in.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request, Uri};

use crate::form::form;

/// Asks Entra to answer a caller that comes too often with 429 and `Retry-After`, as MSAL does.
const LIB_CAPABILITY: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-ms-lib-capability"), HeaderValue::from_static("retry-after, h429"));

/// Builds a token request: a form by POST, answered in JSON (RFC 6749, section 3.2).
pub(crate) fn token_request(endpoint: Uri, fields: &[(&str, Cow<'_, str>)]) -> Request<Bytes> {
    let mut request = Request::new(form(fields));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint;
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.extend([LIB_CAPABILITY]);
    request
}
