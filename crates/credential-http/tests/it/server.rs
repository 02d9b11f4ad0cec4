//! A server of a few lines, on a real socket.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Answers one connection after the other, each from a prepared text, and keeps what it read.
#[derive(Clone, Default)]
pub(crate) struct Server {
    pub(crate) port: u16,
    received: Arc<Mutex<Vec<String>>>,
}

/// What the server does with a connection after it has read a request.
#[derive(Clone)]
pub(crate) enum Then {
    /// Writes this, then closes.
    Write(Vec<u8>),
    /// Closes.
    Close,
    /// Does not answer.
    Hang,
}

pub(crate) fn answer(text: &str) -> Then {
    Then::Write(text.replace('\n', "\r\n").into_bytes())
}

impl Server {
    pub(crate) async fn start(script: Vec<Then>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), ..Self::default() };
        let received = server.received.clone();
        tokio::spawn(async move {
            let mut hanging = Vec::new();
            for then in script {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                received.lock().unwrap().push(request);
                if let Some(open) = act(stream, then).await {
                    hanging.push(open);
                }
            }
            std::future::pending::<()>().await;
        });
        server
    }

    pub(crate) fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What arrived, with the port masked.
    pub(crate) fn received(&self) -> Vec<String> {
        let mask = |text: &String| text.replace(&self.port.to_string(), "PORT").replace('\r', "");
        self.received.lock().unwrap().iter().map(mask).collect()
    }
}

async fn act(mut stream: TcpStream, then: Then) -> Option<TcpStream> {
    match then {
        Then::Write(bytes) => {
            // The client may hang up as soon as it has seen enough.
            let _written = stream.write_all(&bytes).await;
            let _closed = stream.shutdown().await;
            None
        }
        Then::Close => None,
        Then::Hang => Some(stream),
    }
}

/// Reads head and body.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |n| n.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                break;
            }
        }
        // A TLS greeting is not HTTP and will not end like it.
        if bytes.first() == Some(&0x16) {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
