//! Tokens for code that is not async, wherever it is called from.

use credential::{AccessKey, TokenRequest};
use credential_http::Blocking;
use credential_testkit::{ScriptedTransport, in_every_place};
use mr_sts::{MixedRealityCredential, MixedRealityStsClient};

const ID: &str = "68321d5a-7978-4ceb-b880-0f49751daae9";
const DOMAIN: &str = "westeurope.mixedreality.azure.com";

#[test]
fn credential_and_client_work_in_every_place() {
    in_every_place(|| {
        let answer = r#"{"AccessToken":"h.eyJleHAiOjIxNDc0ODM2NDd9.s"}"#;
        let service = ScriptedTransport::new().then_json(answer).then_json(answer);
        let key = || AccessKey::from_base64("c2VjcmV0").unwrap();
        let credential = MixedRealityCredential::builder(ID, DOMAIN)
            .account_key(key())
            .transport(service.shared())
            .build()
            .unwrap();
        let token = Blocking::new(credential).get_token(&TokenRequest::default()).unwrap();
        assert!(token.expose().starts_with("h."));
        let client = MixedRealityStsClient::builder(ID, DOMAIN)
            .account_key(key())
            .transport(service.shared())
            .build()
            .unwrap();
        let exchanged = Blocking::new(client).call(|client| async move { client.exchange().await }).unwrap();
        assert!(exchanged.token().expose().starts_with("h."));
    });
}
