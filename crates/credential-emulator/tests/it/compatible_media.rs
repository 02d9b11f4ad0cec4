//! Services compatible with Media Services: Ravnur and MK.IO.

use std::time::Duration;

use bytes::Bytes;
use credential_emulator::Emulator;
use http::Response;
use serde_json::json;

use crate::client::{ARM_SCOPE, assert_refused, json, last, request, send, start, token_for};

async fn sign_in(emulator: &Emulator, path: &str, body: &str) -> Response<Bytes> {
    send(emulator, request(emulator, "POST", path, &["content-type: application/json"], body)).await
}

async fn ask(emulator: &Emulator, method: &str, path: &str, header: &str) -> Response<Bytes> {
    send(emulator, request(emulator, method, path, &[header], "")).await
}

#[tokio::test]
async fn a_ravnur_key_becomes_a_token_for_the_same_paths() {
    let (emulator, clock) = start().await;
    let accounts = emulator.accounts();
    let (id, key) = (&accounts.subscription_id, &accounts.ravnur_api_key);
    let assets = format!(
        "/subscriptions/{id}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}/assets?api-version=2022-08-01",
        accounts.resource_group, accounts.ams_account_name
    );
    for (path, body) in [
        ("/auth/token", json!({ "subscriptionId": id, "apiKey": key })),
        ("//auth/token", json!({ "SubscriptionId": id.to_uppercase(), "ApiKey": key })),
    ] {
        let response = sign_in(&emulator, path, &body.to_string()).await;
        assert_eq!(response.status(), 200, "{:?}", last(&emulator));
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(
            (last(&emulator).service.as_str(), last(&emulator).verified),
            ("ravnur", vec!["API key".to_owned()])
        );
        let token = String::from_utf8(response.body().to_vec()).unwrap();
        assert_eq!(token.split('.').count(), 3, "the token's text, not JSON");

        let header = format!("authorization: Bearer {token}");
        let listed = ask(&emulator, "GET", &assets, &header).await;
        assert_eq!((listed.status().as_u16(), json(&listed)), (200, json!({ "value": [] })));
        assert!(last(&emulator).verified.contains(&"Ravnur token".to_owned()));
        emulator.advance(Duration::from_secs(3_600));
        let late = ask(&emulator, "GET", &assets, &header).await;
        assert_refused(&emulator, &late, 401, "exp: the token was valid until");
    }
    drop(clock);
}

#[tokio::test]
async fn refused_keys() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let (id, key) = (accounts.subscription_id.as_str(), accounts.ravnur_api_key.as_str());
    for (body, status, reason) in [
        (
            json!({ "subscriptionId": id, "apiKey": "x" }),
            401,
            "apiKey: it is not the key of this subscription",
        ),
        (
            json!({ "subscriptionId": key, "apiKey": key }),
            401,
            "subscriptionId: a text that is not a UUID is not served",
        ),
        (json!({ "subscriptionId": id }), 400, "apiKey: the field is missing"),
        (json!([]), 400, "subscriptionId: the field is missing"),
    ] {
        let response = sign_in(&emulator, "/auth/token", &body.to_string()).await;
        assert_refused(&emulator, &response, status, reason);
    }
}

#[tokio::test]
async fn an_mkio_token() {
    let (emulator, _clock) = start().await;
    let token = emulator.mkio_token().unwrap();
    let (new, old) = (format!("authorization: Bearer {token}"), format!("x-mkio-token: {token}"));
    assert_eq!(ask(&emulator, "GET", "/api/v1/user/profile", &new).await.status(), 200);
    assert_eq!(ask(&emulator, "PUT", "/api/profile", &old).await.status(), 200);
    let entra = format!("authorization: Bearer {}", token_for(&emulator, ARM_SCOPE).await);
    for (header, reason) in [
        (entra.as_str(), "token: it is not one of MK.IO"),
        ("authorization: Bearer x", "token: it is not a signed JWT"),
        (&old, "authorization: the token is missing"),
    ] {
        let response = ask(&emulator, "GET", "/api/v1/user/profile", header).await;
        assert_refused(&emulator, &response, 401, reason);
    }
    emulator.advance(Duration::from_secs(365 * 24 * 3_600));
    let response = ask(&emulator, "GET", "/api/v1/user/profile", &new).await;
    assert_refused(&emulator, &response, 401, "exp: the token was valid until");
}
