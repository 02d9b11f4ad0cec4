//! What goes over the socket, and what comes back.

use bytes::Bytes;
use credential::{CredentialErrorKind, Transport};
use credential_http::{HttpClient, RetryPolicy};
use credential_testkit::SequenceRandom;
use http::{Method, Request};

use crate::server::{Server, Then, answer};

fn client() -> HttpClient {
    let random = std::sync::Arc::new(SequenceRandom::default());
    HttpClient::builder().user_agent("test/1").random(random).retry(RetryPolicy::none()).build().unwrap()
}

fn request(method: Method, address: String, body: &'static str) -> Request<Bytes> {
    Request::builder().method(method).uri(address).body(Bytes::from_static(body.as_bytes())).unwrap()
}

#[tokio::test]
async fn requests_on_the_wire() {
    let ok = answer("HTTP/1.1 200 OK\ncontent-length: 0\n\n");
    let server = Server::start(vec![ok; 4]).await;
    let client = client();
    for (method, path, body) in [
        (Method::GET, "//a/8%3Aacs:b?api-version=1&x=%20+", ""),
        (Method::POST, "/empty", ""),
        (Method::POST, "/body", "grant_type=client_credentials"),
        (Method::DELETE, "/none", ""),
    ] {
        client.send(request(method, server.address(path), body)).await.unwrap();
    }
    insta::assert_snapshot!(server.received().join("---\n"));
}

#[tokio::test]
async fn status_headers_and_body_come_back_unjudged() {
    let text =
        "HTTP/1.1 418 I'm a teapot\nMS-CV: abc.0\nSet-Cookie: a\nSet-Cookie: b\ncontent-length: 5\n\nshort";
    let server = Server::start(vec![answer(text)]).await;
    let response = client().send(request(Method::GET, server.address("/"), "")).await.unwrap();
    assert_eq!(response.status(), 418);
    assert_eq!(response.headers()["ms-cv"], "abc.0");
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
    assert_eq!(response.body(), "short");
}

#[tokio::test]
async fn a_body_in_chunks_is_put_together() {
    let text = "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n3\none\n3\ntwo\n0\n\n";
    let server = Server::start(vec![answer(text)]).await;
    let response = client().send(request(Method::GET, server.address("/"), "")).await.unwrap();
    assert_eq!(response.body(), "onetwo");
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let mut endless = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    endless.resize(9 * 1024 * 1024, b'x');
    let mut announced = b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n".to_vec();
    announced.resize(100, b'x');
    let server = Server::start(vec![Then::Write(endless), Then::Write(announced)]).await;
    for _ in 0..2 {
        let error = client().send(request(Method::GET, server.address("/"), "")).await.unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer);
        assert!(error.to_string().contains("more than 8 MiB"), "{error}");
    }
}

#[tokio::test]
async fn addresses_that_would_not_go_out_as_they_are_are_refused() {
    for (address, problem) in [
        ("https://host/a/../b", "would not go out as it is"),
        ("https://host/a/./b", "would not go out as it is"),
        ("https://host/a%2e%2e/%2e%2e/b", "would not go out as it is"),
        ("https://host/{id}", "would not go out as it is"),
        ("https://host/?q='a'", "would not go out as it is"),
        ("https://2130706433/", "would not go out as it is"),
        ("https://0x7f.1/", "would not go out as it is"),
        ("https://user:planted@host/", "user info"),
        ("http://example.com/", "uses http"),
        ("ftp://localhost/", "scheme other than https"),
        ("/relative", "no scheme and host"),
    ] {
        let error = client().send(request(Method::GET, address.to_owned(), "")).await.unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{address}: {error}");
        assert!(error.to_string().contains(problem), "{address}: {error}");
        assert!(!error.to_string().contains("planted"), "{address}: {error}");
    }
}
