//! What the token services of build systems have in common.

use std::sync::Arc;

use bytes::Bytes;
use credential::{AccessToken, CredentialError, CredentialErrorKind, Secret, Transport, retry_after};
use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde_json::Value;

use crate::client_options::ClientOptions;

/// A build system's service that issues an assertion about a job to that job.
pub(crate) struct JobTokenService {
    /// Its name in errors.
    pub(crate) name: &'static str,
    /// What a job must have to be served.
    pub(crate) requirement: &'static str,
    /// What to give as its address.
    pub(crate) address_fix: &'static str,
    /// What to give as the token with which the job asks.
    pub(crate) token_fix: &'static str,
    /// The field of the answer with the assertion.
    pub(crate) field: &'static str,
    /// Headers of the answer that its operators ask for.
    pub(crate) ids: &'static [&'static str],
}

impl JobTokenService {
    fn invalid(&self, what: &str, fix: &'static str) -> CredentialError {
        let problem = format!("the {what} of the {} is empty or not of its form", self.name);
        CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
    }

    fn invalid_address(&self) -> CredentialError {
        self.invalid("https request address", self.address_fix)
    }

    /// Checks the address that the build system hands to the job.
    pub(crate) fn check_uri(&self, text: &str) -> Result<Uri, CredentialError> {
        let uri: Option<Uri> = text.parse().ok();
        let is_https =
            |uri: &Uri| uri.scheme_str() == Some("https") && uri.host().is_some_and(|h| !h.is_empty());
        uri.filter(|uri| is_https(uri) && !text.contains(['@', '#'])).ok_or_else(|| self.invalid_address())
    }

    /// Checks the token with which the job asks.
    pub(crate) fn check_token(&self, token: &Secret) -> Result<(), CredentialError> {
        if token.is_empty() || !token.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(self.invalid("request token", self.token_fix));
        }
        Ok(())
    }

    /// Builds a request below the address, with more of a query.
    pub(crate) fn request(
        &self,
        method: Method,
        uri: &Uri,
        query: &str,
        token: &Secret,
    ) -> Result<Request<Bytes>, CredentialError> {
        let separator = if uri.query().is_some() { '&' } else { '?' };
        let full = format!("{uri}{separator}{query}");
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        *request.uri_mut() = full.parse().map_err(|_| self.invalid_address())?;
        let bearer = AccessToken::new(token.clone(), std::time::SystemTime::UNIX_EPOCH);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        request.headers_mut().insert(AUTHORIZATION, bearer.to_header_value()?);
        Ok(request)
    }

    /// Sends the request and reads the assertion.
    pub(crate) async fn exchange(
        &self,
        request: Request<Bytes>,
        transport: Option<&Arc<dyn Transport>>,
    ) -> Result<Secret, CredentialError> {
        let transport = match transport {
            Some(transport) => transport.clone(),
            None => ClientOptions::default().transport()?,
        };
        self.read(&transport.send(request).await?)
    }

    fn read(&self, response: &Response<Bytes>) -> Result<Secret, CredentialError> {
        let status = response.status();
        if !status.is_success() {
            return Err(self.failure(response));
        }
        let body: Option<Value> = serde_json::from_slice(response.body()).ok();
        match body.as_ref().and_then(|body| body.get(self.field)?.as_str()) {
            Some(token) if !token.is_empty() => Ok(token.into()),
            _ => Err(self.failure(response)),
        }
    }

    fn failure(&self, response: &Response<Bytes>) -> CredentialError {
        let status = response.status();
        let (kind, problem, fix) = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                (CredentialErrorKind::Refused, "refused an assertion for this job", self.requirement)
            }
            StatusCode::TOO_MANY_REQUESTS => {
                (CredentialErrorKind::Throttled, "is getting too many requests", "try again later")
            }
            status if status.is_server_error() => {
                (CredentialErrorKind::Unavailable, "failed for now", "try again later")
            }
            _ => (
                CredentialErrorKind::UnexpectedAnswer,
                "answered without an assertion",
                "check the request address that the job was given, and proxies in between",
            ),
        };
        let error =
            CredentialError::new(kind, format!("the {} {problem}", self.name), fix).with_status(status);
        let error = match retry_after(response.headers(), None) {
            Some(wait) if error.is_transient() => error.with_retry_after(wait),
            _ => error,
        };
        self.ids.iter().fold(error, |error, name| {
            match response.headers().get(*name).and_then(|value| value.to_str().ok()) {
                Some(id) if is_id(id) => error.with_id(name, id),
                _ => error,
            }
        })
    }
}

/// What ids are made of. A token has dots.
fn is_id(text: &str) -> bool {
    (1..=96).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b' '))
}
