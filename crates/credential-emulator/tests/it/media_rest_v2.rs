//! Media Services REST v2.

use credential_emulator::Emulator;
use http::Response;

use crate::client::{
    AMS_SCOPE, ARM_SCOPE, assert_refused, assert_snapshot, foreign_token_for, json, last, request, send,
    show, start, token_for, unprivileged_token_for,
};

const VERSION: &str = "x-ms-version: 2.19";

async fn ask(emulator: &Emulator, path: &str, token: &str, headers: &[&str]) -> Response<bytes::Bytes> {
    let authorization = format!("authorization: Bearer {token}");
    let headers = [headers, &[authorization.as_str()]].concat();
    send(emulator, request(emulator, "GET", path, &headers, "")).await
}

#[tokio::test]
async fn lists_in_both_forms() {
    let (emulator, _clock) = start().await;
    let token = token_for(&emulator, AMS_SCOPE).await;
    let verbose = "accept: application/json;odata=verbose";
    let minimal = "accept: application/json;odata=minimalmetadata";
    let response = ask(&emulator, "/api/Assets", &token, &[VERSION, verbose]).await;
    assert_snapshot("ams_assets_verbose", &show(&response));
    assert_snapshot("ams_verified", &last(&emulator).verified.join("\n"));
    let response = ask(&emulator, "/api/MediaProcessors?api-version=2.0", &token, &[minimal]).await;
    assert_snapshot("ams_processors_minimal", &show(&response));
    for root in ["/api", "/api/", "/API/"] {
        let response = ask(&emulator, root, &token, &[VERSION]).await;
        assert_eq!(json(&response)["value"][0]["url"], "Assets", "{root}");
    }
}

#[tokio::test]
async fn what_is_created_is_listed_here_and_in_v3() {
    let (emulator, _clock) = start().await;
    let token = token_for(&emulator, AMS_SCOPE).await;
    let authorization = format!("authorization: Bearer {token}");
    let headers = [authorization.as_str(), VERSION, "client-request-id: 4711"];
    for name in ["first", "second"] {
        let body = format!(r#"{{"Name":"{name}","Options":1}}"#);
        let response = send(&emulator, request(&emulator, "POST", "/api/Assets", &headers, &body)).await;
        if name == "first" {
            assert_snapshot("ams_asset_created", &show(&response));
        }
    }
    let listed = json(&ask(&emulator, "/api/Assets?$top=1&$skip=1", &token, &[VERSION]).await);
    assert_eq!(listed["value"].as_array().unwrap().len(), 1);
    assert_eq!(listed["value"][0]["Name"], "second");

    let arm = token_for(&emulator, ARM_SCOPE).await;
    let accounts = emulator.accounts();
    let path = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}/assets?api-version=2022-08-01",
        accounts.subscription_id, accounts.resource_group, accounts.ams_account_name
    );
    assert_snapshot("arm_assets", &show(&ask(&emulator, &path, &arm, &[]).await));
}

#[tokio::test]
async fn refusals() {
    let (emulator, _clock) = start().await;
    let good = token_for(&emulator, AMS_SCOPE).await;
    let wrong_audience = token_for(&emulator, ARM_SCOPE).await;
    let no_role = unprivileged_token_for(&emulator, AMS_SCOPE).await;
    let foreign = foreign_token_for(&emulator, AMS_SCOPE).await;
    for (path, token, headers, status, reason) in [
        ("/api/Assets", "x.y.z", &[VERSION][..], 401, "token: it is not a signed JWT"),
        (
            "/api/Assets",
            &wrong_audience,
            &[VERSION],
            401,
            "audience: the token is for https://management.azure.com, this service accepts https://rest.media.azure.net",
        ),
        (
            "/api/Assets",
            &no_role,
            &[VERSION],
            401,
            "role: application c0000000-0000-4000-8000-000000000002 has none on account emulatormedia",
        ),
        (
            "/api/Assets",
            &foreign,
            &[VERSION],
            401,
            "tenant: the token is of e0000000-0000-4000-8000-000000000002",
        ),
        ("/api/Assets", &good, &[], 400, "x-ms-version: neither the header nor api-version is there"),
        ("/api/Assets", &good, &["x-ms-version: 2.20"], 400, "x-ms-version: '2.20'"),
        ("/api/Assets", &good, &["x-ms-version: latest"], 400, "x-ms-version: 'latest'"),
        (
            "/api/Assets?$filter=x",
            &good,
            &[VERSION],
            400,
            "$filter: this emulator serves $top and $skip only",
        ),
        ("/api/Assets?$top=many", &good, &[VERSION], 400, "$top: 'many' is not a number"),
        ("/api/Jobs", &good, &[VERSION], 404, "entity: 'Jobs' is not served"),
    ] {
        let response = ask(&emulator, path, token, headers).await;
        assert_refused(&emulator, &response, status, reason);
        assert_eq!(json(&response)["odata.error"]["code"], "", "{reason}");
    }
    let response =
        ask(&emulator, "/api/", "x.y.z", &[VERSION, "accept: application/json;odata=verbose"]).await;
    assert_snapshot("ams_unauthorized_verbose", &show(&response));

    let header = format!("authorization: Bearer {good}");
    for body in ["", "[]", "{"] {
        let response =
            send(&emulator, request(&emulator, "POST", "/api/Assets", &[&header, VERSION], body)).await;
        assert_refused(&emulator, &response, 400, "body: it is not a JSON object");
    }
}

#[tokio::test]
async fn the_entry_of_old_leads_to_the_accounts_address() {
    let (emulator, _clock) = start().await;
    let token = token_for(&emulator, AMS_SCOPE).await;
    let endpoint = emulator.ams_legacy_endpoint();
    let root = endpoint.strip_prefix(emulator.https_origin()).unwrap();
    for path in [root.to_owned(), format!("{root}Assets?$top=1"), root.trim_end_matches('/').to_owned()] {
        let response = ask(&emulator, &path, &token, &[VERSION]).await;
        assert_eq!(response.status(), 301, "{:?}", last(&emulator));
        assert_eq!(response.headers()["location"], emulator.ams_endpoint().as_str());
    }
    let response = send(&emulator, request(&emulator, "GET", root, &[VERSION], "")).await;
    assert_refused(&emulator, &response, 401, "authorization: the header is missing");
}

#[tokio::test]
async fn data_service_versions() {
    let (emulator, _clock) = start().await;
    let token = token_for(&emulator, AMS_SCOPE).await;
    for (header, reason) in [
        ("dataserviceversion: 3.0", None),
        ("maxdataserviceversion: 3.0;NetFx", None),
        ("dataserviceversion: 4.0", Some("dataserviceversion: '4.0' is not one of 1.0, 2.0 and 3.0")),
        ("maxdataserviceversion: x", Some("maxdataserviceversion: 'x' is not one of")),
    ] {
        let response = ask(&emulator, "/api/Assets", &token, &[VERSION, header]).await;
        match reason {
            None => assert_eq!(response.status(), 200, "{header}"),
            Some(reason) => assert_refused(&emulator, &response, 400, reason),
        }
    }
}
