//! What goes to the service.

use std::sync::Arc;

use credential::Endpoint;
use credential_http::RetryTransport;
use credential_testkit::{FakeClock, FakeSleep, ScriptedTransport, SequenceRandom};
use mr_sts::MixedRealityStsClient;

use crate::account::{DOMAIN, Entra, ID, answer, client_builder, key};

fn one_answer() -> ScriptedTransport {
    ScriptedTransport::new().then_json(&answer("a", 2_000_000_000))
}

#[tokio::test]
async fn with_an_account_key() {
    let script = one_answer();
    client_builder(&script).account_key(key()).build().unwrap().exchange().await.unwrap();
    insta::assert_snapshot!(script.wire());
}

#[tokio::test]
async fn with_an_entra_token() {
    let script = one_answer();
    let entra = Entra::default();
    let client = client_builder(&script).token_credential(entra.clone()).build().unwrap();
    client.exchange().await.unwrap();
    assert_eq!(*entra.scopes.lock().unwrap(), ["https://sts.mixedreality.azure.com//.default"]);
    insta::assert_snapshot!(script.wire());
}

#[tokio::test]
async fn with_an_entra_token_of_another_scope_at_another_address() {
    let script = one_answer();
    let entra = Entra::default();
    let client = client_builder(&script)
        .token_credential(entra.clone())
        .scope("api://mixed-reality/.default")
        .endpoint(Endpoint::parse_local("endpoint", "http://localhost:4040/mr/").unwrap())
        .build()
        .unwrap();
    assert_eq!(client.endpoint().to_string(), "http://localhost:4040/mr");
    client.exchange().await.unwrap();
    assert_eq!(*entra.scopes.lock().unwrap(), ["api://mixed-reality/.default"]);
    insta::assert_snapshot!(script.wire());
}

#[tokio::test]
async fn id_and_domain_go_out_in_lower_case() {
    let script = one_answer();
    let client = MixedRealityStsClient::builder(&ID.to_uppercase(), &DOMAIN.to_uppercase())
        .account_key(key())
        .transport(script.shared())
        .build()
        .unwrap();
    assert_eq!((client.account_id(), client.endpoint().host()), (ID, "sts.eastus2.mixedreality.azure.com"));
    client.exchange().await.unwrap();
    let sent = &script.requests()[0];
    assert_eq!(sent.uri().host(), Some("sts.eastus2.mixedreality.azure.com"));
    assert!(sent.uri().path().contains(ID));
}

#[tokio::test]
async fn every_call_has_a_correlation_vector_and_its_attempts_share_it() {
    let script = ScriptedTransport::new()
        .then(503, &[], "")
        .then_json(&answer("a", 2_000_000_000))
        .then_json(&answer("b", 2_000_000_000));
    let clock = FakeClock::at(0);
    let retrying = RetryTransport::new(script.clone())
        .with_clock(clock.shared())
        .with_sleep(FakeSleep::on(&clock).shared())
        .with_random(Arc::new(SequenceRandom::default()));
    let client = client_builder(&script).transport(Arc::new(retrying)).account_key(key()).build().unwrap();
    client.exchange().await.unwrap();
    client.exchange().await.unwrap();
    let vectors: Vec<_> = script.requests().iter().map(|sent| sent.headers()["x-mrc-cv"].clone()).collect();
    assert_eq!(vectors[0], vectors[1]);
    assert_ne!(vectors[1], vectors[2]);
}

#[tokio::test]
async fn a_rotated_key_is_in_use_at_the_next_attempt() {
    let script = one_answer().then_json(&answer("b", 2_000_000_000));
    let key = key();
    let client = client_builder(&script).account_key(key.clone()).build().unwrap();
    client.exchange().await.unwrap();
    key.rotate("cm90YXRlZA==", None).unwrap();
    client.exchange().await.unwrap();
    assert_eq!(script.requests()[1].headers()["authorization"], format!("Bearer {ID}:cm90YXRlZA==").as_str());
}
