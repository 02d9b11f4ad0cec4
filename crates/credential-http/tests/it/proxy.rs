//! A proxy in between, one that works and many that do not.

use std::sync::Arc;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, MapEnvironment, NetworkFailure, Transport};
use credential_http::{HttpClient, HttpClientBuilder, RetryPolicy};
use credential_testkit::LeakCheck;
use http::Request;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::server::{Server, Then, answer, read_request};
use crate::tls;

fn through(proxy: &str) -> HttpClientBuilder {
    let environment = MapEnvironment::new().with("HTTPS_PROXY", proxy).with("NO_PROXY", "direct.invalid");
    HttpClient::builder().retry(RetryPolicy::none()).environment(Arc::new(environment))
}

async fn get(builder: HttpClientBuilder, address: &str) -> Result<http::Response<Bytes>, CredentialError> {
    builder.build().unwrap().send(Request::get(address).body(Bytes::new()).unwrap()).await
}

/// Opens one tunnel, whatever the host that is asked for, to a port of this machine; returns what was asked.
async fn tunnel_to(port: u16) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    let asked = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let asked = read_request(&mut client).await;
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
        let mut target = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        // The client hangs up when it has its answer.
        let _closed = tokio::io::copy_bidirectional(&mut client, &mut target).await;
        asked
    });
    (own, asked)
}

#[tokio::test]
async fn requests_to_the_world_go_through_the_proxy() {
    let target = tls::serve("proxied.example", false).await;
    let (port, asked) = tunnel_to(target.port).await;
    let builder = through(&format!("http://me:s%40cret@127.0.0.1:{port}")).trust_pem(&target.ca_pem);
    let response = get(builder, "https://proxied.example/path?code=planted").await.unwrap();
    assert_eq!(response.body(), "secure");
    // Nothing of the request but its host and port, and "me:s@cret".
    insta::assert_snapshot!(
        asked.await.unwrap().replace('\r', "").replace(env!("CARGO_PKG_VERSION"), "VERSION")
    );
}

#[tokio::test]
async fn a_failing_proxy_is_not_taken_for_the_target() {
    let server = Server::start(vec![
        answer("HTTP/1.1 407 Proxy Authentication Required\ncontent-length: 0\n\n"),
        answer("HTTP/1.1 403 Forbidden\ncontent-length: 0\n\n"),
        answer("HTTP/1.1 502 Bad Gateway\ncontent-length: 0\n\n"),
        answer("SSH-2.0-planted\n\n"),
        Then::Close,
    ])
    .await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let own = format!("http://me:pl4nted-pw@127.0.0.1:{}", server.port);
    let check = LeakCheck::new(["pl4nted-pw"]);
    let mut texts = Vec::new();
    for (case, proxy) in [
        ("asks for a password", own.as_str()),
        ("forbids", &own),
        ("cannot reach the target", &own),
        ("does not speak HTTP", &own),
        ("hangs up", &own),
        ("does not listen", &format!("http://me:pl4nted-pw@127.0.0.1:{closed}")),
        ("does not resolve", "http://me:pl4nted-pw@no-such-proxy.invalid:3128"),
    ] {
        let error = get(through(proxy), "https://target.invalid/?code=planted").await.unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::Unreachable, "{case}: {error:?}");
        assert_eq!(error.network_failure(), Some(NetworkFailure::Proxy), "{case}: {error:?}");
        check.error(&error);
        let text = error.to_string();
        let text = text.replace(&server.port.to_string(), "PORT").replace(&closed.to_string(), "CLOSED");
        texts.push(format!("{case}\n    {text}"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn what_fails_behind_the_proxy_is_the_targets() {
    let other = tls::serve("other.example", false).await;
    let (port, _asked) = tunnel_to(other.port).await;
    let builder = through(&format!("http://127.0.0.1:{port}")).trust_pem(&other.ca_pem);
    let error = get(builder, "https://target.example/").await.unwrap_err();
    assert_eq!(error.network_failure(), Some(NetworkFailure::Tls));
    assert!(error.problem().contains("target.example"), "{error}");
}

#[tokio::test]
async fn exceptions_and_this_machine_are_reached_directly() {
    let server = Server::start(vec![answer("HTTP/1.1 204 No Content\n\n")]).await;
    let direct = get(through("http://127.0.0.1:1"), "https://direct.invalid/").await.unwrap_err();
    assert_eq!(direct.network_failure(), Some(NetworkFailure::Dns), "{direct}");
    assert_eq!(get(through("http://127.0.0.1:1"), &server.address("/")).await.unwrap().status(), 204);
}

#[tokio::test]
async fn a_proxy_of_the_callers_own_client_is_named_as_such() {
    let proxy = reqwest::Proxy::all("http://127.0.0.1:1").unwrap();
    let client = reqwest::Client::builder().proxy(proxy).build().unwrap();
    let builder = HttpClient::builder().retry(RetryPolicy::none()).reqwest(client);
    let error = get(builder, "https://target.invalid/").await.unwrap_err();
    assert_eq!(error.network_failure(), Some(NetworkFailure::Proxy));
    assert_eq!(error.problem(), "the proxy in between did not accept a connection");
}

#[test]
fn a_malformed_variable_stops_the_client_from_being_built() {
    let error = through("pl4nted-pw proxy").build().unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
    assert_eq!(error.problem(), "the variable HTTPS_PROXY does not hold a proxy's address");
    LeakCheck::new(["pl4nted-pw"]).error(&error);
}
