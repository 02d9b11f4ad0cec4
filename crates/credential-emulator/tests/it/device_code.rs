//! The device code flow: both versions, the page, and every way it can end.

use std::time::Duration;

use bytes::Bytes;
use credential_emulator::Emulator;
use http::Response;
use serde_json::Value;

use crate::client::{
    ARM_SCOPE, NOW, assert_refused, assert_snapshot, form, json, last, request, send, show, start,
};
use crate::tokens::claims;

pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(crate) async fn post(emulator: &Emulator, path: &str, fields: &[(&str, &str)]) -> Response<Bytes> {
    send(emulator, request(emulator, "POST", path, &[], &form(fields))).await
}

/// Begins a sign-in to the public client at this tenant.
pub(crate) async fn begin(emulator: &Emulator, tenant: &str, scope: &str) -> Value {
    let fields = [("client_id", emulator.accounts().public_client_id.as_str()), ("scope", scope)];
    let response = post(emulator, &format!("/{tenant}/oauth2/v2.0/devicecode"), &fields).await;
    assert_eq!(response.status(), 200, "{response:?}");
    json(&response)
}

pub(crate) async fn poll(emulator: &Emulator, tenant: &str, device_code: &str) -> Response<Bytes> {
    let fields = [
        ("grant_type", GRANT),
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("device_code", device_code),
        ("client_info", "1"),
    ];
    post(emulator, &format!("/{tenant}/oauth2/v2.0/token"), &fields).await
}

pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[tokio::test]
async fn from_the_code_to_the_token() {
    let (emulator, _clock) = start().await;
    let fields = [
        ("client_id", emulator.accounts().public_client_id.as_str()),
        ("scope", "https://management.azure.com/.default openid profile offline_access"),
    ];
    let response = post(&emulator, "/common/oauth2/v2.0/devicecode", &fields).await;
    assert_snapshot("device_codes_v2", &show(&response));
    let codes = json(&response);

    let response = poll(&emulator, "common", text(&codes, "device_code")).await;
    assert_refused(&emulator, &response, 400, "AADSTS70016: device_code: the user has neither approved");
    assert_eq!(json(&response)["error"], "authorization_pending");

    // As people type it.
    let typed = text(&codes, "user_code").to_lowercase();
    emulator.approve(&format!("{}-{} ", &typed[..3], &typed[3..])).unwrap();
    let response = poll(&emulator, "common", text(&codes, "device_code")).await;
    assert_snapshot("device_token_v2", &show(&response));
    assert_snapshot("device_token_v2_verified", &last(&emulator).verified.join("\n"));
    let answer = json(&response);
    assert_snapshot("user_claims_v2", &format!("{:#}", claims(text(&answer, "access_token"))));
    assert_snapshot("id_token_claims_v2", &format!("{:#}", claims(text(&answer, "id_token"))));
    assert_eq!(text(&answer, "client_info"), {
        use base64::Engine;
        let accounts = emulator.accounts();
        let info = format!(r#"{{"uid":"{}","utid":"{}"}}"#, accounts.user_object_id, accounts.tenant_id);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(info)
    });

    let response = poll(&emulator, "common", text(&codes, "device_code")).await;
    assert_refused(&emulator, &response, 400, "AADSTS90120: device_code: the client has had the token");
}

#[tokio::test]
async fn version_1_has_its_own_names() {
    let (emulator, _clock) = start().await;
    let client = ("client_id", emulator.accounts().public_client_id.as_str());
    let resource = ("resource", "https://rest.media.azure.net");
    let response = post(&emulator, "/organizations/oauth2/devicecode", &[client, resource]).await;
    assert_snapshot("device_codes_v1", &show(&response));
    let codes = json(&response);
    emulator.approve(text(&codes, "user_code")).unwrap();
    let fields = [("grant_type", "device_code"), client, ("code", text(&codes, "device_code"))];
    let response = post(&emulator, "/organizations/oauth2/token", &fields).await;
    assert_snapshot("device_token_v1", &show(&response));
    assert_snapshot("user_claims_v1", &format!("{:#}", claims(text(&json(&response), "access_token"))));
}

#[tokio::test]
async fn the_user_has_the_roles() {
    let (emulator, _clock) = start().await;
    let codes = begin(&emulator, "common", "https://rest.media.azure.net/user_impersonation").await;
    emulator.approve(text(&codes, "user_code")).unwrap();
    let answer = json(&poll(&emulator, "common", text(&codes, "device_code")).await);
    assert!(
        answer.get("refresh_token").is_none() && answer.get("id_token").is_none(),
        "neither was asked for"
    );
    let bearer = format!("authorization: Bearer {}", text(&answer, "access_token"));
    let headers = [bearer.as_str(), "x-ms-version: 2.19", "accept: application/json"];
    let response = send(&emulator, request(&emulator, "GET", "/api/Assets", &headers, "")).await;
    assert_eq!(response.status(), 200, "{:?}", last(&emulator));
    let user = format!("user {}", emulator.accounts().user_object_id);
    assert!(last(&emulator).verified.contains(&user), "{:?}", last(&emulator));
}

#[tokio::test]
async fn who_polls_too_fast_is_slowed_down() {
    let (emulator, _clock) = start().await;
    let codes = begin(&emulator, "common", ARM_SCOPE).await;
    let code = text(&codes, "device_code");
    let steps = [
        // The seconds since the poll before, and Entra's error.
        (0, "authorization_pending"),
        (5, "authorization_pending"),
        (1, "slow_down"),
        (5, "slow_down"),
        (15, "authorization_pending"),
    ];
    for (seconds, error) in steps {
        emulator.advance(Duration::from_secs(seconds));
        assert_eq!(json(&poll(&emulator, "common", code).await)["error"], error, "{:?}", last(&emulator));
    }
    emulator.advance(Duration::from_secs(1));
    let response = poll(&emulator, "common", code).await;
    assert_refused(&emulator, &response, 400, "AADSTS70016: device_code: polled too soon, wait 20 s");
    // A test that does not move the clock gets its token all the same.
    emulator.approve(text(&codes, "user_code")).unwrap();
    assert_eq!(poll(&emulator, "common", code).await.status(), 200);
}

#[tokio::test]
async fn denied_expired_and_decided_twice() {
    let (emulator, clock) = start().await;
    let codes = begin(&emulator, "common", ARM_SCOPE).await;
    emulator.deny(text(&codes, "user_code")).unwrap();
    let response = poll(&emulator, "common", text(&codes, "device_code")).await;
    assert_refused(&emulator, &response, 400, "AADSTS65004: device_code: the user denied");
    assert_eq!(json(&response)["error"], "authorization_declined");
    let error = emulator.approve(text(&codes, "user_code")).unwrap_err();
    assert_eq!(error.problem(), "user_code: the code was approved or denied before");

    let codes = begin(&emulator, "common", ARM_SCOPE).await;
    clock.advance(Duration::from_secs(899));
    let response = poll(&emulator, "common", text(&codes, "device_code")).await;
    assert_eq!(json(&response)["error"], "authorization_pending");
    clock.advance(Duration::from_secs(1));
    let response = poll(&emulator, "common", text(&codes, "device_code")).await;
    assert_refused(&emulator, &response, 400, "AADSTS70020: device_code: it was valid for 900 s");
    assert_eq!(json(&response)["error"], "expired_token");
    let error = emulator.approve(text(&codes, "user_code")).unwrap_err();
    assert_eq!(error.problem(), "user_code: the code is older than 15 minutes");
    assert!(error.to_string().contains("ask the device code endpoint for another"));
}

#[tokio::test]
async fn refusals_at_the_start() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let good = [("client_id", accounts.public_client_id.as_str()), ("scope", ARM_SCOPE)];
    for (name, value, reason) in [
        ("client_id", None, "AADSTS900144: client_id: "),
        ("client_id", Some("x"), "AADSTS700016: client_id: a text that is not a UUID"),
        ("scope", None, "AADSTS900144: scope: "),
        ("scope", Some("https://unknown.example/a"), "AADSTS500011: resource: 'https://unknown.example'"),
        ("scope", Some("/x"), "AADSTS70011: scope: a scope is a resource, a slash and a name"),
        (
            "scope",
            Some("https://management.azure.com/a https://rest.media.azure.net/b"),
            "AADSTS70011: scope: a token is for one resource",
        ),
        ("resource", Some("https://management.azure.com"), "AADSTS901002: resource: "),
    ] {
        let mut fields: Vec<_> = good.into_iter().filter(|(known, _)| *known != name).collect();
        fields.extend(value.map(|value| (name, value)));
        let response = post(&emulator, "/common/oauth2/v2.0/devicecode", &fields).await;
        assert_refused(&emulator, &response, 400, reason);
    }
    let response = post(&emulator, "/unknown.example/oauth2/v2.0/devicecode", &good).await;
    assert_refused(&emulator, &response, 400, "AADSTS90002: tenant: ");
    let response = post(&emulator, "/common/oauth2/devicecode", &good).await;
    assert_refused(&emulator, &response, 400, "AADSTS900144: resource: ");
}

