//! The services' documented limits.

use std::time::Duration;

use credential_emulator::Emulator;
use credential_testkit::FakeClock;
use http::Request;

use crate::client::{NOW, assert_refused, json};
use crate::communication::signer;

const MESSAGE: &str = r#"{"senderAddress":"a@b.azurecomm.net","content":{"subject":"s","plainText":"t"},"recipients":{"to":[{"address":"c@d.example"}]}}"#;

#[tokio::test]
async fn too_many_emails_are_refused_until_there_is_room() {
    let clock = FakeClock::at(NOW);
    let builder = Emulator::builder().clock(clock.shared()).service_limits(true);
    let emulator = builder.start().await.unwrap();
    let client = credential_http::HttpClient::builder()
        .trust_pem(emulator.ca_pem())
        .retry(credential_http::RetryPolicy::none())
        .build()
        .unwrap();
    let send = async || {
        let url = format!("{}/emails:send?api-version=2025-09-01", emulator.acs_endpoint());
        let request = Request::post(url).header("content-type", "application/json");
        let mut request = request.body(bytes::Bytes::from_static(MESSAGE.as_bytes())).unwrap();
        signer(&emulator.accounts().acs_primary_key, &clock).sign(&mut request).unwrap();
        credential::Transport::send(&client, request).await.unwrap()
    };
    for _ in 0..5 {
        assert_eq!(send().await.status(), 202);
    }
    clock.advance(Duration::from_secs(10));
    let refused = send().await;
    assert_refused(
        &emulator,
        &refused,
        429,
        "limit: e-mails of Azure's domain, by the minute: at most 5 in 60 s, wait 50 s",
    );
    assert_eq!(
        (&refused.headers()["retry-after"], &json(&refused)["error"]["code"]),
        (&"50".parse().unwrap(), &"TooManyRequests".into())
    );
    clock.advance(Duration::from_secs(50));
    assert_eq!(send().await.status(), 202);
    emulator.reset();
    assert_eq!(send().await.status(), 202);
}
