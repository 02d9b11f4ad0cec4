//! What several users may do: roles, on-behalf-of, revoked sessions, exchanges.

use credential_emulator::Emulator;
use serde_json::{Value, json};

use crate::client::{
    ACS_SCOPE, AMS_SCOPE, ARM_SCOPE, MR_SCOPE, NOW, assert_refused, json as body_of, last, request, send,
};
use crate::device_code::{begin, poll, post, text};
use crate::tokens::claims;
use crate::user_sign_ins::url;
use crate::users::{
    ADA, BOB, BOB_ID, CAROL, CAROL_ID, FABRIKAM, by_password, password_of, refresh, start, token_of,
};

/// The status of one request to each service that looks at roles.
async fn statuses(emulator: &Emulator, token_for: impl AsyncFn(&str) -> String) -> Vec<u16> {
    let accounts = emulator.accounts();
    let arm = format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}?api-version=2021-11-01",
        accounts.subscription_id, accounts.resource_group, accounts.ams_account_name
    );
    let mr = format!("/Accounts/{}/token", accounts.mr_account_id);
    let mut statuses = Vec::new();
    for (scope, method, path) in [
        (ACS_SCOPE, "POST", "/identities?api-version=2023-10-01"),
        (MR_SCOPE, "GET", &mr),
        (AMS_SCOPE, "GET", "/api/Assets"),
        (ARM_SCOPE, "GET", &arm),
    ] {
        let bearer = format!("authorization: Bearer {}", token_for(scope).await);
        let headers = [bearer.as_str(), "x-ms-version: 2.19"];
        statuses.push(send(emulator, request(emulator, method, path, &headers, "")).await.status().as_u16());
    }
    statuses
}

#[tokio::test]
async fn roles_are_each_users_own() {
    let emulator = start().await;
    assert_eq!(
        statuses(&emulator, async |scope: &str| token_of(&emulator, BOB, scope).await).await,
        [201, 200, 200, 200]
    );

    // A guest without roles comes in by the browser, and is told what is missing.
    let tenant = emulator.accounts().tenant_id.clone();
    let as_guest = async |scope: &str| {
        let codes = begin(&emulator, &tenant, scope).await;
        emulator.approve_as(CAROL, text(&codes, "user_code")).unwrap();
        text(&body_of(&poll(&emulator, &tenant, text(&codes, "device_code")).await), "access_token")
            .to_owned()
    };
    assert_eq!(statuses(&emulator, as_guest).await, [401, 401, 401, 403]);
    let reason = format!("role: user {CAROL_ID} has none on account emulatormedia");
    assert_eq!(last(&emulator).refusal.as_deref(), Some(reason.as_str()));

    // At home she has a token of another tenant.
    let at_home = async |scope: &str| token_of(&emulator, CAROL, scope).await;
    assert_eq!(statuses(&emulator, at_home).await, [401, 401, 401, 401]);
    let refusal = last(&emulator).refusal.unwrap();
    assert!(refusal.starts_with("tenant: the token is of e0000000-0000-4000-8000-000000000003"), "{refusal}");

    let nobody = json!({
        "iss": format!("{}/{tenant}/v2.0", emulator.https_origin()), "tid": tenant, "aud": "https://rest.media.azure.net",
        "azp": emulator.accounts().public_client_id, "oid": FABRIKAM, "scp": "user_impersonation", "exp": NOW + 60,
    });
    let bearer = format!("authorization: Bearer {}", emulator.forge(&nobody).unwrap());
    let headers = [bearer.as_str(), "x-ms-version: 2.19"];
    let response = send(&emulator, request(&emulator, "GET", "/api/Assets", &headers, "")).await;
    assert_refused(&emulator, &response, 401, "user: nobody has the object id 'e0000000-");
}

#[tokio::test]
async fn an_application_passes_on_for_whom_it_was_called() {
    let emulator = start().await;
    let accounts = emulator.accounts();
    let exchange = async |tenant: &str, assertion: &str| {
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("client_id", accounts.client_id.as_str()),
            ("client_secret", &accounts.client_secret),
            ("requested_token_use", "on_behalf_of"),
            ("assertion", assertion),
            ("scope", ARM_SCOPE),
        ];
        post(&emulator, &format!("/{tenant}/oauth2/v2.0/token"), &fields).await
    };
    let own = format!("api://{}/.default", accounts.client_id);
    for (name, tenant) in [(BOB, accounts.tenant_id.as_str()), (CAROL, FABRIKAM), (CAROL, "organizations")] {
        let assertion = token_of(&emulator, name, &own).await;
        let answer = body_of(&exchange(tenant, &assertion).await);
        let token = claims(text(&answer, "access_token"));
        assert_eq!((&token["upn"], &token["azp"]), (&json!(name), &json!(accounts.client_id)));
        assert!(last(&emulator).verified.contains(&format!("assertion: an access token of {name}")));
    }
    let response = exchange(FABRIKAM, &token_of(&emulator, BOB, &own).await).await;
    assert_refused(
        &emulator,
        &response,
        400,
        "AADSTS50013: assertion: it is of tenant e0000000-0000-4000-8000-000000000001",
    );
}

const CP1: &str = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;

