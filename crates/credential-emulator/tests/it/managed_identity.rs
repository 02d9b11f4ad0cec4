//! Managed identities, in the forms of a virtual machine and of App Service.

use bytes::Bytes;
use credential_emulator::Emulator;
use http::{Request, Response};

use crate::client::{
    ARM_SCOPE, assert_refused, assert_snapshot, form, json, last, request, send, show, start,
};
use crate::tokens::claims;

const RESOURCE: &str = "https://management.azure.com/";

async fn imds(emulator: &Emulator, query: &[(&str, &str)], headers: &[&str]) -> Response<Bytes> {
    let path = format!("/metadata/identity/oauth2/token?{}", form(query));
    send(emulator, request(emulator, "GET", &path, headers, "")).await
}

async fn app_service(emulator: &Emulator, query: &[(&str, &str)], header: &str) -> Response<Bytes> {
    let url = format!("{}?{}", emulator.identity_endpoint(), form(query));
    let request = Request::get(url).header("x-identity-header", header).body(Bytes::new()).unwrap();
    send(emulator, request).await
}

#[tokio::test]
async fn tokens_of_a_virtual_machine_open_resource_manager() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let good = [("api-version", "2018-02-01"), ("resource", RESOURCE)];
    let response = imds(&emulator, &good, &["metadata: true"]).await;
    assert_snapshot("imds_token", &show(&response));
    assert_eq!(last(&emulator).verified[0], "managed identity 1d000000-0000-4000-8000-000000000001");
    let token = json(&response)["access_token"].as_str().unwrap().to_owned();
    assert_snapshot("imds_claims", &format!("{:#}", claims(&token)));

    let account = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}?api-version=2021-11-01",
        accounts.subscription_id, accounts.resource_group, accounts.ams_account_name
    );
    let header = format!("authorization: Bearer {token}");
    assert_eq!(send(&emulator, request(&emulator, "GET", &account, &[&header], "")).await.status(), 200);
    // It is no application: its client id gets nothing at the token endpoint.
    let fields = form(&[
        ("grant_type", "client_credentials"),
        ("client_id", &accounts.managed_identity_client_id),
        ("client_secret", "x"),
        ("scope", ARM_SCOPE),
    ]);
    let path = format!("/{}/oauth2/v2.0/token", accounts.tenant_id);
    let response = send(&emulator, request(&emulator, "POST", &path, &[], &fields)).await;
    assert_refused(&emulator, &response, 400, "AADSTS700016: client_id: '1d000000");
}

#[tokio::test]
async fn every_name_of_an_assigned_identity() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    for (name, value) in [
        ("client_id", accounts.managed_identity_client_id.to_uppercase()),
        ("object_id", accounts.managed_identity_object_id.clone()),
        ("principal_id", accounts.managed_identity_object_id.clone()),
        ("mi_res_id", accounts.managed_identity_resource_id.to_lowercase()),
        ("msi_res_id", accounts.managed_identity_resource_id.clone()),
    ] {
        let query = [("api-version", "2019-08-01"), ("resource", RESOURCE), (name, value.as_str())];
        let machine = imds(&emulator, &query, &["metadata: True"]).await;
        let app = app_service(&emulator, &query, &accounts.identity_header).await;
        for response in [machine, app] {
            assert_eq!(
                json(&response)["client_id"],
                accounts.managed_identity_client_id,
                "{name}: {response:?}"
            );
            let token = json(&response)["access_token"].as_str().unwrap().to_owned();
            assert_eq!(claims(&token)["oid"], accounts.managed_identity_object_id);
        }
    }
    let capable = [("api-version", "2019-08-01"), ("resource", RESOURCE), ("xms_cc", "cp1")];
    let response = app_service(&emulator, &capable, &accounts.identity_header).await;
    assert_snapshot("app_service_token", &show(&response));
    assert_eq!(claims(json(&response)["access_token"].as_str().unwrap())["xms_cc"][0], "cp1");
}

#[tokio::test]
async fn refusals() {
    let (emulator, _clock) = start().await;
    let version = ("api-version", "2018-02-01");
    let good = [version, ("resource", RESOURCE)];
    for (query, headers, reason) in [
        (&good[..], &[][..], "metadata: the header is not 'true'"),
        (
            &good,
            &["metadata: true", "x-forwarded-for: 10.0.0.1"],
            "x-forwarded-for: the request came by a proxy",
        ),
        (&good[1..], &["metadata: true"], "api-version: '' is not a date"),
        (&[version], &["metadata: true"], "resource: the query parameter is missing"),
        (
            &[version, ("resource", "https://x")],
            &["metadata: true"],
            "AADSTS500011: resource: 'https://x' is not known",
        ),
        (
            &[version, good[1], ("client_id", "x")],
            &["metadata: true"],
            "client_id: a text that is not a UUID",
        ),
        (&[version, good[1], ("mi_res_id", "/x")], &["metadata: true"], "mi_res_id: "),
    ] {
        let response = imds(&emulator, query, headers).await;
        assert_refused(&emulator, &response, 400, reason);
        assert!(json(&response)["error_description"].is_string());
    }
    let response = app_service(&emulator, &good, "wrong").await;
    assert_refused(&emulator, &response, 401, "x-identity-header: it is not the value of IDENTITY_HEADER");
    assert_eq!(json(&response)["statusCode"], 401);
}