#[tokio::test]
async fn refusals_of_a_poll() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let codes = begin(&emulator, "common", ARM_SCOPE).await;
    let good = [
        ("grant_type", GRANT),
        ("client_id", accounts.public_client_id.as_str()),
        ("device_code", text(&codes, "device_code")),
    ];
    for (name, value, status, reason) in [
        ("device_code", None, 400, "AADSTS900144: device_code: "),
        ("device_code", Some("x"), 400, "AADSTS70018: device_code: it was not issued here"),
        (
            "client_id",
            Some(accounts.other_public_client_id.as_str()),
            400,
            "AADSTS70018: device_code: it was issued to application c0000000-0000-4000-8000-000000000003, not to \
             c0000000-0000-4000-8000-000000000004",
        ),
        ("client_id", Some(accounts.client_id.as_str()), 401, "AADSTS7000218: client_secret: "),
        ("client_secret", Some("x"), 401, "AADSTS700025: client_id: "),
    ] {
        let mut fields: Vec<_> = good.into_iter().filter(|(known, _)| *known != name).collect();
        fields.extend(value.map(|value| (name, value)));
        let response = post(&emulator, "/common/oauth2/v2.0/token", &fields).await;
        assert_refused(&emulator, &response, status, reason);
    }
    // As long as nobody approved, `common` can become any tenant.
    let response = post(&emulator, "/consumers/oauth2/v2.0/token", &good).await;
    assert_refused(&emulator, &response, 400, "AADSTS70016: device_code: the user has neither");
    emulator.approve(text(&codes, "user_code")).unwrap();
    let response = post(&emulator, "/consumers/oauth2/v2.0/token", &good).await;
    assert_refused(&emulator, &response, 400, "AADSTS700005: device_code: it was issued in tenant e0000000-");
}

#[tokio::test]
async fn shared_authorities_lead_to_a_tenant() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    for (tenant, id) in [
        ("common", accounts.tenant_id.as_str()),
        ("Organizations", &accounts.tenant_id),
        ("consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"),
        (&accounts.tenant_domain, &accounts.tenant_id),
        (&accounts.other_tenant_id, &accounts.other_tenant_id),
    ] {
        let codes = begin(&emulator, tenant, "api://c0000000-0000-4000-8000-000000000001/do openid").await;
        emulator.approve(text(&codes, "user_code")).unwrap();
        let answer = json(&poll(&emulator, tenant, text(&codes, "device_code")).await);
        let token = claims(text(&answer, "access_token"));
        assert_eq!((text(&token, "tid"), text(&token, "scp")), (id, "do"), "{tenant}");
        assert_eq!(text(&token, "iss"), format!("{}/{id}/v2.0", emulator.https_origin()));
        assert_eq!(claims(text(&answer, "id_token")).get("name"), None, "profile was not asked for");
        assert_eq!(token["exp"], NOW + 3_599);
    }
}

