//! The on-behalf-of grant.

use std::time::Duration;

use bytes::Bytes;
use credential_emulator::Emulator;
use http::Response;

use crate::client::{
    AMS_SCOPE, ARM_SCOPE, assert_refused, assert_snapshot, form, json, last, request, send, show, start,
    token_for,
};
use crate::password::sign_in;
use crate::tokens::claims;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn own_scope(emulator: &Emulator) -> String {
    format!("api://{}/access_as_user openid", emulator.accounts().client_id)
}

async fn user_answer(emulator: &Emulator, scope: &str, member: &str) -> String {
    json(&sign_in(emulator, scope).await)[member].as_str().unwrap().to_owned()
}

async fn exchange(
    emulator: &Emulator,
    tenant: &str,
    assertion: &str,
    change: (&str, Option<&str>),
) -> Response<Bytes> {
    let accounts = emulator.accounts();
    let good = [
        ("grant_type", GRANT),
        ("client_id", accounts.client_id.as_str()),
        ("client_secret", &accounts.client_secret),
        ("requested_token_use", "on_behalf_of"),
        ("assertion", assertion),
        ("scope", "https://rest.media.azure.net/.default offline_access"),
    ];
    let mut fields: Vec<_> = good.into_iter().filter(|(known, _)| *known != change.0).collect();
    fields.extend(change.1.map(|value| (change.0, value)));
    let path = format!("/{tenant}/oauth2/v2.0/token");
    send(emulator, request(emulator, "POST", &path, &[], &form(&fields))).await
}

const UNCHANGED: (&str, Option<&str>) = ("", None);

#[tokio::test]
async fn a_users_token_becomes_another() {
    let (emulator, _clock) = start().await;
    let tenant = &emulator.accounts().tenant_id;
    let assertion = user_answer(&emulator, &own_scope(&emulator), "access_token").await;
    let response = exchange(&emulator, tenant, &assertion, UNCHANGED).await;
    assert_snapshot("on_behalf_of", &show(&response));
    assert_snapshot("on_behalf_of_verified", &last(&emulator).verified.join("\n"));
    let token = claims(json(&response)["access_token"].as_str().unwrap());
    assert_eq!(token["oid"], emulator.accounts().user_object_id.as_str());
    assert_eq!((&token["aud"], &token["azpacr"]), (&"https://rest.media.azure.net".into(), &"1".into()));
    // The application's id alone names it too.
    let scope = format!("{}/.default", emulator.accounts().client_id);
    let assertion = user_answer(&emulator, &scope, "access_token").await;
    assert_eq!(exchange(&emulator, "organizations", &assertion, UNCHANGED).await.status(), 200);
}

#[tokio::test]
async fn a_confidential_clients_refresh_token_needs_its_proof() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let assertion = user_answer(&emulator, &own_scope(&emulator), "access_token").await;
    let answer = json(&exchange(&emulator, &accounts.tenant_id, &assertion, UNCHANGED).await);
    let token = answer["refresh_token"].as_str().unwrap();
    let without = [
        ("grant_type", "refresh_token"),
        ("client_id", accounts.client_id.as_str()),
        ("refresh_token", token),
    ];
    let with = [&without[..], &[("client_secret", accounts.client_secret.as_str())]].concat();
    let path = format!("/{}/oauth2/v2.0/token", accounts.tenant_id);
    let response = send(&emulator, request(&emulator, "POST", &path, &[], &form(&without))).await;
    assert_refused(&emulator, &response, 401, "AADSTS7000218: client_secret: ");
    let response = send(&emulator, request(&emulator, "POST", &path, &[], &form(&with))).await;
    assert_eq!(response.status(), 200, "{:?}", last(&emulator));
}

#[tokio::test]
async fn refusals() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let tenant = accounts.tenant_id.as_str();
    let good = user_answer(&emulator, &own_scope(&emulator), "access_token").await;
    for (change, status, error, reason) in [
        (("requested_token_use", None), 400, "invalid_request", "AADSTS900144: requested_token_use: "),
        (("requested_token_use", Some("x")), 400, "invalid_request", "AADSTS9002313: requested_token_use: "),
        (("assertion", None), 400, "invalid_request", "AADSTS900144: assertion: "),
        (("scope", None), 400, "invalid_request", "AADSTS900144: scope: "),
        (("client_secret", None), 401, "invalid_client", "AADSTS7000218: client_secret: "),
        (("client_secret", Some("x")), 401, "invalid_client", "AADSTS7000215: client_secret: "),
    ] {
        let response = exchange(&emulator, tenant, &good, change).await;
        assert_refused(&emulator, &response, status, reason);
        assert_eq!(json(&response)["error"], error);
    }

    let id_token = user_answer(&emulator, &own_scope(&emulator), "id_token").await;
    let for_another = user_answer(&emulator, ARM_SCOPE, "access_token").await;
    let app_only = token_for(&emulator, AMS_SCOPE).await;
    for (assertion, reason) in [
        ("x", "AADSTS50013: assertion: token: it is not a signed JWT"),
        (&id_token, "AADSTS240002: assertion: it is an id token"),
        (
            &for_another,
            "AADSTS500131: assertion: it is for https://management.azure.com, not for application c0000000",
        ),
        (&app_only, "AADSTS7000114: assertion: it is an application's own token"),
        (&emulator.federated_assertion("x").unwrap(), "AADSTS50013: assertion: 'https://localhost"),
    ] {
        let response = exchange(&emulator, tenant, assertion, UNCHANGED).await;
        assert_refused(&emulator, &response, 400, reason);
        assert_eq!(json(&response)["error"], "invalid_grant");
    }
    let response = exchange(&emulator, &accounts.other_tenant_id, &good, UNCHANGED).await;
    assert_refused(&emulator, &response, 400, "AADSTS50013: assertion: it is of tenant e0000000-");
    emulator.advance(Duration::from_secs(3_599));
    let response = exchange(&emulator, tenant, &good, UNCHANGED).await;
    assert_refused(&emulator, &response, 400, "AADSTS500133: assertion: it has expired");
}

#[tokio::test]
async fn public_clients_cannot() {
    let (emulator, _clock) = start().await;
    let assertion = user_answer(&emulator, &own_scope(&emulator), "access_token").await;
    let fields = form(&[
        ("grant_type", GRANT),
        ("client_id", &emulator.accounts().public_client_id),
        ("requested_token_use", "on_behalf_of"),
        ("assertion", &assertion),
        ("scope", ARM_SCOPE),
    ]);
    let response =
        send(&emulator, request(&emulator, "POST", "/common/oauth2/v2.0/token", &[], &fields)).await;
    assert_refused(&emulator, &response, 401, "AADSTS7000218: client_id: ");
}
