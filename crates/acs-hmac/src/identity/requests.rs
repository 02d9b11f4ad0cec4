//! The requests of the Identity service, as values.

use std::fmt::Write;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Endpoint};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{Method, Request};
use serde::Serialize;

use crate::TokenScope;

/// The version of the service's interface that is asked for unless another one is named.
pub const DEFAULT_API_VERSION: &str = "2023-10-01";

/// How long a token may live, in minutes.
const LIFETIME: std::ops::RangeInclusive<u32> = 60..=1440;

/// Where the service is, and which version of its interface is meant.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) endpoint: Endpoint,
    pub(crate) api_version: String,
}

/// What a new token may be used for, and for how long; checked.
#[derive(Clone, Debug)]
pub(crate) struct TokenOptions {
    scopes: Vec<&'static str>,
    expires_in_minutes: Option<u32>,
}

impl TokenOptions {
    pub(crate) fn new(
        scopes: &[TokenScope],
        expires_in_minutes: Option<u32>,
    ) -> Result<Self, CredentialError> {
        if scopes.is_empty() {
            return Err(invalid(
                "no scopes were given for the token",
                "name at least one, such as chat or voip",
            ));
        }
        if expires_in_minutes.is_some_and(|minutes| !LIFETIME.contains(&minutes)) {
            return Err(invalid(
                "the token's lifetime is not within 60 to 1440 minutes",
                "give 60 to 1440 minutes, or nothing for 1440",
            ));
        }
        Ok(Self { scopes: scopes.iter().map(|scope| scope.as_str()).collect(), expires_in_minutes })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreateBody<'a> {
    create_token_with_scopes: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_minutes: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IssueBody<'a> {
    scopes: &'a [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_minutes: Option<u32>,
}

impl Service {
    /// `POST /identities`, with a token for the new user where `token` is given.
    pub(crate) fn create(&self, token: Option<&TokenOptions>) -> Result<Request<Bytes>, CredentialError> {
        match token {
            None => self.request(Method::POST, "/identities", None),
            Some(TokenOptions { scopes, expires_in_minutes }) => {
                let body =
                    CreateBody { create_token_with_scopes: scopes, expires_in_minutes: *expires_in_minutes };
                self.request(Method::POST, "/identities", Some(json(&body)?))
            }
        }
    }

    /// `POST /identities/{id}/:issueAccessToken`.
    pub(crate) fn issue(
        &self,
        user_id: &str,
        token: &TokenOptions,
    ) -> Result<Request<Bytes>, CredentialError> {
        let path = format!("/identities/{}/:issueAccessToken", segment(user_id)?);
        let body = IssueBody { scopes: &token.scopes, expires_in_minutes: token.expires_in_minutes };
        self.request(Method::POST, &path, Some(json(&body)?))
    }

    /// `POST /identities/{id}/:revokeAccessTokens`.
    pub(crate) fn revoke(&self, user_id: &str) -> Result<Request<Bytes>, CredentialError> {
        let path = format!("/identities/{}/:revokeAccessTokens", segment(user_id)?);
        self.request(Method::POST, &path, None)
    }

    /// `DELETE /identities/{id}`.
    pub(crate) fn delete(&self, user_id: &str) -> Result<Request<Bytes>, CredentialError> {
        self.request(Method::DELETE, &format!("/identities/{}", segment(user_id)?), None)
    }

    /// Checks a user id without building a request.
    pub(crate) fn check_user_id(user_id: &str) -> Result<(), CredentialError> {
        segment(user_id).map(drop)
    }

    pub(super) fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<Bytes>,
    ) -> Result<Request<Bytes>, CredentialError> {
        let uri = self.endpoint.uri(&format!("{path}?api-version={}", self.api_version))?;
        let builder = Request::builder().method(&method).uri(uri).header(ACCEPT, "application/json");
        let builder = match &body {
            Some(_) => builder.header(CONTENT_TYPE, "application/json"),
            // Front ends refuse a POST without a length.
            None if method == Method::POST => builder.header(CONTENT_LENGTH, "0"),
            None => builder,
        };
        builder.body(body.unwrap_or_default()).map_err(|source| {
            invalid("the request could not be built", "report this, with the source").with_source(source)
        })
    }
}

fn json(body: &impl Serialize) -> Result<Bytes, CredentialError> {
    serde_json::to_vec(body).map(Bytes::from).map_err(|source| {
        invalid("the request could not be built", "report this, with the source").with_source(source)
    })
}

/// Percent-encodes an id, all but the unreserved characters of RFC 3986: `8%3Aacs%3A..`, as the official SDKs send it.
fn segment(user_id: &str) -> Result<String, CredentialError> {
    if user_id.trim().is_empty() {
        return Err(invalid("the user id is empty", "pass the id that creating the user returned"));
    }
    if user_id == "." || user_id == ".." {
        return Err(invalid(
            "the user id would change the path of the request",
            "pass the id that creating the user returned",
        ));
    }
    Ok(user_id.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _infallible = write!(encoded, "%{byte:02X}");
        }
        encoded
    }))
}

fn invalid(problem: &'static str, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_encoded_as_the_official_sdks_do() {
        for (id, encoded) in [
            ("8:acs:res_user", "8%3Aacs%3Ares_user"),
            ("4:+15551234", "4%3A%2B15551234"),
            ("a/b?c#d%e f", "a%2Fb%3Fc%23d%25e%20f"),
            ("~-._\u{e9}", "~-._%C3%A9"),
        ] {
            assert_eq!(segment(id).unwrap(), encoded);
        }
        for bad in ["", "  ", ".", ".."] {
            assert_eq!(segment(bad).expect_err(bad).kind(), CredentialErrorKind::InvalidRequest);
        }
    }

    #[test]
    fn lifetimes_have_bounds() {
        for (minutes, is_good) in
            [(0, false), (59, false), (60, true), (1440, true), (1441, false), (u32::MAX, false)]
        {
            assert_eq!(TokenOptions::new(&[TokenScope::Chat], Some(minutes)).is_ok(), is_good, "{minutes}");
        }
        assert!(TokenOptions::new(&[TokenScope::Chat], None).is_ok());
        assert!(TokenOptions::new(&[], None).is_err());
    }
}
