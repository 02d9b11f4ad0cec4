//! While one key is being regenerated, the other one is used without anybody doing anything.

use std::time::{Duration, SystemTime};

use credential::{AccessKey, CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, ScriptedTransport};

use crate::account::{ID, answer, client_builder, credential_builder};

const PRIMARY: &str = "cHJpbWFyeQ==";
const SECONDARY: &str = "c2Vjb25kYXJ5";
const FAR: u64 = 2_000_000_000;

fn two_keys() -> AccessKey {
    let keys = AccessKey::from_base64(PRIMARY).unwrap();
    keys.rotate(PRIMARY, Some(SECONDARY)).unwrap();
    keys
}

/// The keys that were sent, in order.
fn sent(script: &ScriptedTransport) -> Vec<String> {
    let key = |request: http::Request<bytes::Bytes>| {
        let text = request.headers()["authorization"].to_str().unwrap().to_owned();
        text.strip_prefix(&format!("Bearer {ID}:")).unwrap().to_owned()
    };
    script.requests().into_iter().map(key).collect()
}

#[tokio::test]
async fn a_refused_primary_key_is_followed_by_the_secondary_one_under_the_same_correlation_vector() {
    let script = ScriptedTransport::new().then(401, &[], "").then_json(&answer("a", FAR));
    let client = client_builder(&script).account_key(two_keys()).build().unwrap();
    client.exchange().await.unwrap();
    insta::assert_snapshot!(script.wire());
}

#[tokio::test]
async fn the_key_that_was_taken_goes_first_until_the_keys_are_rotated() {
    let script = ScriptedTransport::new()
        .then(401, &[], "")
        .then_json(&answer("a", FAR))
        .then_json(&answer("b", FAR))
        .then_json(&answer("c", FAR));
    let keys = two_keys();
    let client = client_builder(&script).account_key(keys.clone()).build().unwrap();
    client.exchange().await.unwrap();
    client.exchange().await.unwrap();
    keys.rotate("bmV3", Some(SECONDARY)).unwrap();
    client.exchange().await.unwrap();
    assert_eq!(sent(&script), [PRIMARY, SECONDARY, SECONDARY, "bmV3"]);
}

#[tokio::test]
async fn a_refusal_of_both_keys_says_so() {
    let script = ScriptedTransport::new().then(401, &[], "").then(401, &[("MS-CV", "second.0")], "");
    let client = client_builder(&script).account_key(two_keys()).build().unwrap();
    let error = client.exchange().await.unwrap_err();
    assert_eq!((error.kind(), error.id("MS-CV")), (CredentialErrorKind::Refused, Some("second.0")));
    insta::assert_snapshot!(error.to_string());
}

#[tokio::test]
async fn only_a_401_is_about_the_key() {
    for status in [400, 403, 429, 500] {
        let script = ScriptedTransport::new().then(status, &[], "");
        let client = client_builder(&script).account_key(two_keys()).build().unwrap();
        assert_eq!(client.exchange().await.unwrap_err().status().unwrap(), status);
        assert_eq!(sent(&script), [PRIMARY]);
    }
}

#[tokio::test]
async fn a_failure_of_the_second_attempt_does_not_forget_which_key_was_taken() {
    let script = ScriptedTransport::new()
        .then(401, &[], "")
        .then(503, &[], "")
        .then(401, &[], "")
        .then_json(&answer("a", FAR));
    let client = client_builder(&script).account_key(two_keys()).build().unwrap();
    assert_eq!(client.exchange().await.unwrap_err().kind(), CredentialErrorKind::Unavailable);
    client.exchange().await.unwrap();
    assert_eq!(sent(&script), [PRIMARY, SECONDARY, PRIMARY, SECONDARY]);
}

#[tokio::test]
async fn the_cached_credential_renews_with_the_other_key_unnoticed() {
    let script = ScriptedTransport::new()
        .then_json(&answer("a", 86_400))
        .then(401, &[], "")
        .then_json(&answer("b", 2 * 86_400));
    let clock = FakeClock::at(0);
    let credential =
        credential_builder(&script).account_key(two_keys()).clock(clock.shared()).build().unwrap();
    credential.get_token(&TokenRequest::default()).await.unwrap();
    clock.advance(Duration::from_secs(86_300));
    let token = credential.get_token(&TokenRequest::default()).await.unwrap();
    assert_eq!(token.expires_at(), SystemTime::UNIX_EPOCH + Duration::from_secs(2 * 86_400));
    assert_eq!(sent(&script), [PRIMARY, PRIMARY, SECONDARY]);
}
