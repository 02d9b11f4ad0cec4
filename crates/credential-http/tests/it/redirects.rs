//! Credentials stay with the host they are for.

use bytes::Bytes;
use credential::{CredentialErrorKind, Transport};
use credential_http::{HttpClient, ReqwestTransport};
use http::Request;

use crate::server::{Server, answer};

fn request(server: &Server) -> Request<Bytes> {
    Request::get(server.address("/")).header("authorization", "Bearer t").body(Bytes::new()).unwrap()
}

async fn redirecting() -> (Server, Server) {
    let other = Server::start(vec![answer("HTTP/1.1 200 OK\ncontent-length: 0\n\n")]).await;
    let to = other.address("/elsewhere");
    let text = format!("HTTP/1.1 307 Temporary Redirect\nlocation: {to}\ncontent-length: 0\n\n");
    (Server::start(vec![answer(&text)]).await, other)
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (server, other) = redirecting().await;
    let response = HttpClient::new().unwrap().send(request(&server)).await.unwrap();
    assert_eq!(response.status(), 307);
    assert!(response.headers().contains_key("location"));
    assert!(other.received().is_empty());
}

#[tokio::test]
async fn a_given_client_that_follows_is_found_out() {
    let (server, _other) = redirecting().await;
    let transport = ReqwestTransport::new(reqwest::Client::builder().no_proxy().build().unwrap());
    let error = transport.send(request(&server)).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
    assert!(error.to_string().contains("redirect(Policy::none())"), "{error}");
}

#[tokio::test]
async fn a_given_client_that_does_not_follow_is_used_as_it_is() {
    let (server, _other) = redirecting().await;
    let given = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("given/1")
        .build()
        .unwrap();
    let client = HttpClient::builder().reqwest(given).build().unwrap();
    assert_eq!(client.send(request(&server)).await.unwrap().status(), 307);
    assert!(server.received()[0].contains("user-agent: given/1"), "{:?}", server.received());
}
