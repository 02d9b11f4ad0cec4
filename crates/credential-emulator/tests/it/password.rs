//! The password grant.

use bytes::Bytes;
use credential_emulator::Emulator;
use http::Response;
use serde_json::json;

use crate::client::{
    ARM_SCOPE, assert_refused, assert_snapshot, form, json, last, request, send, show, start,
};
use crate::tokens::claims;

/// Signs in with the user's password, to the public client.
pub(crate) async fn sign_in(emulator: &Emulator, scope: &str) -> Response<Bytes> {
    let fields = form(&good(emulator, scope));
    send(emulator, request(emulator, "POST", "/organizations/oauth2/v2.0/token", &[], &fields)).await
}

fn good<'a>(emulator: &'a Emulator, scope: &'a str) -> [(&'static str, &'a str); 5] {
    let accounts = emulator.accounts();
    [
        ("grant_type", "password"),
        ("client_id", &accounts.public_client_id),
        ("username", &accounts.user_name),
        ("password", &accounts.user_password),
        ("scope", scope),
    ]
}

#[tokio::test]
async fn gives_a_user_token() {
    let (emulator, _clock) = start().await;
    let response = sign_in(&emulator, ARM_SCOPE).await;
    assert_snapshot("password_token", &show(&response));
    assert_snapshot("password_token_verified", &last(&emulator).verified.join("\n"));
    assert_eq!(claims(json(&response)["access_token"].as_str().unwrap())["azpacr"], "0");
}

#[tokio::test]
async fn refusals() {
    let (emulator, _clock) = start().await;
    let (accounts, good) = (emulator.accounts(), good(&emulator, ARM_SCOPE));
    for (name, value, status, error, reason) in [
        ("username", None, 400, "invalid_request", "AADSTS900144: username: "),
        ("password", None, 400, "invalid_request", "AADSTS900144: password: "),
        ("username", Some("eve@emulator.onmicrosoft.com"), 400, "invalid_grant", "AADSTS50034: username: "),
        (
            "password",
            Some("wrong"),
            400,
            "invalid_grant",
            "AADSTS50126: password: it is not the password of ada@",
        ),
        ("scope", None, 400, "invalid_request", "AADSTS900144: scope: "),
        (
            "client_id",
            Some(accounts.client_id.as_str()),
            401,
            "invalid_client",
            "AADSTS7000218: client_secret: ",
        ),
    ] {
        let mut fields: Vec<_> = good.into_iter().filter(|(known, _)| *known != name).collect();
        fields.extend(value.map(|value| (name, value)));
        let request = request(&emulator, "POST", "/organizations/oauth2/v2.0/token", &[], &form(&fields));
        let response = send(&emulator, request).await;
        assert_refused(&emulator, &response, status, reason);
        assert_eq!(json(&response)["error"], error);
    }
    for (tenant, reason) in [
        ("common", "AADSTS9001023: tenant: "),
        ("consumers", "AADSTS9001023: tenant: "),
        (&accounts.other_tenant_id, "AADSTS50034: username: "),
    ] {
        let path = format!("/{tenant}/oauth2/v2.0/token");
        let response = send(&emulator, request(&emulator, "POST", &path, &[], &form(&good))).await;
        assert_refused(&emulator, &response, 400, reason);
    }
}

#[tokio::test]
async fn clients_that_handle_challenges_get_long_tokens() {
    let (emulator, _clock) = start().await;
    let capability = json!({ "access_token": { "xms_cc": { "values": ["cp1"] } } }).to_string();
    let other = json!({ "access_token": { "nbf": { "essential": true } } }).to_string();
    for (claims, expires_in, refresh_in) in
        [(capability.as_str(), json!(86_399), json!(43_199)), (&other, json!(3_599), json!(null))]
    {
        let mut fields = good(&emulator, ARM_SCOPE).to_vec();
        fields.push(("claims", claims));
        let path = "/organizations/oauth2/v2.0/token";
        let answer = json(&send(&emulator, request(&emulator, "POST", path, &[], &form(&fields))).await);
        assert_eq!((&answer["expires_in"], &answer["ext_expires_in"]), (&expires_in, &expires_in));
        assert_eq!(answer["refresh_in"], refresh_in);
    }
}

#[tokio::test]
async fn the_realm_of_a_user() {
    let (emulator, _clock) = start().await;
    for (name, kind) in [(emulator.accounts().user_name.as_str(), "Managed"), ("eve@example.com", "Unknown")]
    {
        let path = format!("/common/userrealm/{name}?api-version=1.0");
        let answer = json(&send(&emulator, request(&emulator, "GET", &path, &[], "")).await);
        assert_eq!(answer["account_type"], kind);
    }
}
