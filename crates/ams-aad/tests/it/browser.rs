//! People who sign in with a browser.
#![expect(clippy::unwrap_used, reason = "in helpers of tests, too, a surprise should stop the test")]

use std::sync::{Arc, Mutex};

use ams_aad::{MediaConfiguration, MediaUser, MediaUserBuilder, REDIRECT_URI};
use async_trait::async_trait;
use credential::{CredentialError, Secret, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport, SequenceRandom};
use entra::{Browser, ResponseMode, SignInByHand};

use crate::TENANT;

const TOKEN: &str =
    r#"{"token_type":"Bearer","expires_in":3599,"access_token":"pl4nted-token","refresh_token":"r3fresh"}"#;

/// Keeps the address, and pastes an answer with its state.
#[derive(Debug, Default)]
struct Paster(Mutex<Vec<String>>);

fn parameter(url: &str, name: &str) -> String {
    let marker = format!("{name}=");
    let value = url.split(['?', '&']).find_map(|pair| pair.strip_prefix(&marker)).unwrap();
    value.to_owned()
}

#[async_trait]
impl SignInByHand for Paster {
    async fn sign_in(
        &self,
        url: &str,
        _: Option<&CredentialError>,
    ) -> Result<Option<Secret>, CredentialError> {
        self.0.lock().unwrap().push(url.to_owned());
        let state = parameter(url, "state");
        Ok(Some(format!("{REDIRECT_URI}/?code=pl4nted-code&state={state}").into()))
    }
}

fn scripted(transport: &ScriptedTransport) -> MediaUserBuilder {
    MediaUser::builder(TENANT).transport(transport.shared()).clock(FakeClock::at(1_800_000_000).shared())
}

/// What the SDKs' own window did: the native client, its redirect, one sign-in for both APIs.
#[tokio::test]
async fn wire_of_the_native_client() {
    let transport = ScriptedTransport::new().then_json(TOKEN).then_json(TOKEN);
    let paster = Arc::new(Paster::default());
    let user = scripted(&transport).paste(paster.clone()).unwrap();
    user.rest_v2_credential().unwrap().get_token(&TokenRequest::default()).await.unwrap();
    user.arm_credential().unwrap().get_token(&TokenRequest::default()).await.unwrap();
    let opened = paster.0.lock().unwrap().remove(0);
    assert_eq!(parameter(&opened, "client_id"), "d476653d-842c-4f52-862d-397463ada5e7");
    assert_eq!(parameter(&opened, "redirect_uri"), "https%3A%2F%2FAzureMediaServicesNativeSDK");
    assert!(opened.contains("rest.media.azure.net%2F.default"), "{opened}");
    let requests = transport.requests();
    let bodies: Vec<_> = requests.iter().map(|it| String::from_utf8_lossy(it.body()).into_owned()).collect();
    assert!(
        bodies[0].contains("grant_type=authorization_code&") && bodies[0].contains("code=pl4nted-code"),
        "{bodies:?}"
    );
    assert!(bodies[0].contains("redirect_uri=https%3A%2F%2FAzureMediaServicesNativeSDK"), "{bodies:?}");
    assert!(
        bodies[1].contains("refresh_token=r3fresh") && bodies[1].contains("management.core.windows.net"),
        "{bodies:?}"
    );
    LeakCheck::new(["pl4nted", "r3fresh"]).debug(&user);
}

/// A browser in which the emulator's user signs in and follows the redirect to this machine.
#[derive(Debug)]
struct Person(Arc<Emulator>);

#[async_trait]
impl Browser for Person {
    async fn open(&self, url: &str) -> Result<(), CredentialError> {
        let redirect = self.0.sign_in(url).unwrap().url().to_owned();
        let request = http::Request::get(redirect).body(bytes::Bytes::new()).unwrap();
        let client = credential_http::HttpClient::new().unwrap();
        tokio::spawn(async move { credential::Transport::send(&client, request).await.is_ok() });
        Ok(())
    }
}

#[tokio::test]
async fn a_browser_of_this_machine_signs_in_for_both_apis() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let configuration = MediaConfiguration::parse(&emulator.ams_portal_json()).unwrap();
    let browser = Arc::new(Person(emulator.clone()));
    let user = MediaUser::builder(&emulator.accounts().tenant_id)
        .environment(configuration.environment().clone())
        .client_id(&emulator.accounts().public_client_id)
        .transport(emulator.http_client())
        .browser(|builder| {
            builder
                .browser(browser)
                .response_mode(ResponseMode::Query)
                .random(Arc::new(SequenceRandom::default()))
        })
        .unwrap();
    user.rest_v2_credential().unwrap().get_token(&TokenRequest::default()).await.unwrap();
    user.arm_credential().unwrap().get_token(&TokenRequest::default()).await.unwrap();
    assert_eq!(user.account().unwrap().username(), emulator.accounts().user_name);
    assert!(user.sign_out());
}
