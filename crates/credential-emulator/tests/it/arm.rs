//! Media Services v3, through Azure Resource Manager.

use std::time::Duration;

use credential_emulator::Emulator;
use http::Response;

use crate::client::{
    AMS_SCOPE, ARM_SCOPE, assert_refused, assert_snapshot, foreign_token_for, json, last, request, send,
    show, start, token_for, unprivileged_token_for,
};

fn account(emulator: &Emulator) -> String {
    let accounts = emulator.accounts();
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}",
        accounts.subscription_id, accounts.resource_group, accounts.ams_account_name
    )
}

async fn ask(emulator: &Emulator, path: &str, token: &str) -> Response<bytes::Bytes> {
    let authorization = format!("authorization: Bearer {token}");
    send(emulator, request(emulator, "GET", path, &[&authorization], "")).await
}

#[tokio::test]
async fn the_account_in_both_generations() {
    let (emulator, _clock) = start().await;
    let token = token_for(&emulator, ARM_SCOPE).await;
    let path = account(&emulator);
    let response = ask(&emulator, &format!("{path}?api-version=2021-11-01"), &token).await;
    assert_snapshot("arm_account", &show(&response));
    assert_snapshot("arm_verified", &last(&emulator).verified.join("\n"));
    let response = ask(
        &emulator,
        &format!(
            "{}?api-version=2015-10-01",
            path.to_uppercase().replace("/SUBSCRIPTIONS", "/subscriptions")
        ),
        &token,
    )
    .await;
    assert_snapshot("arm_account_of_v2", &show(&response));
}

#[tokio::test]
async fn all_four_audiences() {
    let (emulator, _clock) = start().await;
    let path = format!("{}?api-version=2021-11-01", account(&emulator));
    for audience in [
        "management.core.windows.net/",
        "management.core.windows.net",
        "management.azure.com/",
        "management.azure.com",
    ] {
        let token = token_for(&emulator, &format!("https://{audience}/.default")).await;
        assert_eq!(ask(&emulator, &path, &token).await.status(), 200, "{audience}");
    }
}

#[tokio::test]
async fn refusals() {
    let (emulator, _clock) = start().await;
    let good = token_for(&emulator, ARM_SCOPE).await;
    let wrong_audience = token_for(&emulator, AMS_SCOPE).await;
    let no_role = unprivileged_token_for(&emulator, ARM_SCOPE).await;
    let foreign = foreign_token_for(&emulator, ARM_SCOPE).await;
    let path = account(&emulator);
    let v = "api-version=2021-11-01";
    let with = |from: &str, to: &str| format!("{}?{v}", path.replace(from, to));
    for (path, token, status, code, reason) in [
        (
            path.clone(),
            "x.y.z",
            400,
            "MissingApiVersionParameter",
            "api-version: the query parameter is missing",
        ),
        (
            format!("{path}?api-version=2.19"),
            "x.y.z",
            400,
            "InvalidApiVersionParameter",
            "api-version: '2.19'",
        ),
        (format!("{path}?{v}"), "x.y.z", 401, "InvalidAuthenticationToken", "token: it is not a signed JWT"),
        (
            format!("{path}?{v}"),
            &wrong_audience,
            401,
            "InvalidAuthenticationTokenAudience",
            "audience: the token is for https://rest.media.azure.net",
        ),
        (
            format!("{path}?{v}"),
            &foreign,
            401,
            "InvalidAuthenticationTokenTenant",
            "tenant: the token is of e0000000-0000-4000-8000-000000000002",
        ),
        (
            format!("{path}?{v}"),
            &no_role,
            403,
            "AuthorizationFailed",
            "role: application c0000000-0000-4000-8000-000000000002 has none",
        ),
        (with("50b00000", "50b00001"), &good, 404, "SubscriptionNotFound", "subscription: '50b00001-"),
        (with("emulator-rg", "other-rg"), &good, 404, "ResourceGroupNotFound", "resource group: 'other-rg'"),
        (with("emulatormedia", "othermedia"), &good, 404, "ResourceNotFound", "account: 'othermedia'"),
        (with("Microsoft.Media", "Microsoft.Compute"), &good, 404, "InvalidResourceType", "path: "),
        (with("emulatormedia", "emulatormedia/transforms"), &good, 404, "InvalidResourceType", "path: "),
        (format!("/subscriptions/x?{v}"), &good, 404, "InvalidResourceType", "path: "),
        (format!("{path}/assets?{v}&$orderby=name"), &good, 400, "BadRequest", "$orderby: "),
    ] {
        let response = ask(&emulator, &path, token).await;
        assert_refused(&emulator, &response, status, reason);
        assert_eq!(json(&response)["error"]["code"], code, "{reason}");
        assert_eq!(response.headers().contains_key("www-authenticate"), status == 401, "{reason}");
    }
    let path = format!("{path}?{v}");
    let response = send(&emulator, request(&emulator, "GET", &path, &[], "")).await;
    assert_refused(&emulator, &response, 401, "authorization: the header is missing");
    assert_eq!(json(&response)["error"]["code"], "AuthenticationFailed");
    assert_snapshot("arm_wrong_audience", &show(&ask(&emulator, &path, &wrong_audience).await));
    assert_snapshot("arm_wrong_tenant", &show(&ask(&emulator, &path, &foreign).await));
    assert_snapshot("arm_no_role", &show(&ask(&emulator, &path, &no_role).await));

    emulator.advance(Duration::from_secs(3_600));
    let response = ask(&emulator, &path, &good).await;
    assert_refused(
        &emulator,
        &response,
        401,
        "exp: the token was valid until 2024-02-29T12:59:59Z, it is 2024-02-29T13:00:00Z now",
    );
    assert_eq!(json(&response)["error"]["code"], "ExpiredAuthenticationToken");
}
