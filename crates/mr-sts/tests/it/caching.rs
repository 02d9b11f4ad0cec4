//! The credential keeps its token.

use std::time::{Duration, SystemTime};

use credential::{AccessToken, CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, ScriptedTransport};
use mr_sts::MixedRealityCredential;

use crate::account::{Entra, answer, credential_builder, key};

const DAY: u64 = 86_400;

#[tokio::test]
async fn requests_that_differ_in_what_the_account_decides_share_one_token() {
    let script = ScriptedTransport::new().then_json(&answer("a", DAY));
    let clock = FakeClock::at(0);
    let credential = credential_builder(&script).account_key(key()).clock(clock.shared()).build().unwrap();
    for request in [
        TokenRequest::default(),
        TokenRequest::new(["https://remoterendering.eastus.mixedreality.azure.com/.default"]),
        TokenRequest::new(["a", "b"]).with_tenant("t").with_claims("{}"),
    ] {
        assert!(credential.get_token(&request).await.unwrap().expose().starts_with("a."));
        assert!(credential.token_at_hand(&request).expect("a token at hand").expose().starts_with("a."));
    }
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn a_token_of_a_day_is_renewed_after_half_of_it_and_kept_while_that_fails() {
    let script = ScriptedTransport::new()
        .then_json(&answer("a", DAY))
        .then(500, &[], "")
        .then_json(&answer("b", 2 * DAY));
    let clock = FakeClock::at(0);
    let credential = credential_builder(&script).account_key(key()).clock(clock.shared()).build().unwrap();
    let mut seen = Vec::new();
    for hours in [0, 10, 3, 1, 0] {
        clock.advance(Duration::from_secs(hours * 3600));
        let token = credential.get_token(&TokenRequest::default()).await.unwrap();
        seen.push((script.requests().len(), token.expose()[..1].to_owned()));
    }
    let expected = [(1, "a"), (1, "a"), (2, "a"), (3, "b"), (3, "b")];
    assert_eq!(seen, expected.map(|(requests, token)| (requests, token.to_owned())));
}

#[tokio::test]
async fn a_refused_token_is_replaced() {
    let script = ScriptedTransport::new().then_json(&answer("a", DAY)).then_json(&answer("b", DAY));
    let clock = FakeClock::at(0);
    let credential =
        credential_builder(&script).token_credential(Entra::default()).clock(clock.shared()).build().unwrap();
    let first = credential.get_token(&TokenRequest::default()).await.unwrap();
    let scoped = TokenRequest::new(["whatever"]).not_this_token(first);
    assert!(credential.get_token(&scoped).await.unwrap().expose().starts_with("b."));
    assert!(credential.get_token(&TokenRequest::default()).await.unwrap().expose().starts_with("b."));
}

#[tokio::test]
async fn a_token_that_has_expired_by_our_clock_is_returned_and_not_kept() {
    let script = ScriptedTransport::new().then_json(&answer("a", 5)).then_json(&answer("b", 5));
    let clock = FakeClock::at(10);
    let credential = credential_builder(&script).account_key(key()).clock(clock.shared()).build().unwrap();
    for name in ["a.", "b."] {
        assert!(credential.get_token(&TokenRequest::default()).await.unwrap().expose().starts_with(name));
    }
}

#[tokio::test]
async fn a_ready_token_is_provided_until_it_expires() {
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(32_503_680_000);
    let ready = MixedRealityCredential::with_token(AccessToken::new("ready", far));
    assert_eq!(ready.get_token(&TokenRequest::new(["any"])).await.unwrap().expose(), "ready");
    assert_eq!(ready.token_at_hand(&TokenRequest::new(["any"])).expect("a token at hand").expose(), "ready");

    let expired = MixedRealityCredential::with_token(AccessToken::new("ready", SystemTime::UNIX_EPOCH));
    let error = expired.get_token(&TokenRequest::default()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
}
