//! The token exchange.

use std::time::Duration;

use credential_emulator::Emulator;

use crate::client::{
    AMS_SCOPE, MR_SCOPE, assert_refused, assert_snapshot, foreign_token_for, json, last, request, send, show,
    start, token_for, unprivileged_token_for,
};
use crate::tokens::claims;

async fn exchange(emulator: &Emulator, path: &str, authorization: &str) -> http::Response<bytes::Bytes> {
    let authorization = format!("authorization: {authorization}");
    let headers: &[&str] = if authorization.ends_with(": ") { &[] } else { &[&authorization] };
    send(emulator, request(emulator, "GET", path, headers, "")).await
}

#[tokio::test]
async fn both_keys_and_both_paths() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let id = &accounts.mr_account_id;
    let first = format!("/Accounts/{id}/token?api-version=2019-02-28-preview");
    let response = exchange(&emulator, &first, &format!("Bearer {id}:{}", accounts.mr_account_key)).await;
    assert_snapshot("mr_token", &show(&response));
    let claims = claims(json(&response)["AccessToken"].as_str().unwrap());
    assert_snapshot("mr_token_claims", &format!("{claims:#}"));
    assert_eq!(last(&emulator).verified, ["primary account key"]);

    let second = format!("/accounts/{}/token", id.to_uppercase());
    let response = exchange(&emulator, &second, &format!("bearer {id}:{}", accounts.mr_secondary_key)).await;
    assert_eq!(response.status(), 200);
    assert_eq!(last(&emulator).verified, ["secondary account key"]);
}

#[tokio::test]
async fn an_entra_token_and_a_role() {
    let (emulator, _clock) = start().await;
    let path = format!("/Accounts/{}/token", emulator.accounts().mr_account_id);
    let own = format!("{}/.default", emulator.https_origin());
    for scope in [MR_SCOPE, "https://sts.mixedreality.azure.com/.default", &own] {
        let token = token_for(&emulator, scope).await;
        let response = exchange(&emulator, &path, &format!("Bearer {token}")).await;
        assert_eq!(response.status(), 200, "{scope}: {:?}", last(&emulator).refusal);
        let claims = claims(json(&response)["AccessToken"].as_str().unwrap());
        assert_eq!(claims["tid"], emulator.accounts().tenant_id);
    }
    assert_snapshot("mr_verified", &last(&emulator).verified.join("\n"));
}

#[tokio::test]
async fn refusals_have_no_body() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let (id, key) = (&accounts.mr_account_id, &accounts.mr_account_key);
    let other = "3d000000-0000-4000-8000-00000000000f";
    let path = format!("/Accounts/{id}/token");
    let wrong_audience = format!("Bearer {}", token_for(&emulator, AMS_SCOPE).await);
    let no_role = format!("Bearer {}", unprivileged_token_for(&emulator, MR_SCOPE).await);
    let foreign = format!("Bearer {}", foreign_token_for(&emulator, MR_SCOPE).await);
    let good = format!("Bearer {}", token_for(&emulator, MR_SCOPE).await);
    let with_key = format!("Bearer {id}:{key}");
    for (path, authorization, status, reason) in [
        ("/Accounts/eastus/token".to_owned(), with_key.clone(), 400, "account id: 'eastus' is not a UUID"),
        (format!("{path}?api-version=2020-01-01"), with_key.clone(), 400, "api-version: '2020-01-01'"),
        (path.clone(), String::new(), 401, "authorization: the header is missing"),
        (path.clone(), format!("Basic {id}:{key}"), 401, "authorization: the header is not 'Bearer'"),
        (
            path.clone(),
            format!("Bearer {id}:{}", accounts.acs_primary_key),
            401,
            "account key: it is neither key",
        ),
        (
            path.clone(),
            format!("Bearer {other}:{key}"),
            401,
            "account id: the path names '3d000000-0000-4000-8000-000000000001', the authorization '3d000000-0000-4000-8000-00000000000f'",
        ),
        (
            path.clone(),
            format!("Bearer {key}:{id}"),
            401,
            "account id: the path names '3d000000-0000-4000-8000-000000000001', the authorization a text that is not a UUID",
        ),
        (
            format!("/Accounts/{other}/token"),
            format!("Bearer {other}:{key}"),
            401,
            "account id: '3d000000-0000-4000-8000-00000000000f' is not served",
        ),
        (
            format!("/Accounts/{other}/token"),
            good,
            401,
            "account id: '3d000000-0000-4000-8000-00000000000f' is not served",
        ),
        (path.clone(), "Bearer x.y.z".to_owned(), 401, "token: it is not a signed JWT"),
        (
            path.clone(),
            wrong_audience,
            401,
            "audience: the token is for https://rest.media.azure.net, this service accepts https://sts.mixedreality.azure.com/",
        ),
        (path.clone(), no_role, 401, "role: application c0000000-0000-4000-8000-000000000002 has none"),
        (path.clone(), foreign, 401, "tenant: the token is of e0000000-0000-4000-8000-000000000002"),
    ] {
        let response = exchange(&emulator, &path, &authorization).await;
        assert_refused(&emulator, &response, status, reason);
        assert!(response.body().is_empty(), "{response:?}");
        assert!(response.headers().contains_key("ms-cv"));
    }
}

#[tokio::test]
async fn refusals_on_the_wire() {
    let (emulator, _clock) = start().await;
    let id = &emulator.accounts().mr_account_id;
    let path = format!("/Accounts/{id}/token");
    let response = exchange(&emulator, &path, &format!("Bearer {id}:wrong")).await;
    assert_snapshot("mr_wrong_key", &show(&response));
    let response = exchange(&emulator, &path, "Bearer x.y.z").await;
    assert_snapshot("mr_wrong_token", &show(&response));
}

#[tokio::test]
async fn tokens_expire_by_the_emulators_clock() {
    let (emulator, clock) = start().await;
    let path = format!("/Accounts/{}/token", emulator.accounts().mr_account_id);
    let authorization = format!("Bearer {}", token_for(&emulator, MR_SCOPE).await);
    clock.advance(Duration::from_secs(3_598));
    assert_eq!(exchange(&emulator, &path, &authorization).await.status(), 200);
    emulator.advance(Duration::from_secs(1));
    let response = exchange(&emulator, &path, &authorization).await;
    assert_refused(
        &emulator,
        &response,
        401,
        "exp: the token was valid until 2024-02-29T12:59:59Z, it is 2024-02-29T12:59:59Z now",
    );
}
