//! The same credentials for async code, for blocking code and for Microsoft's clients, and theirs for ours.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use ams_aad::{ServicePrincipal, arm};
use credential::{FromAzureCore, IntoAzureCore, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_http::Blocking;
use http::Method;

fn principal(emulator: &Emulator) -> ServicePrincipal {
    ServicePrincipal::from_configuration(&emulator.ams_portal_json()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn async_and_blocking_code_share_a_token() {
    let emulator = Emulator::start().await.unwrap();
    let credential = principal(&emulator).arm_credential(emulator.http_client()).unwrap();
    let blocking = Blocking::new(credential.clone());
    let first = credential.get_token(&TokenRequest::default()).await.unwrap();
    let second = tokio::task::spawn_blocking(move || blocking.get_token(&TokenRequest::default()));
    assert!(second.await.unwrap().unwrap().is_same_token(&first));
    assert_eq!(emulator.requests().len(), 1);
}

#[tokio::test]
async fn microsofts_clients_use_ours() {
    let emulator = Emulator::start().await.unwrap();
    let credential = principal(&emulator).arm_credential(emulator.http_client()).unwrap();
    let theirs = credential.into_azure_core();
    let token = theirs.get_token(&["https://management.azure.com/.default"], None).await.unwrap();
    assert_eq!(token.token.secret().split('.').count(), 3);
}

/// A credential of `azure_identity` calls both APIs with the scopes that are right for them.
#[tokio::test]
async fn ours_use_microsofts() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let environment = principal(&emulator).environment().clone();
    let theirs = entra::ClientSecretCredential::builder(
        &accounts.tenant_id,
        &accounts.client_id,
        accounts.client_secret.as_str(),
    )
    .authority(environment.authority().clone())
    .transport(emulator.http_client())
    .build()
    .unwrap()
    .into_azure_core();
    let endpoint = environment.arm_endpoint().unwrap();
    let credential = environment.arm_credential(FromAzureCore::new(theirs)).unwrap();
    let authorizer = ams_aad::MediaAuthorizer::arm(credential, &endpoint);
    let request = arm::request(&endpoint, Method::GET, &environment.account().unwrap().path(), "").unwrap();
    arm::check(&authorizer.send(&*emulator.http_client(), request).await.unwrap()).unwrap();
}

#[cfg(feature = "certificate")]
#[tokio::test]
async fn a_certificate_proves_the_app() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let certificate = entra::ClientCertificate::from_pem(emulator.client_certificate_pem()).unwrap();
    let principal =
        ServicePrincipal::certificate_builder(&accounts.tenant_id, &accounts.client_id, certificate)
            .environment(principal(&emulator).environment().clone())
            .build()
            .unwrap();
    let credential = principal.rest_v2_credential(emulator.http_client()).unwrap();
    credential.get_token(&TokenRequest::default()).await.unwrap();
    let verified = emulator.requests().pop().unwrap().verified;
    assert!(verified.iter().any(|what| what.contains("certificate")), "{verified:?}");
}
