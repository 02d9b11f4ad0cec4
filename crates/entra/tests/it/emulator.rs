//! The flows over TLS, judged by the emulator.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use credential::{
    AccessToken, CredentialErrorKind, Secret, Sleep, SystemClock, TokenCredential, TokenRequest,
};
use credential_emulator::Emulator;
use credential_testkit::LeakCheck;
use entra::{
    AssertionFn, Authority, ClientAssertionCredential, ClientSecretCredential, DeviceCodeCredential,
    OAuthError, OnBehalfOf, OnBehalfOfBuilder, ProtocolVersion, UsernamePasswordCredential,
};

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

/// Waits by letting the emulator's time pass.
#[derive(Debug)]
pub(crate) struct EmulatorTime(pub(crate) Arc<Emulator>);

#[async_trait]
impl Sleep for EmulatorTime {
    async fn sleep(&self, duration: Duration) {
        self.0.advance(duration);
    }
}

fn device_code(
    emulator: &Arc<Emulator>,
    prompted: &Arc<AtomicUsize>,
    person: fn(&Emulator, &str),
) -> DeviceCodeCredential {
    let (witness, prompted) = (emulator.clone(), prompted.clone());
    DeviceCodeCredential::builder("organizations", &emulator.accounts().public_client_id)
        .prompt(move |code| {
            prompted.fetch_add(1, Ordering::SeqCst);
            person(&witness, code.user_code());
        })
        .authority(Authority::parse(&emulator.authority()).unwrap())
        .transport(emulator.http_client())
        .sleep(Arc::new(EmulatorTime(emulator.clone())))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_person_who_approves_the_device_code_is_asked_once_for_many_tokens() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let prompted = Arc::new(AtomicUsize::new(0));
    let credential = device_code(&emulator, &prompted, |emulator, code| emulator.approve(code).unwrap());
    let arm = TokenRequest::new(["https://management.azure.com/user_impersonation"]);
    let first = credential.get_token(&arm).await.unwrap();
    assert!(first.is_same_token(&credential.get_token(&arm).await.unwrap()), "cached");
    let second = credential.get_token(&arm.clone().not_this_token(first.clone())).await.unwrap();
    assert!(!first.is_same_token(&second), "by the refresh token");
    assert_eq!(prompted.load(Ordering::SeqCst), 1);
    assert_eq!(credential.account().unwrap().username(), emulator.accounts().user_name);
}

#[tokio::test]
async fn a_person_who_denies_ends_the_waiting() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let credential = device_code(&emulator, &Arc::default(), |emulator, code| emulator.deny(code).unwrap());
    let arm = TokenRequest::new(["https://management.azure.com/user_impersonation"]);
    let error = credential.get_token(&arm).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
    assert_eq!(OAuthError::of(&error).unwrap().error(), "authorization_declined");
}

#[tokio::test]
async fn a_user_name_and_password_give_a_token_and_a_wrong_password_its_code() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let with = |password: &str| {
        UsernamePasswordCredential::builder(
            &accounts.tenant_id,
            &accounts.public_client_id,
            &accounts.user_name,
            password,
        )
        .authority(Authority::parse(&emulator.authority()).unwrap())
        .transport(emulator.http_client())
        .build()
        .unwrap()
    };
    let arm = TokenRequest::new(["https://management.azure.com/user_impersonation"]);
    with(&accounts.user_password).get_token(&arm).await.unwrap();
    let error = with("pl4nted-s3cret").get_token(&arm).await.unwrap_err();
    assert_eq!(error.code(), Some("AADSTS50126"));
    LeakCheck::new(["pl4nted-s3cret"]).error(&error);
}

#[tokio::test]
async fn a_federated_assertion_gives_a_token_when_its_subject_is_registered() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let accounts = emulator.accounts();
    let with = |subject: &str| {
        let (issuer, subject) = (emulator.clone(), subject.to_owned());
        let assertion = AssertionFn::new(move |_request| {
            let assertion = issuer.federated_assertion(&subject).unwrap();
            async move { Ok(Secret::from(assertion)) }
        });
        ClientAssertionCredential::builder(&accounts.tenant_id, &accounts.client_id, assertion)
            .authority(Authority::parse(&emulator.authority()).unwrap())
            .transport(emulator.http_client())
            .build()
            .unwrap()
    };
    with(&accounts.federated_subject).get_token(&TokenRequest::new([ARM])).await.unwrap();
    let error = with("somebody-else").get_token(&TokenRequest::new([ARM])).await.unwrap_err();
    assert!(error.code().is_some_and(|code| code.starts_with("AADSTS7002")), "{error}");
}

#[cfg(feature = "certificate")]
#[tokio::test]
async fn a_registered_certificate_gives_a_token() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let certificate = entra::ClientCertificate::from_pem(emulator.client_certificate_pem()).unwrap();
    let credential =
        entra::ClientCertificateCredential::builder(&accounts.tenant_id, &accounts.client_id, certificate)
            .authority(Authority::parse(&emulator.authority()).unwrap())
            .transport(emulator.http_client())
            .build()
            .unwrap();
    credential.get_token(&TokenRequest::new([ARM])).await.unwrap();
    let verified = emulator.requests().pop().unwrap().verified;
    assert!(verified.iter().any(|what| what.contains("certificate")), "{verified:?}");
}

