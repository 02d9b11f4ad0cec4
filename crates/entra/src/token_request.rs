//! The request that every flow ends in.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use serde::de::IgnoredAny;

use crate::form::form;

/// Asks Entra to answer a caller that comes too often with 429 and `Retry-After`, as MSAL does.
const LIB_CAPABILITY: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-ms-lib-capability"), HeaderValue::from_static("retry-after, h429"));

/// Builds a token request: a form by POST, answered in JSON (RFC 6749, section 3.2).
pub(crate) fn token_request(endpoint: Uri, fields: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::new(form(fields));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = endpoint;
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.extend([LIB_CAPABILITY]);
    request
}

/// Checks that claims are the JSON object that a claims challenge decodes to.
pub(crate) fn check_claims(claims: &str) -> Result<(), CredentialError> {
    let parsed: Result<std::collections::HashMap<String, IgnoredAny>, _> = serde_json::from_str(claims);
    parsed.map(drop).map_err(|_| {
        CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            "the claims are not a JSON object",
            "pass the challenge's claims decoded from base64, such as {\"access_token\":{..}}",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_a_json_object() {
        assert!(check_claims(r#"{"access_token":{"nbf":{"essential":true}}}"#).is_ok());
        for bad in ["", "[]", "planted", "eyJhIjoxfQ", "{\"planted\":"] {
            let error = check_claims(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
            assert!(!error.to_string().contains("planted"));
        }
    }
}
