//! Revoked sessions, claims challenges, and what an administrator demands.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use credential_emulator::{Emulator, Fault};
use http::Response;
use serde_json::{Value, json};

use crate::client::{
    ACS_SCOPE, AMS_SCOPE, ARM_SCOPE, MR_SCOPE, assert_refused, assert_snapshot, form, json, last, request,
    send, show, start,
};
use crate::device_code::{begin, poll, post, text};
use crate::tokens::claims;

const CP1: &str = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
const V2: &str = "/organizations/oauth2/v2.0/token";

async fn by_password(emulator: &Emulator, scope: &str, claims: &str) -> Value {
    let accounts = emulator.accounts();
    let fields = [
        ("grant_type", "password"),
        ("client_id", accounts.public_client_id.as_str()),
        ("username", &accounts.user_name),
        ("password", &accounts.user_password),
        ("scope", scope),
        ("claims", claims),
    ];
    let response = post(emulator, V2, &fields).await;
    assert_eq!(response.status(), 200, "{:?}", last(emulator).refusal);
    json(&response)
}

async fn by_secret(emulator: &Emulator, scope: &str, claims: &str) -> String {
    let accounts = emulator.accounts();
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", accounts.client_id.as_str()),
        ("client_secret", &accounts.client_secret),
        ("scope", scope),
        ("claims", claims),
    ];
    let path = format!("/{}/oauth2/v2.0/token", accounts.tenant_id);
    text(&json(&post(emulator, &path, &fields).await), "access_token").to_owned()
}

async fn refresh(emulator: &Emulator, token: &str) -> Response<Bytes> {
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("refresh_token", token),
        ("scope", ARM_SCOPE),
    ];
    post(emulator, V2, &fields).await
}

async fn call(emulator: &Emulator, service: &(&str, String, &str), token: &str) -> Response<Bytes> {
    let (method, path, header) = service;
    let authorization = format!("authorization: Bearer {token}");
    send(emulator, request(emulator, method, path, &[&authorization, header], "")).await
}

/// One request of each service that takes Entra's tokens, with its scope.
fn services(emulator: &Emulator) -> [(&'static str, (&'static str, String, &'static str)); 4] {
    let accounts = emulator.accounts();
    let arm = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}?api-version=2021-11-01",
        accounts.subscription_id, accounts.resource_group, accounts.ams_account_name
    );
    let mr = format!("/Accounts/{}/token", accounts.mr_account_id);
    [
        (ACS_SCOPE, ("POST", "/identities?api-version=2023-10-01".to_owned(), "a: b")),
        (MR_SCOPE, ("GET", mr, "a: b")),
        (AMS_SCOPE, ("GET", "/api/Assets".to_owned(), "x-ms-version: 2.19")),
        (ARM_SCOPE, ("GET", arm, "a: b")),
    ]
}

