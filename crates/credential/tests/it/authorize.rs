//! Authorizing requests with a bearer token.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessToken, AuthorizeRequest, BearerAuthorizer, CredentialError, CredentialErrorKind,
    StaticTokenCredential, Transport,
};
use credential_testkit::{FakeClock, ScriptedTransport, wire};
use http::{Request, Response};

fn bearer(token: &str) -> BearerAuthorizer<StaticTokenCredential> {
    let expires_at = SystemTime::UNIX_EPOCH + Duration::from_secs(2000);
    let credential = StaticTokenCredential::new(AccessToken::new(token, expires_at));
    BearerAuthorizer::new(credential.with_clock(FakeClock::at(1000).shared()), ["scope"])
}

fn request(uri: &str) -> Request<Bytes> {
    Request::post(uri).header("x-other", "kept").body(Bytes::from("body")).unwrap()
}

#[tokio::test]
async fn adds_one_sensitive_header_and_replaces_it_the_next_time() {
    let mut request = request("https://service.example/path");
    bearer("first").authorize(&mut request).await.unwrap();
    bearer("second").authorize(&mut request).await.unwrap();
    assert_eq!(
        wire(&request),
        "POST https://service.example/path\nx-other: kept\nauthorization: Bearer second  (sensitive)\n\nbody"
    );
}

#[tokio::test]
async fn a_token_never_travels_in_the_clear_and_a_refused_request_is_untouched() {
    for uri in ["http://service.example/", "http://127.0.0.1.example/", "ftp://localhost/", "/relative"] {
        let mut refused = request(uri);
        let before = wire(&refused);
        let error = bearer("t").authorize(&mut refused).await.expect_err(uri);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{uri}");
        assert_eq!(wire(&refused), before);
    }
    for uri in ["http://localhost:1/", "http://127.0.0.1/", "http://[::1]:8080/"] {
        bearer("t").authorize(&mut request(uri)).await.expect(uri);
    }
}

#[tokio::test]
async fn a_transport_authorizes_before_it_sends() {
    let transport = ScriptedTransport::new().then(204, &[], "");
    let response =
        transport.send_authorized(request("https://service.example/"), &bearer("t")).await.unwrap();
    assert_eq!(response.status(), 204);
    assert_eq!(transport.requests()[0].headers()["authorization"], "Bearer t");
}

#[tokio::test]
async fn a_request_that_cannot_be_authorized_is_not_sent() {
    let transport = ScriptedTransport::new();
    let result = transport.send_authorized(request("http://service.example/"), &bearer("t")).await;
    assert_eq!(result.unwrap_err().kind(), CredentialErrorKind::InvalidRequest);
    assert!(transport.requests().is_empty());
}

/// Repeats a request that was refused.
#[derive(Debug)]
struct Repeating(BearerAuthorizer<StaticTokenCredential>);

#[async_trait]
impl AuthorizeRequest for Repeating {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        self.0.authorize(request).await
    }

    async fn send(
        &self,
        transport: &dyn Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CredentialError> {
        let response = self.0.send(transport, request.clone()).await?;
        if response.status().is_success() { Ok(response) } else { self.0.send(transport, request).await }
    }
}

#[tokio::test]
async fn the_way_of_an_authorizer_to_send_holds_behind_pointers() {
    let repeating = Arc::new(Repeating(bearer("t")));
    let boxed: Box<dyn AuthorizeRequest> = Box::new(repeating.clone());
    for authorizer in [&*boxed, &boxed as &dyn AuthorizeRequest, &repeating as &dyn AuthorizeRequest] {
        let transport = ScriptedTransport::new().then(401, &[], "").then(204, &[], "");
        let response = authorizer.send(&transport, request("https://service.example/")).await.unwrap();
        assert_eq!((response.status().as_u16(), transport.requests().len()), (204, 2));
        assert!(transport.requests().iter().all(|request| request.headers()["authorization"] == "Bearer t"));
    }
}
