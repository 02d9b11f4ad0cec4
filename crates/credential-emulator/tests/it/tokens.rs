//! Tokens, verified with the published keys by code that shares nothing with the emulator's.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential_emulator::Emulator;
use serde_json::Value;

use crate::client::{
    ACS_SCOPE, ARM_SCOPE, NOW, assert_snapshot, form, json, request, send, start, token_for,
};

/// The claims, without looking at the signature.
pub(crate) fn claims(token: &str) -> Value {
    segment(token.split('.').nth(1).unwrap())
}

/// The header.
pub(crate) fn header(token: &str) -> Value {
    segment(token.split('.').next().unwrap())
}

fn segment(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

async fn jwks(emulator: &Emulator) -> Vec<Value> {
    let path = format!("/{}/discovery/v2.0/keys", emulator.accounts().tenant_id);
    let response = send(emulator, request(emulator, "GET", &path, &[], "")).await;
    json(&response)["keys"].as_array().unwrap().clone()
}

fn is_signed_by(token: &str, keys: &[Value]) -> bool {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key_id = &segment(signed.split('.').next().unwrap())["kid"];
    let Some(key) = keys.iter().find(|key| key["kid"] == *key_id) else { return false };
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let key = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).is_ok()
}

#[tokio::test]
async fn every_kind_of_token_verifies_with_the_published_keys() {
    let (emulator, _clock) = start().await;
    let keys = jwks(&emulator).await;
    let entra = token_for(&emulator, ACS_SCOPE).await;

    let accounts = emulator.accounts();
    let header = format!("authorization: Bearer {}:{}", accounts.mr_account_id, accounts.mr_account_key);
    let path = format!("/Accounts/{}/token", accounts.mr_account_id);
    let exchanged = send(&emulator, request(&emulator, "GET", &path, &[&header], "")).await;
    let mixed_reality = json(&exchanged)["AccessToken"].as_str().unwrap().to_owned();

    let header = format!("authorization: Bearer {entra}");
    let path = "/identities?api-version=2023-10-01";
    let body = r#"{"createTokenWithScopes":["chat"]}"#;
    let created = send(&emulator, request(&emulator, "POST", path, &[&header], body)).await;
    let user = json(&created)["accessToken"]["token"].as_str().unwrap().to_owned();

    for token in [&entra, &mixed_reality, &user] {
        assert!(is_signed_by(token, &keys), "{:#}", claims(token));
        // One bit of the claims, and it is another token.
        let (header, rest) = token.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        let changed = claims(token).to_string().replacen("\"exp\":1", "\"exp\":2", 1);
        assert_ne!(claims(token).to_string(), changed);
        let forged = format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(changed));
        assert!(!is_signed_by(&forged, &keys) && forged != format!("{header}.{body}.{signature}"));
    }

    let (other, _clock) = start().await;
    assert!(!is_signed_by(&entra, &jwks(&other).await), "each start has its own key");
}

#[tokio::test]
async fn claims_of_both_versions() {
    let (emulator, _clock) = start().await;
    let v2 = claims(&token_for(&emulator, "https://management.core.windows.net//.default").await);
    assert_snapshot("claims_v2", &format!("{v2:#}"));
    assert_eq!(v2["exp"].as_u64().unwrap(), NOW + 3_599);
    assert_eq!(v2["aud"], "https://management.core.windows.net/", "one /.default is cut off, no more");

    let accounts = emulator.accounts();
    let fields = form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &accounts.client_id),
        ("client_secret", &accounts.client_secret),
        ("resource", "https://management.azure.com/"),
    ]);
    let path = format!("/{}/oauth2/token", accounts.tenant_id);
    let response = send(&emulator, request(&emulator, "POST", &path, &[], &fields)).await;
    let v1 = claims(json(&response)["access_token"].as_str().unwrap());
    assert_snapshot("claims_v1", &format!("{v1:#}"));
}

#[tokio::test]
async fn the_issuer_is_that_of_the_metadata() {
    let (emulator, _clock) = start().await;
    let path = format!("/{}/v2.0/.well-known/openid-configuration", emulator.accounts().tenant_domain);
    let metadata = json(&send(&emulator, request(&emulator, "GET", &path, &[], "")).await);
    assert_eq!(claims(&token_for(&emulator, ARM_SCOPE).await)["iss"], metadata["issuer"]);
}
