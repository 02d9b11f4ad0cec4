//! Each flow for async code, for blocking code, and as a credential of `azure_core`, at the emulator.

use std::sync::Arc;

use credential::{IntoAzureCore, Secret, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_http::Blocking;
use entra::{
    AssertionFn, Authority, ClientAssertionCredential, ClientCertificate, ClientCertificateCredential,
    ClientSecretCredential, DeviceCodeCredential, InteractiveBrowserCredential, OnBehalfOf,
    RefreshTokenCredential, UserSession, UsernamePasswordCredential,
};

use crate::browser::Person;
use crate::emulator::EmulatorTime;

const ARM: &str = "https://management.azure.com/.default";
const ARM_USER: &str = "https://management.azure.com/user_impersonation";

/// Makes a credential anew for each way, so that none lives on another's cache.
async fn three_ways<C: TokenCredential + 'static>(
    scope: &'static str,
    make: impl Fn() -> C + Send + 'static,
) {
    let request = TokenRequest::new([scope]);
    let first = make().get_token(&request).await.unwrap();
    let theirs = make().into_azure_core().get_token(&[scope], None).await.unwrap();
    let ours = tokio::task::spawn_blocking(move || Blocking::new(make()).get_token(&request).unwrap())
        .await
        .unwrap();
    for token in [first.expose(), theirs.token.secret(), ours.expose()] {
        assert_eq!(token.split('.').count(), 3, "{scope}");
    }
}

async fn start() -> (Arc<Emulator>, Authority) {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let authority = Authority::parse(&emulator.authority()).unwrap();
    (emulator, authority)
}

#[tokio::test(flavor = "multi_thread")]
async fn client_secret() {
    let (emulator, authority) = start().await;
    three_ways(ARM, move || {
        let accounts = emulator.accounts();
        ClientSecretCredential::builder(&accounts.tenant_id, &accounts.client_id, &*accounts.client_secret)
            .authority(authority.clone())
            .transport(emulator.http_client())
            .build()
            .unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_certificate() {
    let (emulator, authority) = start().await;
    three_ways(ARM, move || {
        let accounts = emulator.accounts();
        let certificate = ClientCertificate::from_pem(emulator.client_certificate_pem()).unwrap();
        ClientCertificateCredential::builder(&accounts.tenant_id, &accounts.client_id, certificate)
            .authority(authority.clone())
            .transport(emulator.http_client())
            .build()
            .unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn client_assertion() {
    let (emulator, authority) = start().await;
    three_ways(ARM, move || {
        let accounts = emulator.accounts();
        let assertion = Secret::from(emulator.federated_assertion(&accounts.federated_subject).unwrap());
        let assertion = AssertionFn::new(move |_request| {
            let assertion = assertion.clone();
            async move { Ok(assertion) }
        });
        ClientAssertionCredential::builder(&accounts.tenant_id, &accounts.client_id, assertion)
            .authority(authority.clone())
            .transport(emulator.http_client())
            .build()
            .unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn device_code() {
    let (emulator, authority) = start().await;
    three_ways(ARM_USER, move || {
        let person = emulator.clone();
        DeviceCodeCredential::builder("organizations", &emulator.accounts().public_client_id)
            .prompt(move |code| person.approve(code.user_code()).unwrap())
            .authority(authority.clone())
            .transport(emulator.http_client())
            .sleep(Arc::new(EmulatorTime(emulator.clone())))
            .build()
            .unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browser() {
    let (emulator, authority) = start().await;
    three_ways(ARM_USER, move || {
        InteractiveBrowserCredential::builder("organizations", &emulator.accounts().public_client_id)
            .authority(authority.clone())
            .transport(emulator.http_client())
            .browser(Person::at(&emulator))
            .build()
            .unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn username_and_password() {
    let (emulator, authority) = start().await;
    three_ways(ARM_USER, move || {
        let accounts = emulator.accounts();
        let (name, password) = (&accounts.user_name, &*accounts.user_password);
        UsernamePasswordCredential::builder(&accounts.tenant_id, &accounts.public_client_id, name, password)
            .authority(authority.clone())
            .transport(emulator.http_client())
            .build()
            .unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_token() {
    let (emulator, authority) = start().await;
    let accounts = emulator.accounts().clone();
    let session = UserSession::new();
    let (name, password) = (&accounts.user_name, &*accounts.user_password);
    let signed_in =
        UsernamePasswordCredential::builder(&accounts.tenant_id, &accounts.public_client_id, name, password)
            .authority(authority.clone())
            .transport(emulator.http_client())
            .session(session.clone())
            .build()
            .unwrap();
    signed_in.authenticate(&TokenRequest::new([ARM_USER])).await.unwrap();
    // The token that was given is never sent: the session has a better one, and hands it from one to the next.
    three_ways(ARM_USER, move || {
        RefreshTokenCredential::builder(&accounts.tenant_id, &accounts.public_client_id, "0.none")
            .authority(authority.clone())
            .transport(emulator.http_client())
            .session(session.clone())
            .build()
            .unwrap()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_behalf_of() {
    let (emulator, authority) = start().await;
    let accounts = emulator.accounts().clone();
    let (name, password) = (&accounts.user_name, &*accounts.user_password);
    let user =
        UsernamePasswordCredential::builder(&accounts.tenant_id, &accounts.public_client_id, name, password)
            .authority(authority.clone())
            .transport(emulator.http_client())
            .build()
            .unwrap();
    let own = TokenRequest::new([format!("api://{}/access_as_user", accounts.client_id)]);
    let incoming = user.get_token(&own).await.unwrap().expose().to_owned();
    three_ways(ARM, move || {
        OnBehalfOf::builder(&accounts.tenant_id, &accounts.client_id)
            .client_secret(&*accounts.client_secret)
            .authority(authority.clone())
            .transport(emulator.http_client())
            .build()
            .unwrap()
            .user(incoming.as_str())
            .unwrap()
    })
    .await;
}