/// The claims of the challenge, merged with the capability, as clients send them.
fn merged(response: &Response<Bytes>) -> String {
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains(r#"error="insufficient_claims""#), "{challenge}");
    let encoded = challenge.split(r#"claims=""#).nth(1).unwrap().trim_end_matches('"');
    let mut claims: Value = serde_json::from_slice(&STANDARD.decode(encoded).unwrap()).unwrap();
    claims["access_token"]["xms_cc"] = json!({ "values": ["cp1"] });
    claims.to_string()
}

#[tokio::test]
async fn every_service_challenges_a_revoked_user() {
    let (emulator, _clock) = start().await;
    let mut tokens = Vec::new();
    for (scope, service) in services(&emulator) {
        let (old, short) =
            (by_password(&emulator, scope, CP1).await, by_password(&emulator, scope, "{}").await);
        assert_eq!(claims(text(&old, "access_token"))["xms_cc"], json!(["cp1"]));
        assert!(call(&emulator, &service, text(&old, "access_token")).await.status().is_success());
        tokens.push((scope, service, old, short));
    }
    emulator.revoke_sessions(&emulator.accounts().user_name.to_uppercase()).unwrap();
    for (scope, service, old, short) in tokens {
        let response = call(&emulator, &service, text(&old, "access_token")).await;
        assert_refused(
            &emulator,
            &response,
            401,
            "session: those of a0000000-0000-4000-8000-000000000001 were revoked at 2024-02-29T12:00:00Z",
        );
        if scope == ARM_SCOPE {
            assert_snapshot(
                "claims_challenge",
                &response.headers()["www-authenticate"]
                    .to_str()
                    .unwrap()
                    .replace(emulator.https_origin(), "https://localhost:[port]"),
            );
        }
        // Within the same second: only the claims tell the two apart.
        let again = by_password(&emulator, scope, &merged(&response)).await;
        assert_eq!(claims(text(&again, "access_token"))["nbf"], 1_709_208_000);
        assert!(call(&emulator, &service, text(&again, "access_token")).await.status().is_success());
        // Who does not handle challenges gets none, and keeps a token that is short-lived.
        assert!(call(&emulator, &service, text(&short, "access_token")).await.status().is_success());
    }
}

#[tokio::test]
async fn sessions_end_with_their_refresh_tokens() {
    let (emulator, clock) = start().await;
    let old = by_password(&emulator, &format!("{ARM_SCOPE} offline_access"), CP1).await;
    emulator.revoke_sessions(&emulator.accounts().user_object_id).unwrap();
    let response = refresh(&emulator, text(&old, "refresh_token")).await;
    assert_refused(&emulator, &response, 400, "AADSTS50173: refresh_token: the user's sessions were revoked");
    assert_eq!(json(&response)["error"], "invalid_grant");

    // A later sign-in needs no claims.
    clock.advance(Duration::from_secs(1));
    let new = by_password(&emulator, &format!("{ARM_SCOPE} offline_access"), CP1).await;
    let [.., (_, arm)] = services(&emulator);
    assert_eq!(call(&emulator, &arm, text(&new, "access_token")).await.status(), 200);
    assert_eq!(refresh(&emulator, text(&new, "refresh_token")).await.status(), 200);
    emulator.revoke_sessions(&emulator.accounts().user_name).unwrap();
    emulator.reset();
    assert_eq!(call(&emulator, &arm, text(&new, "access_token")).await.status(), 200, "nothing was revoked");
}

#[tokio::test]
async fn an_application_is_challenged_too() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let [.., (_, arm)] = services(&emulator);
    let old = by_secret(&emulator, ARM_SCOPE, CP1).await;
    let user = by_password(&emulator, ARM_SCOPE, CP1).await;
    emulator.revoke_sessions(&accounts.client_id).unwrap();
    let response = call(&emulator, &arm, &old).await;
    assert_refused(
        &emulator,
        &response,
        401,
        "session: those of b0000000-0000-4000-8000-000000000001 were revoked",
    );
    let new = by_secret(&emulator, ARM_SCOPE, &merged(&response)).await;
    assert_eq!(call(&emulator, &arm, &new).await.status(), 200);
    assert_eq!(call(&emulator, &arm, text(&user, "access_token")).await.status(), 200, "somebody else");
    let error = emulator.revoke_sessions("nobody").unwrap_err();
    assert_eq!(error.problem(), "principal: no user and no application has this name or id");
}

#[tokio::test]
async fn a_challenge_that_was_asked_for() {
    let (emulator, _clock) = start().await;
    let [(_, acs), ..] = services(&emulator);
    emulator.fail_next("POST /identities", Fault::insufficient_claims());
    let token = by_secret(&emulator, ACS_SCOPE, CP1).await;
    let response = call(&emulator, &acs, &token).await;
    assert_eq!(response.status(), 401);
    assert_eq!(last(&emulator).fault.as_deref(), Some("status 401, claims challenge"));
    let token = by_secret(&emulator, ACS_SCOPE, &merged(&response)).await;
    assert_eq!(call(&emulator, &acs, &token).await.status(), 201);
}

#[tokio::test]
async fn an_administrator_demands_more_proof() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let old = by_password(&emulator, &format!("{ARM_SCOPE} offline_access"), "{}").await;
    emulator.demand_interaction();
    let refused = refresh(&emulator, text(&old, "refresh_token")).await;
    assert_refused(&emulator, &refused, 400, "AADSTS50076: policy: interaction was demanded");
    assert_snapshot("interaction_required", &show(&refused));
    let password = form(&[
        ("grant_type", "password"),
        ("client_id", &accounts.public_client_id),
        ("username", &accounts.user_name),
        ("password", &accounts.user_password),
        ("scope", ARM_SCOPE),
    ]);
    let response = send(&emulator, request(&emulator, "POST", V2, &[], &password)).await;
    assert_refused(&emulator, &response, 400, "AADSTS50076: ");
    // Applications have no user whom one could ask.
    assert!(!by_secret(&emulator, ARM_SCOPE, "{}").await.is_empty());

    let codes = begin(&emulator, "common", ARM_SCOPE).await;
    emulator.approve(text(&codes, "user_code")).unwrap();
    assert_eq!(poll(&emulator, "common", text(&codes, "device_code")).await.status(), 200);
    // The refused request did not cost the refresh token.
    assert_eq!(refresh(&emulator, text(&old, "refresh_token")).await.status(), 200);
}

#[tokio::test]
async fn the_page_meets_the_demand_and_silence_does_not() {
    let (emulator, _clock) = start().await;
    let ask = |prompt: &str| {
        let fields = [
            ("client_id", emulator.accounts().public_client_id.as_str()),
            ("response_type", "code"),
            ("redirect_uri", "http://localhost:8400/"),
            ("scope", ARM_SCOPE),
            ("prompt", prompt),
        ];
        let url = format!("{}/common/oauth2/v2.0/authorize?{}", emulator.https_origin(), form(&fields));
        emulator.sign_in(&url).unwrap()
    };
    assert!(ask("select_account").parameter("code").is_some());
    emulator.demand_interaction();
    assert_eq!(ask("none").parameter("error").as_deref(), Some("interaction_required"));
    assert!(ask("select_account").parameter("code").is_some());
    assert!(ask("none").parameter("code").is_some());
    // Signed out everywhere is signed out here.
    emulator.revoke_sessions(&emulator.accounts().user_name).unwrap();
    assert_eq!(ask("none").parameter("error").as_deref(), Some("login_required"));
}
