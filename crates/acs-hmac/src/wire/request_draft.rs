//! A request in the making.

use std::fmt::{Display, Write as _};
use std::io;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Endpoint, SendOnce};
use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde::Serialize;
use zeroize::Zeroizing;

use super::OperationDescription;

/// A request in the making, filled in the order of its address.
#[derive(Debug)]
pub(crate) struct RequestDraft {
    method: Method,
    path_and_query: String,
    separator: char,
    api_version: String,
    headers: HeaderMap,
    body: Option<Bytes>,
    is_sent_once: bool,
}

impl RequestDraft {
    pub(crate) fn new(operation: &OperationDescription, api_version: &str) -> Result<Self, CredentialError> {
        check_api_version(api_version)?;
        // A version that came out later than this crate may have everything.
        let is_known = operation.service.api_versions.contains(&api_version);
        if is_known && !operation.api_versions.contains(&api_version) {
            let name = operation.name;
            let problem = format!("the operation {name} is not in the api version {api_version}");
            return Err(invalid(problem, format!("ask for {}", operation.default_api_version())));
        }
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(Self {
            method: operation.method.clone(),
            path_and_query: String::new(),
            separator: '?',
            api_version: api_version.to_owned(),
            headers,
            body: None,
            is_sent_once: false,
        })
    }

    /// Adds to the path what is the same for all requests.
    pub(crate) fn path(&mut self, literal: &str) {
        self.path_and_query.push_str(literal);
    }

    /// Adds a part of the path that a caller gave, percent-encoded: all but the unreserved characters of RFC 3986
    /// (`8%3Aacs%3A..`, as the official SDKs send it).
    pub(crate) fn segment(
        &mut self,
        value: &str,
        title: &'static str,
        fix: &'static str,
    ) -> Result<(), CredentialError> {
        if value.trim().is_empty() {
            return Err(invalid(format!("the {title} is empty"), fix));
        }
        if value == "." || value == ".." {
            return Err(invalid(format!("the {title} would change the path of the request"), fix));
        }
        self.encode(value);
        Ok(())
    }

    /// Adds to the query, where there is a value.
    pub(crate) fn query(&mut self, name: &'static str, value: Option<&impl Display>) {
        if let Some(value) = value {
            self.path_and_query.push(self.separator);
            self.path_and_query.push_str(name);
            self.path_and_query.push('=');
            self.encode(&value.to_string());
            self.separator = '&';
        }
    }

    /// Adds a header, where there is a value.
    pub(crate) fn header(
        &mut self,
        name: &'static str,
        value: Option<&impl Display>,
    ) -> Result<(), CredentialError> {
        let Some(value) = value else { return Ok(()) };
        let value = HeaderValue::from_str(&value.to_string())
            .map_err(|_| invalid(format!("the header {name} cannot hold its value"), "use visible ASCII"))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(())
    }

    /// Sends this body.
    pub(crate) fn json(
        &mut self,
        content_type: &'static str,
        body: &impl Serialize,
    ) -> Result<(), CredentialError> {
        self.set_body(content_type, serde_json::to_vec(body).map_err(unwritable)?.into());
        Ok(())
    }

    /// Sends this body, which holds a secret and is wiped once the last holder drops it.
    pub(crate) fn secret_json(
        &mut self,
        content_type: &'static str,
        body: &impl Serialize,
    ) -> Result<(), CredentialError> {
        // Growing would leave unwiped copies behind, so it is written twice: the first time its length alone.
        let mut length = Length(0);
        serde_json::to_writer(&mut length, body).map_err(unwritable)?;
        let mut json = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *json, body).map_err(unwritable)?;
        self.set_body(content_type, Bytes::from_owner(json));
        Ok(())
    }

    /// Sends it once and not again after a time-out, because it would be done twice.
    pub(crate) fn send_once(&mut self) {
        self.is_sent_once = true;
    }

    /// Sends an empty object.
    pub(crate) fn empty_object(&mut self, content_type: &'static str) {
        self.set_body(content_type, Bytes::from_static(b"{}"));
    }

    pub(crate) fn finish(mut self, endpoint: &Endpoint) -> Result<Request<Bytes>, CredentialError> {
        let version = std::mem::take(&mut self.api_version);
        self.query("api-version", Some(&version));
        if self.body.is_none() && self.method != Method::GET && self.method != Method::DELETE {
            // Front ends refuse a POST without a length.
            self.headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let mut request = Request::new(self.body.unwrap_or_default());
        *request.uri_mut() = endpoint.uri(&self.path_and_query)?;
        *request.method_mut() = self.method;
        *request.headers_mut() = self.headers;
        if self.is_sent_once {
            SendOnce::set(&mut request);
        }
        Ok(request)
    }

    fn set_body(&mut self, content_type: &'static str, body: Bytes) {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = Some(body);
    }

    fn encode(&mut self, value: &str) {
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                self.path_and_query.push(char::from(byte));
            } else {
                // Writing to a String does not fail.
                let _infallible = write!(self.path_and_query, "%{byte:02X}");
            }
        }
    }
}

/// An api version goes into the address as it is.
pub(crate) fn check_api_version(version: &str) -> Result<(), CredentialError> {
    if version.is_empty() || !version.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b)) {
        return Err(CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            "the api version is no version",
            "give one like 2023-10-01",
        ));
    }
    Ok(())
}

/// Counts what is written to it.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn unwritable(source: serde_json::Error) -> CredentialError {
    invalid("the request could not be built", "report this, with the source").with_source(source)
}

fn invalid(
    problem: impl Into<std::borrow::Cow<'static, str>>,
    fix: impl Into<std::borrow::Cow<'static, str>>,
) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix)
}
