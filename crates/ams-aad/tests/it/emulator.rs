//! Both generations of the API over TLS, judged by the emulator.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use ams_aad::{MediaAuthorizer, ServicePrincipal, arm, rest_v2};
use credential::{CredentialErrorKind, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use http::Method;
use serde_json::{Value, json};

/// The portal's block for an app, as the emulator shows it for its own.
fn principal(emulator: &Emulator, id: &str, secret: &str) -> ServicePrincipal {
    let mut block: Value = serde_json::from_str(&emulator.ams_portal_json()).unwrap();
    block["AadClientId"] = json!(id);
    block["AadSecret"] = json!(secret);
    ServicePrincipal::from_portal_json(&block.to_string()).unwrap()
}

fn own(emulator: &Emulator) -> ServicePrincipal {
    ServicePrincipal::from_portal_json(&emulator.ams_portal_json()).unwrap()
}

#[tokio::test]
async fn one_service_principal_calls_rest_v2_and_v3() {
    let emulator = Emulator::start().await.unwrap();
    let (principal, transport) = (own(&emulator), emulator.http_client());

    let endpoint = principal.rest_v2_endpoint().unwrap();
    let v2 = MediaAuthorizer::rest_v2(principal.rest_v2_credential(transport.clone()).unwrap(), endpoint);
    let request = rest_v2::request(endpoint, Method::GET, "Assets", "").unwrap();
    let assets: Vec<Value> = rest_v2::read_list(&v2.send(&*transport, request).await.unwrap()).unwrap();
    assert!(assets.is_empty());

    let endpoint = principal.arm_endpoint().unwrap();
    let v3 = MediaAuthorizer::arm(principal.arm_credential(transport.clone()).unwrap(), &endpoint);
    let request = arm::request(&endpoint, Method::GET, &principal.account().unwrap().path(), "").unwrap();
    let account: Value = arm::read(&v3.send(&*transport, request).await.unwrap()).unwrap();
    assert_eq!(account["name"], emulator.accounts().ams_account_name.as_str());
}

#[tokio::test]
async fn the_v1_endpoint_gives_a_token_for_rest_v2_too() {
    let emulator = Emulator::start().await.unwrap();
    let principal = own(&emulator).with_version(entra::ProtocolVersion::V1);
    let credential = principal.rest_v2_credential(emulator.http_client()).unwrap();
    credential.get_token(&TokenRequest::default()).await.unwrap();
    assert!(emulator.requests()[0].path.ends_with("/oauth2/token"), "{:?}", emulator.requests());
}

#[tokio::test]
async fn a_token_for_the_other_api_is_refused_with_what_to_do() {
    let emulator = Emulator::start().await.unwrap();
    let (principal, transport) = (own(&emulator), emulator.http_client());
    let endpoint = principal.rest_v2_endpoint().unwrap();
    let wrong = MediaAuthorizer::rest_v2(principal.arm_credential(transport.clone()).unwrap(), endpoint);
    let request = rest_v2::request(endpoint, Method::GET, "Assets", "").unwrap();
    let response = wrong.send(&*transport, request).await.unwrap();
    let error = rest_v2::read_list::<Value>(&response).unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (CredentialErrorKind::Refused, 401));
    assert!(error.fix().contains("https://rest.media.azure.net"), "{error}");
    assert!(emulator.requests().pop().unwrap().refusal.unwrap().starts_with("audience"));
}

#[tokio::test]
async fn without_a_role_v3_answers_403_and_the_error_says_which_role_is_missing() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let transport = emulator.http_client();
    let principal =
        principal(&emulator, &accounts.unprivileged_client_id, &accounts.unprivileged_client_secret);
    let endpoint = principal.arm_endpoint().unwrap();
    let v3 = MediaAuthorizer::arm(principal.arm_credential(transport.clone()).unwrap(), &endpoint);
    let request = arm::request(&endpoint, Method::GET, &principal.account().unwrap().path(), "").unwrap();
    let error = arm::read::<Value>(&v3.send(&*transport, request).await.unwrap()).unwrap_err();
    assert_eq!(error.code(), Some("AuthorizationFailed"));
    assert!(error.fix().contains("role"), "{error}");
}

#[tokio::test]
async fn a_wrong_secret_is_told_by_its_aadsts_code() {
    let emulator = Emulator::start().await.unwrap();
    let principal = principal(&emulator, &emulator.accounts().client_id, "wrong");
    let credential = principal.arm_credential(emulator.http_client()).unwrap();
    let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some("AADSTS7000215")));
}
