//! A port of this machine that the browser brings its answer to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::landing_page::LandingPage;
use crate::redirect_reception::{Awaited, Reception};
use crate::{AuthorizationRequest, AuthorizationResponse, PendingRedirect, RedirectReceiver};

/// Bounds of what anybody on this machine can make a sign-in hold.
const LONGEST_HEAD: usize = 64 * 1024;
const LONGEST_BODY: usize = 64 * 1024;
const MOST_CONNECTIONS: usize = 32;
/// Browsers connect ahead of need, and hold such connections open.
const LONGEST_CONNECTION: Duration = Duration::from_secs(10);
/// How often another free port is tried when IPv4 and IPv6 do not have the same one free.
const ATTEMPTS: usize = 16;

/// Receives the answer of a sign-in on a port of this machine, on tokio.
///
/// It listens on 127.0.0.1, for `localhost` on `::1` at the same port too, as browsers may try either, and on nothing else,
/// from the beginning of the sign-in to its end. The one request that carries the right state, by the right method to the
/// right path, is the answer; everything else is turned away, and bounded in size, number and time. The person sees a small
/// page without scripts.
///
/// # Example
/// ```
/// use entra::LoopbackReceiver;
///
/// let receiver = LoopbackReceiver::new().app_name("Contoso Backup");
/// ```
#[derive(Clone, Debug, Default)]
pub struct LoopbackReceiver {
    app_name: Option<String>,
}

impl LoopbackReceiver {
    /// Receives for an app whose name the page does not tell.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the page say that the person can go back to this app.
    #[must_use]
    pub fn app_name(mut self, name: impl Into<String>) -> Self {
        self.app_name = Some(name.into());
        self
    }
}

#[async_trait]
impl RedirectReceiver for LoopbackReceiver {
    async fn listen(&self, redirect_uri: &str) -> Result<Box<dyn PendingRedirect>, CredentialError> {
        let wanted = LoopbackAddress::parse(redirect_uri)?;
        let listeners =
            wanted.bind().await.map_err(|source| port_unavailable(wanted.port).with_source(source))?;
        let port =
            listeners.first().and_then(|listener| listener.local_addr().ok()).map(|address| address.port());
        let host = format!("{}:{}", wanted.host, port.unwrap_or(wanted.port));
        Ok(Box::new(Listening {
            redirect_uri: format!("http://{host}{}", wanted.written_path),
            host,
            path: wanted.path,
            listeners,
            pages: LandingPage::of_app(self.app_name.as_deref()),
        }))
    }
}

/// Where to listen.
#[derive(Debug)]
struct LoopbackAddress {
    host: String,
    /// 0 takes a free one.
    port: u16,
    path: String,
    /// The path as it was written: none is not the same as `/` where it is registered.
    written_path: String,
}

impl LoopbackAddress {
    fn parse(redirect_uri: &str) -> Result<Self, CredentialError> {
        let invalid = || {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the redirect URI is not an address of this machine that can be listened on",
                "give http://localhost, with a port and a path where the app registration has them",
            )
        };
        let uri: Uri = redirect_uri.parse().map_err(|_| invalid())?;
        let host = uri.host().map(str::to_ascii_lowercase).unwrap_or_default();
        let is_ours = matches!(&*host, "localhost" | "127.0.0.1" | "[::1]");
        if uri.scheme_str() != Some("http") || !is_ours || uri.query().is_some() {
            return Err(invalid());
        }
        let has_path = redirect_uri.matches('/').count() > 2;
        Ok(Self {
            port: uri.port_u16().unwrap_or(0),
            path: uri.path().to_owned(),
            written_path: if has_path { uri.path().to_owned() } else { String::new() },
            host,
        })
    }

    async fn bind(&self) -> std::io::Result<Vec<TcpListener>> {
        let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
        match &*self.host {
            "127.0.0.1" => Ok(vec![TcpListener::bind((v4, self.port)).await?]),
            "[::1]" => Ok(vec![TcpListener::bind((v6, self.port)).await?]),
            _ => self.bind_both(v4, v6).await,
        }
    }

    /// Both, as browsers take `localhost` for either; where there is no IPv6, IPv4 alone.
    async fn bind_both(&self, v4: IpAddr, v6: IpAddr) -> std::io::Result<Vec<TcpListener>> {
        let mut attempt = 1;
        loop {
            let first = TcpListener::bind((v4, self.port)).await?;
            let port = first.local_addr()?.port();
            match TcpListener::bind(SocketAddr::new(v6, port)).await {
                Ok(second) => return Ok(vec![first, second]),
                // Somebody else would get the answer there.
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                    if self.port != 0 || attempt == ATTEMPTS {
                        return Err(error);
                    }
                    attempt += 1;
                }
                Err(_) => return Ok(vec![first]),
            }
        }
    }
}

