//! The same credential for async code, for blocking code and for Microsoft's clients.

use credential::{AccessKey, Endpoint, FromAzureCore, IntoAzureCore, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_http::Blocking;
use mr_sts::{MixedRealityBuilder, MixedRealityCredential};

fn builder(emulator: &Emulator) -> MixedRealityBuilder<MixedRealityCredential> {
    let accounts = emulator.accounts();
    MixedRealityCredential::builder(&accounts.mr_account_id, &accounts.mr_account_domain)
        .endpoint(Endpoint::parse("endpoint", &emulator.mr_endpoint()).unwrap())
        .transport(emulator.http_client())
}

fn by_key(emulator: &Emulator) -> MixedRealityCredential {
    let key = AccessKey::from_base64(&emulator.accounts().mr_account_key).unwrap();
    builder(emulator).account_key(key).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn async_and_blocking_code_get_the_same_token() {
    let emulator = Emulator::start().await.unwrap();
    let blocking = Blocking::new(by_key(&emulator));
    let first = blocking.credential().get_token(&TokenRequest::default()).await.unwrap();
    let second = tokio::task::spawn_blocking(move || blocking.get_token(&TokenRequest::default()));
    assert!(second.await.unwrap().unwrap().is_same_token(&first));
    assert_eq!(emulator.requests().len(), 1);
}

#[tokio::test]
async fn microsofts_clients_use_it_whatever_scope_they_ask_for() {
    let emulator = Emulator::start().await.unwrap();
    let theirs = by_key(&emulator).into_azure_core();
    let token = theirs.get_token(&["https://remoterendering.example/.default"], None).await.unwrap();
    assert_eq!(token.token.secret().split('.').count(), 3);
    assert_eq!(emulator.requests()[0].verified, ["primary account key"]);
}

/// Any credential of Microsoft's crates can be exchanged, with the scope that is right for every region.
#[tokio::test]
async fn a_credential_of_theirs_is_exchanged() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let entra = entra::ClientSecretCredential::builder(
        &accounts.tenant_id,
        &accounts.client_id,
        accounts.client_secret.as_str(),
    )
    .authority(entra::Authority::parse(&emulator.authority()).unwrap())
    .transport(emulator.http_client())
    .build()
    .unwrap();
    let theirs = entra.into_azure_core();
    let credential = builder(&emulator).token_credential(FromAzureCore::new(theirs)).build().unwrap();
    credential.get_token(&TokenRequest::default()).await.unwrap();
    let verified = emulator.requests().pop().unwrap().verified;
    assert!(verified.contains(&"audience https://sts.mixedreality.azure.com/".to_owned()), "{verified:?}");
}
