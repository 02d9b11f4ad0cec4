//! Hosts that do not answer.

use std::time::Duration;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, NetworkFailure, Transport};
use credential_http::{HttpClient, RetryPolicy};
use credential_testkit::{FakeClock, FakeSleep};
use http::Request;

use crate::server::{Server, Then, answer};

async fn get(client: &HttpClient, address: &str) -> Result<http::Response<Bytes>, CredentialError> {
    client.send(Request::get(address).body(Bytes::new()).unwrap()).await
}

fn once() -> HttpClient {
    HttpClient::builder().retry(RetryPolicy::none()).timeout(Duration::from_millis(300)).build().unwrap()
}

/// A port that was free a moment ago.
async fn closed_port() -> u16 {
    tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn every_failure_is_told_apart_and_explained() {
    let cut = answer("HTTP/1.1 200 OK\ncontent-length: 10\n\nshort");
    let server = Server::start(vec![Then::Close, cut, Then::Hang, answer("SSH-2.0\n\n")]).await;
    let closed = closed_port().await;
    let mut texts = Vec::new();
    for (address, expected) in [
        ("https://no-such-host.invalid/?code=planted".to_owned(), NetworkFailure::Dns),
        (format!("http://127.0.0.1:{closed}/?code=planted"), NetworkFailure::Connect),
        (server.address("/?code=planted"), NetworkFailure::Interrupted),
        (server.address("/?code=planted"), NetworkFailure::Interrupted),
        (server.address("/?code=planted"), NetworkFailure::Timeout),
        (server.address("/?code=planted"), NetworkFailure::Interrupted),
    ] {
        let error = get(&once(), &address).await.unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::Unreachable, "{address}: {error:?}");
        assert_eq!(error.network_failure(), Some(expected), "{address}: {error:?}");
        assert!(error.is_transient());
        assert!(!format!("{error:?}").contains("planted"), "{error:?}");
        let text = error.to_string();
        texts.push(text.replace(&server.port.to_string(), "PORT").replace(&closed.to_string(), "PORT"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn a_wrong_address_is_tried_twice_and_costs_less_than_a_second_of_waiting() {
    let clock = FakeClock::at(0);
    let sleep = FakeSleep::on(&clock);
    let client = HttpClient::builder().clock(clock.shared()).sleep(sleep.shared()).build().unwrap();
    let address = format!("http://127.0.0.1:{}/", closed_port().await);
    let error = get(&client, &address).await.unwrap_err();
    assert_eq!(error.network_failure(), Some(NetworkFailure::Connect));
    assert_eq!(sleep.slept().len(), 1);
    assert!(sleep.slept()[0] <= Duration::from_millis(200));
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_anew() {
    let ok = answer("HTTP/1.1 200 OK\ncontent-length: 4\n\ndone");
    let server =
        Server::start(vec![Then::Close, answer("HTTP/1.1 503 Busy\ncontent-length: 0\n\n"), ok]).await;
    let clock = FakeClock::at(0);
    let sleep = FakeSleep::on(&clock);
    let client = HttpClient::builder().clock(clock.shared()).sleep(sleep.shared()).build().unwrap();
    let response = get(&client, &server.address("/")).await.unwrap();
    assert_eq!(response.body(), "done");
    assert_eq!(sleep.slept().len(), 2);
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn the_real_timer_waits() {
    let ok = answer("HTTP/1.1 200 OK\ncontent-length: 0\n\n");
    let busy = answer("HTTP/1.1 503 Busy\nretry-after-ms: 20\ncontent-length: 0\n\n");
    let server = Server::start(vec![busy, ok]).await;
    let policy = RetryPolicy::default().with_base_delay(Duration::from_millis(1));
    let client = HttpClient::builder().retry(policy).build().unwrap();
    assert_eq!(get(&client, &server.address("/")).await.unwrap().status(), 200);
}
