//! The refresh token grant: rotation, reuse, expiry, owners.

use std::time::Duration;

use bytes::Bytes;
use credential_emulator::Emulator;
use http::Response;

use crate::client::{
    AMS_SCOPE, ARM_SCOPE, assert_refused, assert_snapshot, form, json, last, request, send, show, start,
};
use crate::password::sign_in;
use crate::tokens::claims;

const DAY: Duration = Duration::from_secs(24 * 3_600);

async fn first(emulator: &Emulator) -> String {
    let scope = format!("{ARM_SCOPE} offline_access openid");
    token_in(&sign_in(emulator, &scope).await)
}

fn token_in(response: &Response<Bytes>) -> String {
    json(response)["refresh_token"].as_str().unwrap_or_else(|| panic!("{response:?}")).to_owned()
}

async fn refresh(emulator: &Emulator, path: &str, token: &str, more: &[(&str, &str)]) -> Response<Bytes> {
    let client_id = emulator.accounts().public_client_id.as_str();
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    fields.extend(more);
    if more.iter().all(|(name, _)| *name != "client_id") {
        fields.push(("client_id", client_id));
    }
    send(emulator, request(emulator, "POST", path, &[], &form(&fields))).await
}

const V2: &str = "/common/oauth2/v2.0/token";

#[tokio::test]
async fn each_use_gives_the_next() {
    let (emulator, _clock) = start().await;
    let one = first(&emulator).await;
    let response = refresh(&emulator, V2, &one, &[]).await;
    assert_snapshot("refreshed", &show(&response));
    assert_snapshot("refreshed_verified", &last(&emulator).verified.join("\n"));
    let two = token_in(&response);
    assert_ne!(one, two);
    // Another resource, another tenant, the older endpoint: the refresh token is bound to none of them.
    let response = refresh(&emulator, V2, &two, &[("scope", AMS_SCOPE)]).await;
    let answer = json(&response);
    assert_eq!(claims(answer["access_token"].as_str().unwrap())["aud"], "https://rest.media.azure.net");
    let path = format!("/{}/oauth2/token", emulator.accounts().other_tenant_id);
    let resource = [("resource", "https://management.azure.com/")];
    let answer = json(&refresh(&emulator, &path, &token_in(&response), &resource).await);
    let claims = claims(answer["access_token"].as_str().unwrap());
    assert_eq!(claims["tid"], emulator.accounts().other_tenant_id.as_str());
    assert_eq!((&claims["ver"], &claims["aud"]), (&"1.0".into(), &"https://management.azure.com/".into()));
}

#[tokio::test]
async fn a_second_use_revokes_all_of_the_sign_in() {
    let (emulator, _clock) = start().await;
    let (one, other_sign_in) = (first(&emulator).await, first(&emulator).await);
    let two = token_in(&refresh(&emulator, V2, &one, &[]).await);
    let response = refresh(&emulator, V2, &one, &[]).await;
    assert_refused(&emulator, &response, 400, "AADSTS50173: refresh_token: it was used before");
    assert_eq!(json(&response)["suberror"], "bad_token");
    let response = refresh(&emulator, V2, &two, &[]).await;
    assert_refused(&emulator, &response, 400, "AADSTS50173: refresh_token: an older one of the same sign-in");
    assert_eq!(refresh(&emulator, V2, &other_sign_in, &[]).await.status(), 200);
}

#[tokio::test]
async fn a_request_that_is_wrong_otherwise_costs_nothing() {
    let (emulator, _clock) = start().await;
    let token = first(&emulator).await;
    for (name, value, status, reason) in [
        ("scope", "https://unknown.example/.default", 400, "AADSTS500011: resource: "),
        ("resource", "https://management.azure.com", 400, "AADSTS901002: resource: "),
        ("client_secret", "x", 401, "AADSTS700025: client_id: "),
        ("client_id", "x", 400, "AADSTS700016: client_id: "),
    ] {
        let response = refresh(&emulator, V2, &token, &[(name, value)]).await;
        assert_refused(&emulator, &response, status, reason);
    }
    assert_eq!(refresh(&emulator, V2, &token, &[]).await.status(), 200);
}

#[tokio::test]
async fn unknown_foreign_and_expired() {
    let (emulator, clock) = start().await;
    let token = first(&emulator).await;
    let response = refresh(&emulator, V2, "x", &[]).await;
    assert_refused(&emulator, &response, 400, "AADSTS70000: refresh_token: it was not issued here");
    let response = refresh(&emulator, V2, "", &[]).await;
    assert_refused(&emulator, &response, 400, "AADSTS900144: refresh_token: ");
    let other = [("client_id", emulator.accounts().other_public_client_id.as_str())];
    let response = refresh(&emulator, V2, &token, &other).await;
    assert_refused(
        &emulator,
        &response,
        400,
        "AADSTS70000: refresh_token: it was issued to application c0000000-0000-4000-8000-000000000003, not to \
         c0000000-0000-4000-8000-000000000004",
    );
    assert_eq!(json(&response)["suberror"], "client_mismatch");

    // The 90 days begin anew with each use.
    clock.advance(89 * DAY);
    let next = token_in(&refresh(&emulator, V2, &token, &[]).await);
    clock.advance(89 * DAY);
    let next = token_in(&refresh(&emulator, V2, &next, &[]).await);
    clock.advance(90 * DAY);
    let response = refresh(&emulator, V2, &next, &[]).await;
    assert_refused(&emulator, &response, 400, "AADSTS700082: refresh_token: it was not used for 90 days");
    assert_eq!(json(&response)["error"], "invalid_grant");
}
