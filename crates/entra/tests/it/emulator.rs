//! The client-secret flow over TLS, judged by the emulator.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use credential::{CredentialErrorKind, SystemClock, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_testkit::LeakCheck;
use entra::{Authority, ClientSecretCredential, OAuthError, ProtocolVersion};

const ARM: &str = "https://management.azure.com/.default";

fn credential(emulator: &Emulator, tenant: &str, id: &str, secret: &str) -> ClientSecretCredential {
    ClientSecretCredential::builder(tenant, id, secret)
        .authority(Authority::parse(&emulator.authority()).unwrap())
        .transport(emulator.http_client())
        .build()
        .unwrap()
}

#[tokio::test]
async fn both_versions_and_both_names_of_the_tenant_give_tokens() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    for version in [ProtocolVersion::V1, ProtocolVersion::V2] {
        for tenant in [&accounts.tenant_id, &accounts.tenant_domain] {
            let credential =
                ClientSecretCredential::builder(tenant, &accounts.client_id, &*accounts.client_secret)
                    .authority(Authority::parse(&emulator.authority()).unwrap())
                    .version(version)
                    .transport(emulator.http_client())
                    .build()
                    .unwrap();
            let token = credential.get_token(&TokenRequest::new([ARM])).await.unwrap();
            let life = token.expires_at().duration_since(SystemClock::shared().now()).unwrap().as_secs();
            assert!((3500..=3600).contains(&life), "{life}");
        }
    }
}

#[tokio::test]
async fn each_refusal_has_its_code_and_ids_and_no_secret() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let (tenant, id, secret) = (&*accounts.tenant_id, &*accounts.client_id, &*accounts.client_secret);
    let check = LeakCheck::new(["pl4nted-s3cret"]);
    for (tenant, id, secret, scope, code) in [
        (tenant, id, "pl4nted-s3cret", ARM, "AADSTS7000215"),
        (tenant, "c0000000-0000-4000-8000-00000000ffff", "pl4nted-s3cret", ARM, "AADSTS700016"),
        ("nowhere.onmicrosoft.com", id, secret, ARM, "AADSTS90002"),
        (tenant, id, secret, "https://sts.eastus.mixedreality.azure.com//.default", "AADSTS500011"),
    ] {
        let credential = credential(&emulator, tenant, id, secret);
        let error = credential.get_token(&TokenRequest::new([scope])).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some(code)), "{error}");
        assert!(error.id("correlation id").is_some() && error.id("trace id").is_some(), "{error}");
        assert!(OAuthError::of(&error).unwrap().timestamp().is_some());
        check.error(&error);
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_and_again_after_it_expired() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let credential = credential(&emulator, &accounts.tenant_id, &accounts.client_id, &accounts.client_secret);
    let request = TokenRequest::new([ARM]);
    let first = credential.get_token(&request).await.unwrap();
    assert!(first.is_same_token(&credential.get_token(&request).await.unwrap()));
    assert_eq!(emulator.requests().len(), 1);
    let second = credential.get_token(&request.clone().not_this_token(first.clone())).await.unwrap();
    assert!(!first.is_same_token(&second));
    assert_eq!(emulator.requests().len(), 2);
}
