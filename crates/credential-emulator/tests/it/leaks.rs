//! No `Debug`, no reason, no log shows a secret that a client sent by mistake or on purpose.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use credential_emulator::{Emulator, MoreApp, MoreUser};
use credential_testkit::LeakCheck;

use crate::client::{ARM_SCOPE, form, request, send, start, token_for};

const PLANTED: &str = "pl4nted-s3cret";

#[tokio::test]
async fn nothing_shows_a_planted_secret() {
    let (emulator, _clock) = start().await;
    let accounts = emulator.accounts();
    let token = token_for(&emulator, ARM_SCOPE).await;
    let check = LeakCheck::new([
        PLANTED,
        &token,
        &accounts.client_secret,
        &accounts.unprivileged_client_secret,
        &accounts.user_password,
        &accounts.acs_primary_key,
        &accounts.acs_secondary_key,
        &accounts.mr_account_key,
        &accounts.mr_secondary_key,
        &accounts.ravnur_api_key,
        &accounts.identity_header,
    ]);

    let basic = format!("authorization: Basic {}", STANDARD.encode(format!("{PLANTED}:{PLANTED}")));
    let bearer = format!("authorization: Bearer {token}");
    let pair = format!("authorization: Bearer {PLANTED}:{PLANTED}");
    let jwt = format!("authorization: Bearer {PLANTED}.{PLANTED}.{PLANTED}");
    let hmac = format!(
        "authorization: HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={PLANTED}"
    );
    let operation = format!("operation-id: {PLANTED}");
    let fields = |id: &str| {
        form(&[
            ("grant_type", "client_credentials"),
            ("client_id", id),
            ("client_secret", PLANTED),
            ("client_assertion", PLANTED),
            ("scope", ARM_SCOPE),
        ])
    };
    let user_fields = |grant: &str| {
        form(&[
            ("grant_type", grant),
            ("client_id", &accounts.public_client_id),
            ("username", PLANTED),
            ("password", PLANTED),
            ("device_code", PLANTED),
            ("refresh_token", PLANTED),
            ("scope", ARM_SCOPE),
        ])
    };
    let asserted = |token: &str| {
        form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("client_id", &accounts.client_id),
            ("client_secret", &accounts.client_secret),
            ("requested_token_use", "on_behalf_of"),
            ("assertion", token),
            ("scope", ARM_SCOPE),
        ])
    };
    let token_path = format!("/{}/oauth2/v2.0/token?client_secret={PLANTED}", accounts.tenant_id);
    let sign_in_path = format!(
        "/common/oauth2/v2.0/authorize?client_id={}&response_type=code&scope=openid&redirect_uri=http://localhost:8400",
        accounts.public_client_id
    );
    let typed = |name: &str| form(&[("decision", "continue"), ("username", name), ("password", PLANTED)]);
    let mr_path = format!("/Accounts/{}/token?access_token={PLANTED}", accounts.mr_account_id);
    let rendering_path =
        format!("/accounts/{}/sessions/one?api-version=2021-01-01&sig={PLANTED}", accounts.mr_account_id);
    let imds_path = format!("/metadata/identity/oauth2/token?api-version=2018-02-01&client_id={PLANTED}");
    let msi_path = format!("/msi/token?api-version=2019-08-01&resource=x&sig={PLANTED}");
    let identity_header = format!("x-identity-header: {PLANTED}");
    let personal = format!("x-mkio-token: {PLANTED}");
    let arm_path =
        format!("/subscriptions/{}?api-version=2021-11-01&sig={PLANTED}", accounts.subscription_id);
    for (method, path, headers, body) in [
        ("POST", token_path.as_str(), vec![], fields(PLANTED)),
        ("POST", &token_path, vec![], fields(&accounts.client_id)),
        ("POST", &token_path, vec![basic.as_str()], fields("")),
        ("POST", &token_path, vec![], user_fields("password")),
        ("POST", &token_path, vec![], user_fields("refresh_token")),
        ("POST", &token_path, vec![], user_fields("urn:ietf:params:oauth:grant-type:device_code")),
        ("POST", &token_path, vec![], asserted(PLANTED)),
        ("POST", &token_path, vec![], asserted(&token)),
        ("POST", &sign_in_path, vec![], typed(PLANTED)),
        ("POST", &sign_in_path, vec![], typed(&accounts.user_name)),
        ("GET", &mr_path, vec![&pair], String::new()),
        ("GET", &mr_path, vec![&jwt], String::new()),
        ("GET", &mr_path, vec![&bearer], String::new()),
        ("POST", "/identities?api-version=2023-10-01", vec![&pair], String::new()),
        ("POST", "/identities?api-version=2023-10-01", vec![&hmac], PLANTED.to_owned()),
        (
            "POST",
            "/identities?api-version=2023-10-01",
            vec![
                &hmac,
                "x-ms-date: Thu, 29 Feb 2024 12:00:00 GMT",
                "x-ms-content-sha256: 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            ],
            String::new(),
        ),
        ("POST", "/sms?api-version=2021-03-07", vec![&pair], PLANTED.to_owned()),
        ("POST", "/emails:send?api-version=2025-09-01", vec![&hmac, &operation], PLANTED.to_owned()),
        ("GET", "/rooms?api-version=2025-03-13", vec![&jwt], String::new()),
        ("POST", "/chat/threads?api-version=2024-03-07", vec![&jwt], PLANTED.to_owned()),
        ("POST", "/chat/threads?api-version=2024-03-07", vec![&bearer], String::new()),
        ("POST", "/calling/calls?api-version=2024-03-07", vec![&hmac], String::new()),
        ("POST", "/teamsUser/:exchangeAccessToken?api-version=2023-10-01", vec![&jwt], String::new()),
        (
            "POST",
            "/access/entra/:exchangeAccessToken?api-version=2025-03-02-preview",
            vec![&bearer],
            String::new(),
        ),
        ("GET", &rendering_path, vec![&bearer], String::new()),
        ("GET", &rendering_path, vec![&jwt], String::new()),
        ("GET", "/federated-issuer/token", vec![&jwt], String::new()),
        ("GET", &imds_path, vec!["metadata: true"], String::new()),
        ("GET", &msi_path, vec![&identity_header], String::new()),
        ("POST", "/auth/token", vec![], format!(r#"{{"subscriptionId":"{PLANTED}","apiKey":"{PLANTED}"}}"#)),
        (
            "POST",
            "/auth/token",
            vec![],
            format!(r#"{{"subscriptionId":"{}","apiKey":"{PLANTED}"}}"#, accounts.subscription_id),
        ),
        ("GET", "/api/v1/user/profile", vec![&jwt], String::new()),
        ("PUT", "/api/profile", vec![&personal], String::new()),
        ("GET", "/api/Assets", vec![&jwt], String::new()),
        ("GET", &arm_path, vec![&jwt], String::new()),
        ("GET", &arm_path, vec![&bearer], String::new()),
    ] {
        let response = send(&emulator, request(&emulator, method, path, &headers, &body)).await;
        assert!(response.status().is_client_error(), "{method} {path}: {response:?}");
        check.debug(response.headers());
        check.text(&String::from_utf8_lossy(response.body()));
    }
    check.debug(&emulator.requests());
    check.text(&serde_json::to_string(&emulator.requests()).unwrap());
    check.debug(&emulator);
    check.debug(emulator.accounts());
    check.debug(&emulator.describe());
    check.debug(&emulator.approve(PLANTED));
    check.debug(&emulator.revoke_sessions(PLANTED));
    check.debug(&emulator.forge(&PLANTED));
    check.debug(&emulator.device_sign_ins());
    check.debug(&emulator.approve_as(PLANTED, PLANTED));
    check.debug(&emulator.sign_in_as(PLANTED, &format!("{}{sign_in_path}", emulator.https_origin())));
    let builder = Emulator::builder()
        .user(MoreUser::new("bob@other.onmicrosoft.com", PLANTED))
        .app(MoreApp::new("a").secret(PLANTED));
    check.debug(&builder);
    check.debug(&builder.user(MoreUser::new("bob@other.onmicrosoft.com", PLANTED)).start().await);
    check.debug(&emulator.verify_user_token(&format!("{PLANTED}.{PLANTED}.{PLANTED}")));
}
