//! No public type and no error shows a secret that was put in, not even when the service sends it back.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credential::{AccessKey, AccessToken, StaticTokenCredential};
use credential_testkit::{LeakCheck, ScriptedTransport};
use mr_sts::{MixedRealityCredential, MixedRealityStsClient};

use crate::account::{DOMAIN, ID, answer, client_builder, credential_builder, key};

const PLANTED: &str = "pl4nted-s3cret";

fn planted_key() -> AccessKey {
    AccessKey::from_text(PLANTED).unwrap()
}

fn planted_token() -> AccessToken {
    AccessToken::new(PLANTED, SystemTime::UNIX_EPOCH + Duration::from_secs(32_503_680_000))
}

#[tokio::test]
async fn errors() {
    let check = LeakCheck::new([PLANTED]);
    let echo =
        [("MS-CV", PLANTED), ("WWW-Authenticate", PLANTED), ("location", PLANTED), ("Retry-After", PLANTED)];
    for status in [200, 302, 400, 401, 403, 404, 429, 500] {
        for body in [PLANTED.to_owned(), format!(r#"{{"AccessToken":"{PLANTED}","error":"{PLANTED}"}}"#)] {
            let script = || ScriptedTransport::new().then(status, &echo, body.clone());
            let with_key = client_builder(&script()).account_key(planted_key()).build().unwrap();
            check.error(&with_key.exchange().await.unwrap_err());
            let token = StaticTokenCredential::new(planted_token());
            let with_token = client_builder(&script()).token_credential(token).build().unwrap();
            check.error(&with_token.exchange().await.unwrap_err());
        }
    }
    for builder in [
        MixedRealityStsClient::builder(PLANTED, DOMAIN),
        MixedRealityStsClient::builder(ID, PLANTED),
        MixedRealityStsClient::builder(ID, DOMAIN).scope(&format!("{PLANTED} {PLANTED}")),
        MixedRealityStsClient::builder(ID, DOMAIN)
            .token_credential(StaticTokenCredential::new(planted_token())),
    ] {
        check.debug(&builder);
        check.error(&builder.account_key(planted_key()).build().unwrap_err());
    }
    let base64 = STANDARD.encode(PLANTED);
    check.error(&MixedRealityStsClient::builder(ID, &base64).account_key(key()).build().unwrap_err());
}

#[tokio::test]
async fn debug() {
    let check = LeakCheck::new([PLANTED]);
    let script = ScriptedTransport::new().then(200, &[("x", PLANTED)], answer(PLANTED, 2_000_000_000));
    let client = client_builder(&script).account_key(planted_key()).build().unwrap();
    check.debug(&client);
    check.debug(&client.exchange().await.unwrap());
    check.debug(&credential_builder(&script).account_key(planted_key()));
    check.debug(&credential_builder(&script).account_key(planted_key()).build().unwrap());
    check.debug(&MixedRealityCredential::with_token(planted_token()));
    assert!(script.requests()[0].headers()["authorization"].is_sensitive());
}