#[tokio::test]
async fn scopes_become_claims() {
    let (emulator, _clock) = start().await;
    for (asked, audience, scp) in [
        ("openid offline_access", "https://graph.microsoft.com", "User.Read"),
        ("User.Read Mail.Read", "https://graph.microsoft.com", "User.Read Mail.Read"),
        ("https://graph.microsoft.com/.default", "https://graph.microsoft.com", "User.Read"),
        ("https://management.azure.com//.default", "https://management.azure.com/", "user_impersonation"),
        ("https://communication.azure.com/clients/VoIP", "https://communication.azure.com", "VoIP"),
        (
            "https://communication.azure.com/clients/.default",
            "https://communication.azure.com",
            "VoIP VoIP.Join",
        ),
        (
            "https://auth.msft.communication.azure.com/Teams.ManageCalls",
            "https://auth.msft.communication.azure.com",
            "Teams.ManageCalls",
        ),
    ] {
        let codes = begin(&emulator, "common", asked).await;
        emulator.approve(text(&codes, "user_code")).unwrap();
        let answer = json(&poll(&emulator, "common", text(&codes, "device_code")).await);
        let token = claims(text(&answer, "access_token"));
        assert_eq!((text(&token, "aud"), text(&token, "scp")), (audience, scp), "{asked}");
    }
}

#[tokio::test]
async fn the_page() {
    let (emulator, _clock) = start().await;
    let response = send(&emulator, request(&emulator, "GET", "/devicelogin", &[], "")).await;
    assert_snapshot("device_page", &show(&response));

    for (decision, error) in [("approve", None), ("deny", Some("authorization_declined"))] {
        let codes = begin(&emulator, "common", ARM_SCOPE).await;
        let own = format!("origin: {}", emulator.https_origin());
        let fields = form(&[("user_code", text(&codes, "user_code")), ("decision", decision)]);
        let response = send(&emulator, request(&emulator, "POST", "/devicelogin", &[&own], &fields)).await;
        assert_eq!(response.status(), 200, "{response:?}");
        assert!(last(&emulator).verified[0].ends_with(&emulator.accounts().user_name));
        let answer = json(&poll(&emulator, "common", text(&codes, "device_code")).await);
        assert_eq!(answer.get("error").and_then(Value::as_str), error);
    }

    let codes = begin(&emulator, "common", ARM_SCOPE).await;
    let good = text(&codes, "user_code");
    for (user_code, decision, origin, status, reason) in [
        (good, "approve", "https://evil.example", 403, "origin: "),
        (good, "", "", 400, "decision: it is neither approve nor deny"),
        ("", "approve", "", 400, "user_code: no sign-in waits for this code"),
        (r#"<script>"'&"#, "approve", "", 400, "user_code: no sign-in waits for this code"),
    ] {
        let origin = format!("origin: {origin}");
        let headers: &[&str] = if origin == "origin: " { &[] } else { &[&origin] };
        let fields = form(&[("user_code", user_code), ("decision", decision)]);
        let response = send(&emulator, request(&emulator, "POST", "/devicelogin", headers, &fields)).await;
        assert_refused(&emulator, &response, status, reason);
        let page = String::from_utf8_lossy(response.body()).into_owned();
        assert!(page.contains("role=\"alert\"") && !page.contains("<script"), "{page}");
    }
    let response = poll(&emulator, "common", text(&codes, "device_code")).await;
    assert_eq!(json(&response)["error"], "authorization_pending", "nothing was decided");
}