#[tokio::test]
async fn the_emulator_is_an_openid_connect_server_too() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let issuer = format!("{}/{}/v2.0", emulator.authority(), accounts.tenant_id);
    let credential =
        ClientSecretCredential::builder(Authority::NO_TENANT, &accounts.client_id, &*accounts.client_secret)
            .authority(Authority::open_id(&issuer).unwrap())
            .transport(emulator.http_client())
            .build()
            .unwrap();
    credential.get_token(&TokenRequest::new([ARM])).await.unwrap();
    let paths: Vec<String> = emulator.requests().iter().map(|request| request.path.clone()).collect();
    let tenant = &accounts.tenant_id;
    assert_eq!(
        paths,
        [format!("/{tenant}/v2.0/.well-known/openid-configuration"), format!("/{tenant}/oauth2/v2.0/token")]
    );
}

/// The token with which a person's program calls the service.
async fn incoming(emulator: &Emulator) -> Secret {
    let accounts = emulator.accounts();
    let person = UsernamePasswordCredential::builder(
        &accounts.tenant_id,
        &accounts.public_client_id,
        &accounts.user_name,
        &*accounts.user_password,
    )
    .authority(Authority::parse(&emulator.authority()).unwrap())
    .transport(emulator.http_client())
    .build()
    .unwrap();
    let scope = format!("api://{}/access_as_user", accounts.client_id);
    Secret::from(person.get_token(&TokenRequest::new([scope])).await.unwrap().expose())
}

fn service(emulator: &Emulator) -> OnBehalfOfBuilder {
    let accounts = emulator.accounts();
    OnBehalfOf::builder(&accounts.tenant_id, &accounts.client_id)
        .authority(Authority::parse(&emulator.authority()).unwrap())
        .transport(emulator.http_client())
}

#[tokio::test]
async fn a_service_acts_for_the_user_who_called_it_and_passes_claims_on() {
    let emulator = Emulator::start().await.unwrap();
    let secret = &*emulator.accounts().client_secret;
    let user = incoming(&emulator).await;
    let arm = TokenRequest::new(["https://management.azure.com/user_impersonation"]);
    let now = SystemClock::shared().now();
    let life = |token: &AccessToken| token.expires_at().duration_since(now).unwrap().as_secs() / 3600;

    let plain = service(&emulator).client_secret(secret).build().unwrap().user(user.clone()).unwrap();
    let token = plain.get_token(&arm).await.unwrap();
    assert!(life(&token) <= 1);
    assert!(token.is_same_token(&plain.get_token(&arm).await.unwrap()), "cached");

    let capable = service(&emulator).client_secret(secret).handles_claims_challenges().build().unwrap();
    let token = capable.user(user).unwrap().get_token(&arm).await.unwrap();
    assert!(life(&token) >= 20, "the claims say cp1, and such a token lives for a day");
    let verified = emulator.requests().pop().unwrap().verified;
    assert!(verified.iter().any(|what| what.contains("jwt-bearer")), "{verified:?}");
}

#[tokio::test]
async fn an_incoming_token_that_is_no_good_is_told_to_the_caller() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let user = incoming(&emulator).await;
    let own = credential(&emulator, &accounts.tenant_id, &accounts.client_id, &accounts.client_secret);
    let own = own.get_token(&TokenRequest::new([format!("api://{}/.default", accounts.client_id)])).await;
    let service = service(&emulator).client_secret(&*accounts.client_secret).build().unwrap();
    let refused = async |assertion: Secret| {
        let user = service.user(assertion).unwrap();
        user.get_token(&TokenRequest::new(["https://management.azure.com/user_impersonation"]))
            .await
            .unwrap_err()
    };
    let error = refused(Secret::from(own.unwrap().expose())).await;
    assert_eq!(error.code(), Some("AADSTS7000114"), "an app's own token: {error}");
    assert_eq!(error.reference(), "docs/errors.md#aadsts7000114");
    emulator.advance(Duration::from_secs(7200));
    let error = refused(user).await;
    assert_eq!(error.code(), Some("AADSTS500133"), "{error}");
    let challenge = OAuthError::of(&error).unwrap().challenge().unwrap();
    assert_eq!(challenge, r#"Bearer realm="", error="invalid_token""#);
}

#[cfg(feature = "certificate")]
#[tokio::test]
async fn a_service_proves_itself_with_a_certificate_too() {
    let emulator = Emulator::start().await.unwrap();
    let certificate = entra::ClientCertificate::from_pem(emulator.client_certificate_pem()).unwrap();
    let service =
        service(&emulator).client_assertion(entra::CertificateAssertion::new(certificate)).build().unwrap();
    let user = service.user(incoming(&emulator).await).unwrap();
    user.get_token(&TokenRequest::new(["https://management.azure.com/user_impersonation"])).await.unwrap();
}
