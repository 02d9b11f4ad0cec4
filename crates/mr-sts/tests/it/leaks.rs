//! No public type and no error shows a secret that was put in, not even when the service sends it back.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use credential::{AccessKey, AccessToken, StaticTokenCredential};
use credential_testkit::{LeakCheck, ScriptedTransport};
use http::Response;
use mr_sts::remote_rendering::{check as checked, read_session, read_sessions};
use mr_sts::{MixedRealityAuthorizer, MixedRealityCredential, MixedRealityStsClient};

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

/// Both keys are secret, the one that was refused first as well.
#[tokio::test]
async fn neither_of_two_keys() {
    let check = LeakCheck::new([PLANTED, "0ther-pl4nted"]);
    let keys = planted_key();
    keys.rotate(PLANTED, Some("0ther-pl4nted")).unwrap();
    let echo = [("WWW-Authenticate", "0ther-pl4nted"), ("MS-CV", "0ther-pl4nted")];
    let script = ScriptedTransport::new().then(401, &[], "").then(401, &echo, "0ther-pl4nted");
    let client = client_builder(&script).account_key(keys).build().unwrap();
    check.error(&client.exchange().await.unwrap_err());
    check.debug(&client);
    assert!(script.requests().iter().all(|request| request.headers()["authorization"].is_sensitive()));
}

#[tokio::test]
async fn downstream() {
    let check = LeakCheck::new([PLANTED]);
    let endpoint = credential::Endpoint::parse("endpoint", "https://rr.example").unwrap();
    let authorizer =
        MixedRealityAuthorizer::new(MixedRealityCredential::with_token(planted_token()), &endpoint);
    check.debug(&authorizer);
    let script = ScriptedTransport::new().then_json("{}");
    let request = mr_sts::remote_rendering::list_sessions(&endpoint, ID).unwrap();
    authorizer.send(&script, request).await.unwrap();
    assert!(script.requests()[0].headers()["authorization"].is_sensitive());

    for status in [200, 302, 400, 401, 403, 404, 409, 429, 500] {
        for body in
            [PLANTED.to_owned(), format!(r#"{{"error":{{"code":"{PLANTED}","message":"{PLANTED}"}}}}"#)]
        {
            let answer =
                Response::builder().status(status).header("ms-cv", PLANTED).header("retry-after", PLANTED);
            let answer = answer.header("www-authenticate", PLANTED).body(Bytes::from(body)).unwrap();
            check.error(&read_session(&answer).unwrap_err());
            check.error(&read_sessions(&answer).unwrap_err());
            if let Err(error) = checked(&answer) {
                check.error(&error);
            }
        }
    }
    let echoed = format!(
        r#"{{"sessions":[{{"id":"{PLANTED}","status":"{PLANTED}"}}],"@nextLink":"https://{PLANTED}"}}"#
    );
    let page = read_sessions(&Response::new(echoed.into())).unwrap();
    check.debug(&page);
    check.error(&mr_sts::remote_rendering::next_sessions(&endpoint, &page).unwrap_err());
    check.error(&mr_sts::remote_rendering::session(&endpoint, PLANTED, "s").unwrap_err());
    check.error(&mr_sts::remote_rendering::session(&endpoint, ID, &format!("{PLANTED}/..")).unwrap_err());
}
