//! What tests do to a running emulator.

use std::time::{Duration, UNIX_EPOCH};

use credential_emulator::{DeviceSignInState, Emulator, Fault};
use credential_testkit::FakeClock;
use serde_json::json;

use crate::client::{ARM_SCOPE, NOW, assert_refused, form, json, request, send, start, token_for};
use crate::device_code::{begin, poll, text};

async fn key_ids(emulator: &Emulator) -> Vec<String> {
    let keys = send(emulator, request(emulator, "GET", "/common/discovery/v2.0/keys", &[], "")).await;
    let keys = json(&keys);
    keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn after_a_rotation_old_and_new_keys_are_good() {
    let (emulator, _clock) = start().await;
    let (old_keys, old) = (key_ids(&emulator).await, token_for(&emulator, ARM_SCOPE).await);
    emulator.rotate_signing_key().unwrap();
    let (keys, new) = (key_ids(&emulator).await, token_for(&emulator, ARM_SCOPE).await);
    assert_eq!(keys[2..], old_keys, "the new key comes first");
    let key_id = |token: &str| crate::tokens::header(token)["kid"].as_str().unwrap().to_owned();
    assert_eq!((key_id(&old), key_id(&new)), (old_keys[0].clone(), keys[0].clone()));
    for token in [old, new] {
        let accounts = emulator.accounts();
        let path = format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}?api-version=2021-11-01",
            accounts.subscription_id, accounts.resource_group, accounts.ams_account_name
        );
        let header = format!("authorization: Bearer {token}");
        assert_eq!(send(&emulator, request(&emulator, "GET", &path, &[&header], "")).await.status(), 200);
    }
}

#[tokio::test]
async fn forged_tokens_are_signed_well_and_refused_for_what_they_say() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let good = json!({
        "iss": format!("{}/{}/v2.0", emulator.authority(), accounts.tenant_id),
        "tid": accounts.tenant_id,
        "aud": "https://communication.azure.com/",
        "azp": accounts.client_id,
        "nbf": NOW,
        "exp": NOW + 60,
    });
    for (name, value, reason) in [
        ("aud", json!("https://communication.azure.com/"), None),
        ("aud", json!("api://other"), Some("audience: the token is for api://other")),
        ("exp", json!(NOW), Some("exp: the token was valid until")),
        ("exp", json!("soon"), Some("exp: the token was valid until")),
        ("nbf", json!(NOW + 301), Some("nbf: the token is valid from")),
        (
            "iss",
            json!("https://evil.example/"),
            Some("issuer: 'https://evil.example/' is no tenant's issuer"),
        ),
        ("tid", json!(accounts.other_tenant_id), Some("issuer: ")),
        ("azp", json!("nobody"), Some("application: 'nobody' is not known here")),
    ] {
        let mut claims = good.clone();
        claims[name] = value;
        let header = format!("authorization: Bearer {}", emulator.forge(&claims).unwrap());
        let path = "/identities?api-version=2023-10-01";
        let response = send(&emulator, request(&emulator, "POST", path, &[&header], "")).await;
        match reason {
            None => assert_eq!(response.status(), 201),
            Some(reason) => assert_refused(&emulator, &response, 401, reason),
        }
    }
    assert_eq!(emulator.forge(&"text").unwrap_err().problem(), "claims: they are no JSON object");
}

#[tokio::test]
async fn what_waits_can_be_listed() {
    let (emulator, clock) = start().await;
    let codes = [begin(&emulator, "common", ARM_SCOPE).await, begin(&emulator, "common", "openid").await];
    let states = || emulator.device_sign_ins().iter().map(|known| known.state).collect::<Vec<_>>();
    let first = &emulator.device_sign_ins()[0];
    assert_eq!(first.user_code, text(&codes[0], "user_code"));
    assert_eq!((&first.client_id, first.scopes.as_str()), (&emulator.accounts().public_client_id, ARM_SCOPE));
    assert_eq!(first.expires_at, UNIX_EPOCH + Duration::from_secs(NOW + 900));
    emulator.approve(&first.user_code).unwrap();
    assert_eq!(states(), [DeviceSignInState::Approved, DeviceSignInState::Waiting]);
    poll(&emulator, "common", text(&codes[0], "device_code")).await;
    clock.advance(Duration::from_secs(900));
    assert_eq!(states(), [DeviceSignInState::Redeemed, DeviceSignInState::Expired]);
    assert_eq!(serde_json::to_value(emulator.device_sign_ins()).unwrap()[1]["state"], "expired");

    emulator.fail_next("POST /sms", Fault::html().times(2));
    emulator.fail_next("/rooms", Fault::connection_reset().always());
    let shown: Vec<String> =
        emulator.faults().iter().map(|(matcher, fault)| format!("{matcher}: {fault}")).collect();
    assert_eq!(shown, ["POST /sms: status 502, HTML", "/rooms: connection reset"]);
    emulator.reset();
    assert!(emulator.faults().is_empty() && emulator.device_sign_ins().is_empty());
}

#[tokio::test]
async fn a_seed_repeats_the_ids() {
    let mut codes = Vec::new();
    for seed in [7, 7, 8] {
        let builder = Emulator::builder().clock(FakeClock::at(NOW).shared()).seed(seed);
        let emulator = builder.start().await.unwrap();
        codes.push(text(&begin(&emulator, "common", ARM_SCOPE).await, "user_code").to_owned());
    }
    assert_eq!(codes[0], codes[1]);
    assert_ne!(codes[1], codes[2]);
}

#[tokio::test]
async fn emulators_know_nothing_of_each_other() {
    let (one, two) = (Emulator::start().await.unwrap(), Emulator::start().await.unwrap());
    let token = token_for(&one, ARM_SCOPE).await;
    let header = format!("authorization: Bearer {token}");
    let response =
        send(&two, request(&two, "GET", "/subscriptions/x?api-version=2021-11-01", &[&header], "")).await;
    assert_refused(&two, &response, 401, "kid: '");
    assert_eq!((one.requests().len(), two.requests().len()), (1, 1));
    drop(one);
    let fields = form(&[("a", "b")]);
    assert_eq!(
        send(&two, request(&two, "POST", "/common/oauth2/v2.0/token", &[], &fields)).await.status(),
        400
    );
}

#[tokio::test]
async fn short_names_and_long_ones_are_the_same() {
    let (emulator, _clock) = start().await;
    assert_eq!(emulator.connection_string(), emulator.acs_connection_string());
    assert_eq!(emulator.ams_endpoint(), emulator.ams_rest_v2_endpoint());
}
