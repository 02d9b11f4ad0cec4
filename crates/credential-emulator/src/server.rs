//! Listeners and connections.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use axum::Router;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::EmulatorError;
use crate::faults::ConnectionReset;

/// How long requests under way may take to end when the emulator is shut down.
const GRACE: Duration = Duration::from_secs(2);
/// How long to wait after a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// The listeners of one port: IPv4, and IPv6 where the machine has it, because `localhost` may mean either.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) port: u16,
    sockets: Vec<TcpListener>,
}

impl Listeners {
    /// Listens on a loopback port; 0 takes any free one. `setting` is what chooses the port, for the error.
    pub(crate) async fn bind(port: u16, setting: &'static str) -> Result<Self, EmulatorError> {
        // A random port that is free for IPv4 may be taken for IPv6: then try another.
        for _attempt in 0..8 {
            match Self::try_bind(port).await {
                Err(error) if port == 0 && error.kind() == io::ErrorKind::AddrInUse => {}
                result => return result.map_err(|error| cannot_listen(port, setting, error)),
            }
        }
        Err(cannot_listen(port, setting, io::ErrorKind::AddrInUse.into()))
    }

    async fn try_bind(port: u16) -> io::Result<Self> {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = v4.local_addr()?.port();
        let mut sockets = vec![v4];
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(v6) => sockets.push(v6),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // The machine has no IPv6.
            Err(_) => {}
        }
        Ok(Self { port, sockets })
    }
}

fn cannot_listen(port: u16, setting: &'static str, error: io::Error) -> EmulatorError {
    let problem = match error.kind() {
        io::ErrorKind::AddrInUse => format!("port {port} ({setting}) is taken by another program"),
        io::ErrorKind::PermissionDenied => format!("listening on port {port} ({setting}) is not allowed"),
        _ => format!("listening on port {port} ({setting}) fails"),
    };
    EmulatorError::new(problem, "choose another port, or 0 for any free one; or stop the program that has it")
        .caused_by(error)
}

/// The tasks that serve. Dropping it ends them at once, with all their connections.
#[derive(Debug)]
pub(crate) struct Server {
    tasks: Vec<JoinHandle<()>>,
    shutdown: watch::Sender<bool>,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self { tasks: Vec::new(), shutdown: watch::Sender::new(false) }
    }

    /// Serves the router on these listeners, over TLS when there is an acceptor.
    pub(crate) fn serve(&mut self, listeners: Listeners, router: &Router, tls: Option<&TlsAcceptor>) {
        for socket in listeners.sockets {
            let task = accept(socket, router.clone(), tls.cloned(), self.shutdown.subscribe());
            self.tasks.push(tokio::spawn(task));
        }
    }

    /// Stops accepting, lets requests under way end, and returns when all is quiet, or after 2 seconds.
    pub(crate) async fn shut_down(mut self) {
        self.shutdown.send_replace(true);
        let all_ended = async {
            for task in &mut self.tasks {
                // A task that panicked has ended too.
                let _ended = task.await;
            }
        };
        // Whatever is still open after the grace period ends when `self` is dropped.
        let _ended_or_late = tokio::time::timeout(GRACE, all_ended).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Accepts until told to stop. The connections live in this task's set, so that they end when it is aborted.
async fn accept(
    socket: TcpListener,
    router: Router,
    tls: Option<TlsAcceptor>,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = shutdown.changed() => break,
            Some(_ended) = connections.join_next() => {}
            accepted = socket.accept() => {
                let Ok((stream, _peer)) = accepted else {
                    // The connection ended too early, or the process has no descriptor left: then wait for one.
                    let _freed_or_late = tokio::time::timeout(PAUSE, connections.join_next()).await;
                    continue;
                };
                connections.spawn(connection(stream, router.clone(), tls.clone(), shutdown.clone()));
            }
        }
    }
    drop(socket);
    while connections.join_next().await.is_some() {}
}

async fn connection(
    stream: TcpStream,
    router: Router,
    tls: Option<TlsAcceptor>,
    shutdown: watch::Receiver<bool>,
) {
    // Answers are small; waiting to fill a packet costs 40 ms each.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY is not available");
    }
    match tls {
        None => exchange(stream, router, shutdown).await,
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => exchange(stream, router, shutdown).await,
            Err(error) => tracing::info!(%error, "a client ended the TLS handshake; does it trust the CA?"),
        },
    }
}

/// Speaks HTTP/1.1 or HTTP/2, as the client chooses, until the client leaves or the emulator stops.
async fn exchange<S>(stream: S, router: Router, mut shutdown: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let router = TowerToHyperService::new(router);
    // An error of the service ends the exchange without an answer.
    let service = service_fn(move |request| {
        let answered = router.call(request);
        async move {
            let Ok(response) = answered.await;
            match response.extensions().get::<ConnectionReset>() {
                Some(reset) => Err(*reset),
                None => Ok(response),
            }
        }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = shutdown.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = &*error, "a connection broke");
    }
}