fn port_unavailable(port: u16) -> CredentialError {
    let (problem, fix) = if port == 0 {
        ("no port of this machine could be listened on".to_owned(), "allow the program to listen on loopback")
    } else {
        (
            format!("port {port} of this machine could not be listened on"),
            "end the program that uses the port, or register http://localhost and give no port",
        )
    };
    CredentialError::new(CredentialErrorKind::Unavailable, problem, fix)
}

/// A port that is open.
#[derive(Debug)]
struct Listening {
    redirect_uri: String,
    host: String,
    path: String,
    listeners: Vec<TcpListener>,
    pages: LandingPage,
}

#[async_trait]
impl PendingRedirect for Listening {
    fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    async fn receive(
        &mut self,
        request: &AuthorizationRequest,
    ) -> Result<AuthorizationResponse, CredentialError> {
        let awaited = Awaited::new(request, self.host.clone(), self.path.clone());
        let visit =
            Arc::new(Visit { awaited, pages: self.pages.clone(), is_answered: AtomicBool::new(false) });
        let (done, mut answered) = mpsc::channel(1);
        // Ends with this: whoever stops waiting closes every connection.
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = accept(&self.listeners) => match accepted {
                    Ok(stream) if connections.len() < MOST_CONNECTIONS => {
                        connections.spawn(serve(stream, visit.clone(), done.clone()));
                    }
                    // Too many at once, or gone before they were served.
                    Ok(_) | Err(_) => tokio::task::yield_now().await,
                },
                Some(answer) = answered.recv() => return Ok(answer),
                Some(_ended) = connections.join_next(), if !connections.is_empty() => {}
            }
        }
    }
}

async fn accept(listeners: &[TcpListener]) -> std::io::Result<TcpStream> {
    std::future::poll_fn(|context| {
        for listener in listeners {
            if let std::task::Poll::Ready(accepted) = listener.poll_accept(context) {
                return std::task::Poll::Ready(accepted.map(|(stream, _)| stream));
            }
        }
        std::task::Poll::Pending
    })
    .await
}

/// What all connections of one wait share.
struct Visit {
    awaited: Awaited,
    pages: LandingPage,
    /// The first answer counts.
    is_answered: AtomicBool,
}

/// The answer that one connection brought.
type Brought = Mutex<Option<AuthorizationResponse>>;

impl Visit {
    fn receive(&self, request: &Request<Bytes>, brought: &Brought) -> Response<Bytes> {
        let answer = match self.awaited.judge(request) {
            Reception::Stray(status, reason) => return self.pages.stray(status, reason),
            Reception::Answer(answer) => answer,
        };
        if self.is_answered.swap(true, Ordering::SeqCst) {
            return self.pages.stray(StatusCode::CONFLICT, "The sign-in has been answered before.");
        }
        let page = answer.error().map_or_else(|| self.pages.success(), |error| self.pages.failure(error));
        *brought.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        page
    }
}

/// Serves one connection to its end, then hands on the answer if it brought that: the person sees the page before the port
/// closes.
async fn serve(stream: TcpStream, visit: Arc<Visit>, done: mpsc::Sender<AuthorizationResponse>) {
    let brought = Brought::default();
    let service = hyper::service::service_fn(|request: Request<Incoming>| whole(request, &visit, &brought));
    let mut server = hyper::server::conn::http1::Builder::new();
    server.keep_alive(false).max_buf_size(LONGEST_HEAD);
    let connection = server.serve_connection(TokioIo::new(stream), service);
    // However it ended: what was understood counts.
    let _ended = tokio::time::timeout(LONGEST_CONNECTION, connection).await;
    let answer = brought.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(answer) = answer {
        // Nobody takes it when the wait is over.
        let _gone = done.send(answer).await;
    }
}

async fn whole(
    request: Request<Incoming>,
    visit: &Visit,
    brought: &Brought,
) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let (parts, body) = request.into_parts();
    let response = match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(body) => visit.receive(&Request::from_parts(parts, body.to_bytes()), brought),
        Err(_) => visit.pages.stray(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large, or broke off."),
    };
    Ok(response.map(Full::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine() {
        for (text, port, path, written) in [
            ("http://localhost", 0, "/", ""),
            ("http://LOCALHOST/", 0, "/", "/"),
            ("http://127.0.0.1:8400/signed-in", 8400, "/signed-in", "/signed-in"),
            ("http://[::1]:1", 1, "/", ""),
        ] {
            let address = LoopbackAddress::parse(text).expect(text);
            assert_eq!(
                (address.port, &*address.path, &*address.written_path),
                (port, path, written),
                "{text}"
            );
        }
        for bad in [
            "https://localhost",
            "http://planted.example",
            "http://localhost/?planted",
            "planted",
            "msal://auth",
        ] {
            let error = LoopbackAddress::parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }
}
