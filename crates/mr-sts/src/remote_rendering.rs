//! Requests and answers of Remote Rendering's sessions, and of compatible services: what a Mixed Reality token is for.
//!
//! Functions build an `http::Request` and read an `http::Response`;
//! [`MixedRealityAuthorizer`](crate::MixedRealityAuthorizer) authorizes and sends them. The address is
//! `https://remoterendering.<region>.mixedreality.azure.com`, of the region where the session is to run.
//!
//! # Example
//! ```
//! use credential::Endpoint;
//! use mr_sts::remote_rendering::{self, SessionSize};
//!
//! let endpoint = Endpoint::parse("endpoint", "https://remoterendering.westeurope.mixedreality.azure.com")?;
//! let account = "68321d5a-7978-4ceb-b880-0f49751daae9";
//! let request = remote_rendering::create_session(&endpoint, account, "my-session", SessionSize::Standard, 15)?;
//! assert_eq!(request.body().as_ref(), br#"{"maxLeaseTimeMinutes":15,"size":"Standard"}"#);
//! # Ok::<(), credential::CredentialError>(())
//! ```

mod failure;
mod session;
mod session_page;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Endpoint};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, Uri};
use serde::de::DeserializeOwned;
use serde_json::json;

pub use session::{Session, SessionSize};
pub use session_page::SessionPage;

use crate::account_id;

const API_VERSION: &str = "2021-01-01";
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Builds the request that starts a session, or asks again for one of the same id. `max_lease` is in minutes, after which
/// the session ends by itself.
///
/// # Errors
/// [`InvalidConfiguration`](CredentialErrorKind::InvalidConfiguration) when the account id is not a UUID, and
/// [`InvalidRequest`](CredentialErrorKind::InvalidRequest) when the session id is not 1 to 256 letters, digits, `-` and `_`.
pub fn create_session(
    endpoint: &Endpoint,
    account_id: &str,
    session_id: &str,
    size: SessionSize,
    max_lease: u32,
) -> Result<Request<Bytes>, CredentialError> {
    let uri = sessions_uri(endpoint, account_id, &format!("/{}", checked(session_id)?))?;
    let body = json!({ "maxLeaseTimeMinutes": max_lease, "size": size.as_str() });
    let mut request = to_address(Method::PUT, uri);
    request.headers_mut().insert(CONTENT_TYPE, JSON);
    *request.body_mut() = Bytes::from(body.to_string());
    Ok(request)
}

/// Builds the request that asks how a session is.
///
/// # Errors
/// Those of [`create_session`].
pub fn session(
    endpoint: &Endpoint,
    account_id: &str,
    session_id: &str,
) -> Result<Request<Bytes>, CredentialError> {
    let uri = sessions_uri(endpoint, account_id, &format!("/{}", checked(session_id)?))?;
    Ok(to_address(Method::GET, uri))
}

/// Builds the request that lists the account's sessions.
///
/// # Errors
/// [`InvalidConfiguration`](CredentialErrorKind::InvalidConfiguration) when the account id is not a UUID.
pub fn list_sessions(endpoint: &Endpoint, account_id: &str) -> Result<Request<Bytes>, CredentialError> {
    Ok(to_address(Method::GET, sessions_uri(endpoint, account_id, "")?))
}

/// Builds the request for the page that follows; `None` after the last one.
///
/// # Errors
/// [`UnexpectedAnswer`](CredentialErrorKind::UnexpectedAnswer) when the service's link leads away from the endpoint.
pub fn next_sessions(
    endpoint: &Endpoint,
    page: &SessionPage,
) -> Result<Option<Request<Bytes>>, CredentialError> {
    let Some(link) = page.next_link() else { return Ok(None) };
    match link.parse::<Uri>() {
        Ok(uri) if endpoint.is_at_origin_of(&uri) => Ok(Some(to_address(Method::GET, uri))),
        _ => Err(CredentialError::new(
            CredentialErrorKind::UnexpectedAnswer,
            "the link to the next page of sessions leads away from the endpoint",
            "check the endpoint's address; SessionPage::next_link has the link",
        )),
    }
}

/// Builds the request that stops a session.
///
/// # Errors
/// Those of [`create_session`].
pub fn stop_session(
    endpoint: &Endpoint,
    account_id: &str,
    session_id: &str,
) -> Result<Request<Bytes>, CredentialError> {
    let uri = sessions_uri(endpoint, account_id, &format!("/{}/:stop", checked(session_id)?))?;
    Ok(to_address(Method::POST, uri))
}

/// Reads a session.
///
/// # Errors
/// Those of [`check`], and [`UnexpectedAnswer`](CredentialErrorKind::UnexpectedAnswer) when the body is no session.
pub fn read_session(response: &Response<Bytes>) -> Result<Session, CredentialError> {
    read(response)
}

/// Reads a page of sessions.
///
/// # Errors
/// Those of [`read_session`].
pub fn read_sessions(response: &Response<Bytes>) -> Result<SessionPage, CredentialError> {
    read(response)
}

/// Checks an answer whose body does not matter, such as that to [`stop_session`].
///
/// # Errors
/// What the service said no to, and what to do about it, with `MS-CV` where the service sent one.
pub fn check(response: &Response<Bytes>) -> Result<(), CredentialError> {
    if response.status().is_success() { Ok(()) } else { Err(failure::read(response)) }
}

fn read<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, CredentialError> {
    check(response)?;
    // The parser's error may quote the body, so it ends here.
    serde_json::from_slice(response.body()).map_err(|_| failure::not_of_form(response))
}

fn sessions_uri(endpoint: &Endpoint, account_id: &str, rest: &str) -> Result<Uri, CredentialError> {
    let account_id = account_id::parse(account_id)?;
    endpoint.uri(&format!("/accounts/{account_id}/sessions{rest}?api-version={API_VERSION}"))
}

fn to_address(method: Method, uri: Uri) -> Request<Bytes> {
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    request.headers_mut().insert(ACCEPT, JSON);
    request
}

/// The service takes letters, digits, `-` and `_`; a path made of anything else could be another one.
fn checked(session_id: &str) -> Result<&str, CredentialError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=256).contains(&session_id.len()) && session_id.bytes().all(is_plain) {
        return Ok(session_id);
    }
    Err(CredentialError::new(
        CredentialErrorKind::InvalidRequest,
        "the session id is not 1 to 256 letters, digits, - and _",
        "choose such an id, a UUID for example",
    ))
}
