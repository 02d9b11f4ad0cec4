//! One attempt, through reqwest.

use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use credential::{CredentialError, CredentialErrorKind, Endpoint, Transport};
use http::header::{CONTENT_LENGTH, HeaderValue};
use http::uri::Scheme;
use http::{Method, Request, Response, Uri};

use crate::network_error::from_reqwest;

/// Answers of identity services take kilobytes; a longer one than this is no such answer.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// Sends a request once, through reqwest.
///
/// `https` only, and `http` to this machine. What is sent is what the request says: an address that reqwest would
/// rewrite is refused, because a signature over it would break. At most 8 MiB of an answer are read.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: reqwest::Client,
    direct: Option<Arc<Direct>>,
    /// The proxy that `client` goes through, in words.
    proxy: Option<Arc<str>>,
}

/// The client for this machine, which no proxy may stand in front of; built when first needed.
struct Direct {
    build: Box<dyn Fn() -> Result<reqwest::Client, CredentialError> + Send + Sync>,
    built: OnceLock<reqwest::Client>,
}

impl ReqwestTransport {
    /// Sends through this client, whose time-outs, proxies and trusted certificates stay as they are.
    ///
    /// Build it with [`reqwest::redirect::Policy::none`]: credentials must not follow a redirect. An answer that came
    /// by way of one is refused.
    pub fn new(client: reqwest::Client) -> Self {
        Self { client, direct: None, proxy: None }
    }

    /// Sends to this machine through a second client.
    pub(crate) fn with_direct(
        client: reqwest::Client,
        proxy: Option<String>,
        build: impl Fn() -> Result<reqwest::Client, CredentialError> + Send + Sync + 'static,
    ) -> Self {
        let direct = Direct { build: Box::new(build), built: OnceLock::new() };
        Self { client, direct: Some(Arc::new(direct)), proxy: proxy.map(Arc::from) }
    }

    fn client_for(&self, target: &Endpoint) -> Result<&reqwest::Client, CredentialError> {
        match &self.direct {
            Some(direct) if target.is_loopback() => {
                if let Some(built) = direct.built.get() {
                    return Ok(built);
                }
                let built = (direct.build)()?;
                Ok(direct.built.get_or_init(|| built))
            }
            _ => Ok(&self.client),
        }
    }
}

fn invalid(problem: impl Into<String>, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidRequest, problem.into(), fix)
}

/// Checks where the request goes: https, or http to this machine, and no user info, which reqwest would turn into an
/// `Authorization` header.
fn target_of(uri: &Uri) -> Result<Endpoint, CredentialError> {
    let Some(scheme) = uri.scheme() else {
        return Err(invalid("the request has no scheme and host", "give the request an absolute address"));
    };
    if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
        return Err(invalid("the request has a scheme other than https", "use https"));
    }
    Endpoint::origin_of("request's address", uri).map_err(|error| {
        CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            error.problem().to_owned(),
            error.fix().to_owned(),
        )
    })
}

/// Makes reqwest's request, and makes sure that host, path and query stay what they were: a URL parser resolves `..`,
/// encodes quotes, and takes `2130706433` for an IP address.
fn to_reqwest(mut request: Request<Bytes>, target: &Endpoint) -> Result<reqwest::Request, CredentialError> {
    if request.body().is_empty() && matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH) {
        // Without it, servers answer 411 (RFC 9110, section 8.6); hyper leaves it out.
        request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    let wanted = request.uri().path_and_query().cloned();
    let sent = reqwest::Request::try_from(request)
        .map_err(|_| invalid("the request's address is not one", "percent-encode its path and query"))?;
    let (path, query) = (sent.url().path(), sent.url().query());
    let same_host = sent.url().host_str() == Some(target.host());
    match wanted {
        Some(wanted) if same_host && wanted.path() == path && wanted.query() == query => Ok(sent),
        _ => Err(invalid(
            "the request's address would not go out as it is",
            "write the host in its usual form, percent-encode special characters in path and query, and leave out `.` and `..` segments",
        )),
    }
}

async fn read(mut answer: reqwest::Response, target: &Endpoint) -> Result<Response<Bytes>, CredentialError> {
    let too_long = |length: usize| length > MAX_BODY;
    // Asked for now, because it shrinks while reading.
    let announced = answer.content_length().map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced.is_some_and(too_long) {
        return Err(endless(&answer, target));
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| from_reqwest(target, None, error))? {
        if announced == Some(chunk.len()) {
            return Ok(whole(&mut answer, chunk));
        }
        if too_long(body.len() + chunk.len()) {
            return Err(endless(&answer, target));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(whole(&mut answer, body.freeze()))
}

fn endless(answer: &reqwest::Response, target: &Endpoint) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::UnexpectedAnswer,
        format!("{} answered with more than {} MiB", target.authority(), MAX_BODY >> 20),
        "check that the address is the service's own",
    )
    .with_status(answer.status())
}

fn whole(answer: &mut reqwest::Response, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = answer.status();
    *response.version_mut() = answer.version();
    std::mem::swap(response.headers_mut(), answer.headers_mut());
    response
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        let target = target_of(request.uri())?;
        let client = self.client_for(&target)?;
        let request = to_reqwest(request, &target)?;
        let url = request.url().clone();
        let proxy = self.proxy.as_deref().filter(|_| !target.is_loopback());
        let answer = client.execute(request).await.map_err(|error| from_reqwest(&target, proxy, error))?;
        if *answer.url() != url {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the given reqwest client followed a redirect",
                "build it with redirect(Policy::none()), so that credentials stay with the host they are for",
            ));
        }
        read(answer, &target).await
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn requests_to_this_machine_go_past_proxies() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _read = stream.read(&mut [0; 4096]).await.unwrap();
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        });
        let proxy = reqwest::Proxy::all("http://127.0.0.1:1").unwrap();
        let proxied = reqwest::Client::builder().proxy(proxy).build().unwrap();
        let get = || Request::get(address.as_str()).body(Bytes::new()).unwrap();

        assert!(ReqwestTransport::new(proxied.clone()).send(get()).await.is_err(), "the proxy is used");
        let direct = || Ok(reqwest::Client::builder().no_proxy().build().unwrap());
        let transport = ReqwestTransport::with_direct(proxied, None, direct);
        assert_eq!(transport.send(get()).await.unwrap().status(), 204);
    }
}
