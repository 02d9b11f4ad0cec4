//! Authorities of other shapes: Azure AD B2C and ADFS.

use credential_emulator::Emulator;
use serde_json::Value;

use crate::client::{assert_refused, assert_snapshot, form, json, request, send, start};
use crate::device_code::post;
use crate::tokens::claims;

async fn metadata(emulator: &Emulator, path: &str) -> Value {
    json(&send(emulator, request(emulator, "GET", path, &[], "")).await)
}

/// The path of an address of ours.
fn path_of<'a>(emulator: &Emulator, metadata: &'a Value, name: &str) -> &'a str {
    metadata[name].as_str().unwrap().strip_prefix(emulator.https_origin()).unwrap()
}

/// Signs in and redeems the code at the addresses that the metadata names. Returns the token endpoint's answer.
async fn sign_in(emulator: &Emulator, metadata: &Value) -> Value {
    let accounts = emulator.accounts();
    let asked = form(&[
        ("client_id", &accounts.public_client_id),
        ("response_type", "code"),
        ("redirect_uri", "http://localhost:8400/"),
        ("scope", "openid profile offline_access"),
    ]);
    let url = format!("{}?{asked}", metadata["authorization_endpoint"].as_str().unwrap());
    let code = emulator.sign_in(&url).unwrap().parameter("code").unwrap();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", accounts.public_client_id.as_str()),
        ("redirect_uri", "http://localhost:8400/"),
        ("code", &code),
    ];
    let response = post(emulator, path_of(emulator, metadata, "token_endpoint"), &fields).await;
    assert_eq!(response.status(), 200, "{response:?}");
    json(&response)
}

#[tokio::test]
async fn user_flows_of_b2c() {
    let (emulator, _clock) = start().await;
    let domain = &emulator.accounts().tenant_domain;
    for authority in [format!("/{domain}/B2C_1_SignIn"), format!("/tfp/{domain}/b2c_1_susi")] {
        let metadata =
            metadata(&emulator, &format!("{authority}/v2.0/.well-known/openid-configuration")).await;
        let tenant = &emulator.accounts().tenant_id;
        assert_eq!(metadata["issuer"], format!("{}/{tenant}/v2.0/", emulator.https_origin()));
        assert_eq!(path_of(&emulator, &metadata, "token_endpoint"), format!("{authority}/oauth2/v2.0/token"));
        let keys =
            send(&emulator, request(&emulator, "GET", path_of(&emulator, &metadata, "jwks_uri"), &[], ""))
                .await;
        assert_eq!(json(&keys)["keys"].as_array().map(Vec::len), Some(2));

        let answer = sign_in(&emulator, &metadata).await;
        let id_token = claims(answer["id_token"].as_str().unwrap());
        assert_eq!(id_token["iss"], metadata["issuer"]);
        assert!(authority.to_lowercase().ends_with(id_token["tfp"].as_str().unwrap()), "{id_token}");
        let logout =
            request(&emulator, "GET", path_of(&emulator, &metadata, "end_session_endpoint"), &[], "");
        assert_eq!(send(&emulator, logout).await.status(), 200);
    }
    let path = format!("/{domain}/b2c_1_other/v2.0/.well-known/openid-configuration");
    let response = send(&emulator, request(&emulator, "GET", &path, &[], "")).await;
    assert_refused(&emulator, &response, 400, "AADSTS90002: policy: 'b2c_1_other' is not known here");
}

#[tokio::test]
async fn a_federation_server() {
    let (emulator, _clock) = start().await;
    let metadata = metadata(&emulator, "/adfs/.well-known/openid-configuration").await;
    assert_snapshot("metadata_adfs", &format!("{metadata:#}"));
    let answer = sign_in(&emulator, &metadata).await;
    let id_token = claims(answer["id_token"].as_str().unwrap());
    assert_eq!(id_token["iss"], metadata["issuer"]);

    let accounts = emulator.accounts();
    for path in ["/adfs/oauth2/token", "/adfs/oauth2/token/"] {
        for (asks, value) in
            [("resource", "https://management.azure.com"), ("scope", "https://management.azure.com/.default")]
        {
            let fields = [
                ("grant_type", "client_credentials"),
                ("client_id", accounts.client_id.as_str()),
                ("client_secret", &accounts.client_secret),
                (asks, value),
            ];
            let answer = json(&post(&emulator, path, &fields).await);
            let token = claims(answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")));
            assert_eq!(
                (&token["iss"], &token["aud"]),
                (&metadata["issuer"], &"https://management.azure.com".into())
            );
        }
    }
}
