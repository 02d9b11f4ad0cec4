//! An Entra token that the service refuses is replaced once.

use std::error::Error;

use credential::{CredentialErrorKind, StaticTokenCredential};
use credential_testkit::ScriptedTransport;

use crate::account::{Entra, answer, client_builder, key};

#[tokio::test]
async fn the_next_token_is_tried_once_under_the_same_correlation_vector() {
    let script = ScriptedTransport::new().then(401, &[], "").then_json(&answer("a", 2_000_000_000));
    let client = client_builder(&script).token_credential(Entra::default()).build().unwrap();
    client.exchange().await.unwrap();
    let requests = script.requests();
    assert_eq!(requests[0].headers()["authorization"], "Bearer entra-0");
    assert_eq!(requests[1].headers()["authorization"], "Bearer entra-1");
    assert_eq!(requests[0].headers()["x-mrc-cv"], requests[1].headers()["x-mrc-cv"]);
}

#[tokio::test]
async fn a_second_refusal_stands() {
    let script = ScriptedTransport::new().then(401, &[], "").then(401, &[("MS-CV", "second.0")], "");
    let client = client_builder(&script).token_credential(Entra::default()).build().unwrap();
    let error = client.exchange().await.unwrap_err();
    assert_eq!((error.kind(), error.id("MS-CV")), (CredentialErrorKind::Refused, Some("second.0")));
}

#[tokio::test]
async fn without_another_token_the_refusal_says_why_underneath() {
    let script = ScriptedTransport::new().then(401, &[("MS-CV", "first.0")], "");
    let entra = Entra::without_another();
    let client = client_builder(&script).token_credential(entra).build().unwrap();
    let error = client.exchange().await.unwrap_err();
    assert_eq!(error.id("MS-CV"), Some("first.0"));
    assert_eq!(error.source().unwrap().to_string(), "no other token: sign in again");
}

#[tokio::test]
async fn the_same_token_again_is_not_sent_again() {
    #[derive(Debug)]
    struct Stubborn(credential::AccessToken);

    #[async_trait::async_trait]
    impl credential::TokenCredential for Stubborn {
        async fn get_token(
            &self,
            _request: &credential::TokenRequest,
        ) -> Result<credential::AccessToken, credential::CredentialError> {
            Ok(self.0.clone())
        }
    }

    let token = credential::AccessToken::new("t", std::time::SystemTime::UNIX_EPOCH);
    let script = ScriptedTransport::new().then(401, &[], "");
    let client = client_builder(&script).token_credential(Stubborn(token)).build().unwrap();
    assert_eq!(client.exchange().await.unwrap_err().kind(), CredentialErrorKind::Refused);
}

#[tokio::test]
async fn other_statuses_and_refused_keys_are_not_asked_about_again() {
    for status in [400, 403, 500] {
        let script = ScriptedTransport::new().then(status, &[], "");
        let client = client_builder(&script).token_credential(Entra::default()).build().unwrap();
        assert_eq!(client.exchange().await.unwrap_err().status().unwrap(), status);
    }
    let script = ScriptedTransport::new().then(401, &[], "");
    let client = client_builder(&script).account_key(key()).build().unwrap();
    assert_eq!(client.exchange().await.unwrap_err().status().unwrap(), 401);
}

#[tokio::test]
async fn a_static_token_is_refused_with_the_services_ids() {
    let script = ScriptedTransport::new().then(401, &[("MS-CV", "only.0")], "");
    let far = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(32_503_680_000);
    let token = StaticTokenCredential::new(credential::AccessToken::new("t", far));
    let client = client_builder(&script).token_credential(token).build().unwrap();
    assert_eq!(client.exchange().await.unwrap_err().id("MS-CV"), Some("only.0"));
}