async fn long_lived(emulator: &Emulator, name: &str) -> (String, String) {
    let fields = [
        ("grant_type", "password"),
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("username", name),
        ("password", password_of(name)),
        ("scope", "https://rest.media.azure.net/.default offline_access"),
        ("claims", CP1),
    ];
    let answer = body_of(&post(emulator, "/organizations/oauth2/v2.0/token", &fields).await);
    (text(&answer, "access_token").to_owned(), text(&answer, "refresh_token").to_owned())
}

#[tokio::test]
async fn one_users_sessions_end_without_the_others() {
    let emulator = start().await;
    let (ada, bob) = (long_lived(&emulator, ADA).await, long_lived(&emulator, BOB).await);
    emulator.sign_in_as(ADA, &url(&emulator, "common", &[])).unwrap();
    emulator.sign_in_as(BOB, &url(&emulator, "common", &[])).unwrap();
    emulator.revoke_sessions(BOB).unwrap();
    for ((token, refresh_token), refusal) in [
        (&ada, None),
        (&bob, Some(format!("session: those of {BOB_ID} were revoked at 2024-02-29T12:00:00Z"))),
    ] {
        let bearer = format!("authorization: Bearer {token}");
        let headers = [bearer.as_str(), "x-ms-version: 2.19"];
        send(&emulator, request(&emulator, "GET", "/api/Assets", &headers, "")).await;
        let found = last(&emulator).refusal;
        assert_eq!(found.is_some(), refusal.is_some());
        assert!(found.unwrap_or_default().starts_with(&refusal.clone().unwrap_or_default()));
        let status = refresh(&emulator, "organizations", refresh_token).await.status();
        assert_eq!(status, if refusal.is_some() { 400 } else { 200 });
    }
    let silent = |hint| {
        emulator.sign_in(&url(&emulator, "common", &[("prompt", "none"), ("login_hint", hint)])).unwrap()
    };
    assert_eq!(silent(BOB).parameter("error").as_deref(), Some("login_required"));
    assert!(silent(ADA).parameter("code").is_some());
}

#[tokio::test]
async fn each_user_meets_the_demand_alone() {
    let emulator = start().await;
    emulator.demand_interaction();
    let codes = begin(&emulator, "common", "openid").await;
    emulator.approve_as(BOB, text(&codes, "user_code")).unwrap();
    assert_eq!(poll(&emulator, "common", text(&codes, "device_code")).await.status(), 200);
    assert_eq!(by_password(&emulator, "organizations", BOB, ARM_SCOPE).await.status(), 200);
    let response = by_password(&emulator, "organizations", ADA, ARM_SCOPE).await;
    assert_refused(&emulator, &response, 400, "AADSTS50076: policy: ");
}

#[tokio::test]
async fn exchanges_speak_for_the_user_who_signed_in() {
    let emulator = start().await;
    let accounts = emulator.accounts();
    let entra = token_of(&emulator, BOB, "https://communication.azure.com/clients/VoIP").await;
    let exchange = async |path: &str, token: &str, body: &Value| {
        let bearer = format!("authorization: Bearer {token}");
        send(&emulator, request(&emulator, "POST", path, &[&bearer], &body.to_string())).await
    };
    let path = "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview";
    let answer = body_of(&exchange(path, &entra, &json!({})).await);
    let id = format!("8:acs:{}_wf_{}_{BOB_ID}", accounts.acs_resource_id, accounts.tenant_id);
    assert_eq!(answer["identity"]["id"], id);
    let user = emulator.verify_user_token(text(&answer["accessToken"], "token")).unwrap();
    assert_eq!(user.user_id, id);

    // Teams Phone wants an assignment, which only the well-known user has from the start.
    let teams =
        token_of(&emulator, BOB, "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls")
            .await;
    let path = "/access/teamsExtension/:exchangeAccessToken?api-version=2025-06-30";
    let response = exchange(path, &teams, &json!({})).await;
    assert_refused(&emulator, &response, 403, &format!("assignment: user {BOB_ID} has none for application"));
    let resource_owner = token_of(&emulator, BOB, ACS_SCOPE).await;
    let assignment = format!(
        "/access/teamsExtension/tenants/{}/assignments/{BOB_ID}?api-version=2025-06-30",
        accounts.tenant_id
    );
    let body = json!({ "principalType": "user", "clientIds": [accounts.public_client_id] });
    let bearer = format!("authorization: Bearer {resource_owner}");
    let put = request(&emulator, "PUT", &assignment, &[&bearer], &body.to_string());
    assert_eq!(send(&emulator, put).await.status(), 201);
    let answer = body_of(&exchange(path, &teams, &json!({})).await);
    let id = format!("8:acs:{}_{}_{BOB_ID}", accounts.acs_resource_id, accounts.tenant_id);
    assert_eq!(answer["identity"]["id"], id);

    let token = token_of(&emulator, BOB, "https://auth.msft.communication.azure.com/Teams.ManageCalls").await;
    let body = |user: &str| json!({ "token": token, "appId": accounts.public_client_id, "userId": user });
    let path = "/teamsUser/:exchangeAccessToken?api-version=2023-10-01";
    assert_eq!(exchange(path, &resource_owner, &body(BOB_ID)).await.status(), 200);
    let response = exchange(path, &resource_owner, &body(&accounts.user_object_id)).await;
    assert_refused(&emulator, &response, 401, &format!("userId: the token speaks for user {BOB_ID}"));
}
