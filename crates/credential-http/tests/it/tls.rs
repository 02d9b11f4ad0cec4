//! TLS that works, and TLS that must not.

use std::sync::Arc;

use bytes::Bytes;
use credential::{NetworkFailure, Transport};
use credential_http::{HttpClient, HttpClientBuilder};
use credential_testkit::{FakeClock, FakeSleep};
use http::Request;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::server::{Server, Then, answer, read_request};

pub(crate) struct TlsServer {
    pub(crate) port: u16,
    pub(crate) ca_pem: String,
}

/// A server whose certificate, by a CA of its own, is for `name`.
pub(crate) async fn serve(name: &str, expired: bool) -> TlsServer {
    let mut ca = CertificateParams::new(Vec::<String>::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if expired {
        leaf.not_after = rcgen::date_time_ymd(2001, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = leaf.signed_by(&key, &ca).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nsecure").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    TlsServer { port, ca_pem: ca.pem() }
}

async fn text_of_failure(builder: HttpClientBuilder, port: u16) -> String {
    let clock = FakeClock::at(0);
    let sleep = FakeSleep::on(&clock);
    let client = builder.clock(clock.shared()).sleep(sleep.shared()).build().unwrap();
    let request = Request::get(format!("https://localhost:{port}/")).body(Bytes::new()).unwrap();
    let error = client.send(request).await.unwrap_err();
    assert_eq!(error.network_failure(), Some(NetworkFailure::Tls), "{error:?}");
    assert!(sleep.slept().is_empty(), "a failed handshake is not tried again");
    error.to_string().replace(&port.to_string(), "PORT")
}

#[tokio::test]
async fn a_trusted_authority_makes_it_work() {
    let server = serve("localhost", false).await;
    let client = HttpClient::builder().trust_pem(&server.ca_pem).build().unwrap();
    let request = Request::get(format!("https://localhost:{}/", server.port)).body(Bytes::new()).unwrap();
    assert_eq!(client.send(request).await.unwrap().body(), "secure");
}

#[tokio::test]
async fn handshakes_that_fail_say_why() {
    let untrusted = serve("localhost", false).await;
    let other_name = serve("elsewhere.example", false).await;
    let expired = serve("localhost", true).await;
    let plain = Server::start(vec![answer("HTTP/1.1 400 Bad Request\n\n")]).await;
    let closing = Server::start(vec![Then::Close]).await;
    let texts = [
        text_of_failure(HttpClient::builder(), untrusted.port).await,
        text_of_failure(HttpClient::builder().trust_pem(&other_name.ca_pem), other_name.port).await,
        text_of_failure(HttpClient::builder().trust_pem(&expired.ca_pem), expired.port).await,
        text_of_failure(HttpClient::builder(), plain.port).await,
        text_of_failure(HttpClient::builder(), closing.port).await,
    ];
    insta::assert_snapshot!(texts.join("\n"));
}
