//! The services' documented limits.

use std::time::Duration;

use bytes::Bytes;
use credential::Transport;
use credential_emulator::Emulator;
use credential_http::{HttpClient, RetryPolicy};
use credential_testkit::FakeClock;
use http::{Request, Response};

use crate::client::{NOW, assert_refused, json};
use crate::communication::signer;

const MESSAGE: &str = r#"{"senderAddress":"a@b.azurecomm.net","content":{"subject":"s","plainText":"t"},"recipients":{"to":[{"address":"c@d.example"}]}}"#;
const TEXT: &str = r#"{"from":"+18005551234","smsRecipients":[{"to":"+15555550100"}],"message":"m"}"#;

/// An emulator with limits, and a client that does not try again.
struct Limited {
    clock: FakeClock,
    emulator: Emulator,
    client: HttpClient,
}

impl Limited {
    async fn start() -> Self {
        let clock = FakeClock::at(NOW);
        let builder = Emulator::builder().clock(clock.shared()).service_limits(true);
        let emulator = builder.start().await.unwrap();
        let client =
            HttpClient::builder().trust_pem(emulator.ca_pem()).retry(RetryPolicy::none()).build().unwrap();
        Self { clock, emulator, client }
    }

    async fn post(&self, target: &str, body: &'static str) -> Response<Bytes> {
        let request = Request::post(format!("{}{target}", self.emulator.acs_endpoint()));
        let request = request.header("content-type", "application/json");
        let mut request = request.body(Bytes::from_static(body.as_bytes())).unwrap();
        signer(&self.emulator.accounts().acs_primary_key, &self.clock).sign(&mut request).unwrap();
        self.client.send(request).await.unwrap()
    }
}

#[tokio::test]
async fn too_many_emails_are_refused_until_there_is_room() {
    let limited = Limited::start().await;
    let send = || limited.post("/emails:send?api-version=2025-09-01", MESSAGE);
    for _ in 0..5 {
        assert_eq!(send().await.status(), 202);
    }
    limited.clock.advance(Duration::from_secs(10));
    let refused = send().await;
    assert_refused(
        &limited.emulator,
        &refused,
        429,
        "limit: e-mails of Azure's domain, by the minute: at most 5 in 60 s, wait 50 s",
    );
    assert_eq!(
        (&refused.headers()["retry-after"], &json(&refused)["error"]["code"]),
        (&"50".parse().unwrap(), &"TooManyRequests".into())
    );
    limited.clock.advance(Duration::from_secs(50));
    assert_eq!(send().await.status(), 202);
    limited.emulator.reset();
    assert_eq!(send().await.status(), 202);
}

#[tokio::test]
async fn too_many_text_messages_of_one_number_are_refused() {
    let limited = Limited::start().await;
    for _ in 0..200 {
        assert_eq!(limited.post("/sms?api-version=2021-03-07", TEXT).await.status(), 202);
    }
    let refused = limited.post("/sms?api-version=2021-03-07", TEXT).await;
    let reason = "limit: text messages of one number: at most 200 in 60 s, wait 60 s";
    assert_refused(&limited.emulator, &refused, 429, reason);
}

#[tokio::test]
async fn limits_of_identity_are_counted_apart() {
    let limited = Limited::start().await;
    let created = json(&limited.post("/identities?api-version=2023-10-01", "{}").await);
    let id = created["identity"]["id"].as_str().unwrap();
    let revoke = format!("/identities/{id}/:revokeAccessTokens?api-version=2023-10-01");
    for _ in 0..500 {
        assert_eq!(limited.post(&revoke, "").await.status(), 204);
    }
    let refused = limited.post(&revoke, "").await;
    assert_refused(
        &limited.emulator,
        &refused,
        429,
        "limit: tokens, revoked: at most 500 in 30 s, wait 30 s",
    );
    assert_eq!(limited.post("/identities?api-version=2023-10-01", "{}").await.status(), 201);
    limited.clock.advance(Duration::from_secs(30));
    assert_eq!(limited.post(&revoke, "").await.status(), 204);
}
