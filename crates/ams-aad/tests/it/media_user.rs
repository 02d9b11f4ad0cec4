//! People who sign in.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ams_aad::{MediaCloud, MediaConfiguration, MediaUser, MediaUserBuilder, rest_v2};
use async_trait::async_trait;
use credential::{CredentialErrorKind, Sleep, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_testkit::{FakeClock, FakeSleep, LeakCheck, ScriptedTransport};
use entra::ProtocolVersion;
use http::Method;

use crate::{SECRET, TENANT, TOKEN};

const CODE: &str = r#"{"device_code":"d3vice","user_code":"ABC-DEF","verification_uri":"https://microsoft.com/devicelogin","verification_url":"https://microsoft.com/devicelogin","interval":"5","expires_in":"900"}"#;

fn scripted(transport: &ScriptedTransport) -> MediaUserBuilder {
    let clock = FakeClock::at(1_800_000_000);
    let builder = MediaUser::builder(TENANT).transport(transport.shared());
    builder.sleep(FakeSleep::on(&clock).shared()).clock(clock.shared())
}

fn token(name: &str) -> String {
    format!(
        r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{name}","refresh_token":"r3fresh"}}"#
    )
}

/// One sign-in, then the refresh token for the other API, in both versions of the endpoint.
#[tokio::test]
async fn wire_of_the_device_code() {
    let mut text = String::new();
    for (cloud, version) in [
        (MediaCloud::Public, ProtocolVersion::V2),
        (MediaCloud::Public, ProtocolVersion::V1),
        (MediaCloud::UsGovernment, ProtocolVersion::V2),
    ] {
        let transport =
            ScriptedTransport::new().then_json(CODE).then_json(&token("a")).then_json(&token("b"));
        let environment = ams_aad::MediaEnvironment::of_cloud(cloud);
        let user =
            scripted(&transport).environment(environment).version(version).device_code(|_| ()).unwrap();
        let (v2, arm) = (user.rest_v2_credential().unwrap(), user.arm_credential().unwrap());
        for _ in 0..2 {
            assert_eq!(v2.get_token(&TokenRequest::default()).await.unwrap().expose(), "a");
            assert_eq!(arm.get_token(&TokenRequest::default()).await.unwrap().expose(), "b");
        }
        text += &format!("### {cloud:?} {version:?}\n{}\n", transport.wire());
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn wire_of_name_and_password() {
    let transport = ScriptedTransport::new().then_json(&token("a"));
    let user = scripted(&transport).client_id("my-app").username_password("ada@contoso.com", SECRET).unwrap();
    user.rest_v2_credential().unwrap().get_token(&TokenRequest::default()).await.unwrap();
    insta::assert_snapshot!(transport.wire());
}

#[tokio::test]
async fn nothing_of_a_user_is_shown() {
    let check = LeakCheck::new([SECRET, TOKEN, "r3fresh", "d3vice"]);
    let transport = ScriptedTransport::new().then_json(&token(TOKEN)).then(
        400,
        &[],
        format!(r#"{{"error":"invalid_grant","error_description":"AADSTS50126: {SECRET} {TOKEN}"}}"#),
    );
    check.debug(&scripted(&transport));
    let user = scripted(&transport).username_password("ada@contoso.com", SECRET).unwrap();
    check.debug(&user);
    let credential = user.arm_credential().unwrap();
    credential.get_token(&TokenRequest::default()).await.unwrap();
    check.debug(&user);
    check.debug(&credential);
    user.sign_out();
    check.error(&credential.get_token(&TokenRequest::default()).await.unwrap_err());
    check.error(&scripted(&transport).username_password(SECRET, "").unwrap_err());
}

#[test]
fn clouds_are_not_mixed() {
    let environment = ams_aad::MediaEnvironment::of_cloud(MediaCloud::China)
        .with_arm_endpoint(ams_aad::ArmEndpoint::of_cloud(MediaCloud::Public).unwrap());
    let transport = ScriptedTransport::new();
    for built in [
        scripted(&transport).environment(environment.clone()).device_code(|_| ()),
        scripted(&transport).environment(environment).username_password("a", "b"),
    ] {
        let error = built.unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        assert!(error.problem().contains("different clouds"), "{error}");
    }
}

/// Waits by moving the emulator's clock ahead.
#[derive(Debug)]
struct EmulatorTime(Arc<Emulator>);

#[async_trait]
impl Sleep for EmulatorTime {
    async fn sleep(&self, duration: Duration) {
        self.0.advance(duration);
    }
}

#[tokio::test]
async fn one_sign_in_on_another_device_serves_both_apis() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let configuration = MediaConfiguration::parse(&emulator.ams_portal_json()).unwrap();
    let (person, prompted) = (emulator.clone(), Arc::new(AtomicUsize::new(0)));
    let counter = prompted.clone();
    let user = MediaUser::builder("organizations")
        .environment(configuration.environment().clone())
        .client_id(&emulator.accounts().public_client_id)
        .transport(emulator.http_client())
        .sleep(Arc::new(EmulatorTime(emulator.clone())))
        .device_code(move |code| {
            counter.fetch_add(1, Ordering::SeqCst);
            person.approve(code.user_code()).unwrap();
        })
        .unwrap();

    let endpoint = user.environment().rest_v2_endpoint().unwrap();
    let authorizer = ams_aad::MediaAuthorizer::rest_v2(user.rest_v2_credential().unwrap(), endpoint);
    let request = rest_v2::request(endpoint, Method::GET, "Assets", "").unwrap();
    rest_v2::check(&authorizer.send(&*emulator.http_client(), request).await.unwrap()).unwrap();
    user.arm_credential().unwrap().get_token(&TokenRequest::default()).await.unwrap();

    assert_eq!(prompted.load(Ordering::SeqCst), 1);
    assert_eq!(user.account().unwrap().username(), emulator.accounts().user_name);
    assert!(user.sign_out() && user.account().is_none());
}

#[tokio::test]
async fn a_name_and_a_password_serve_too() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let configuration = MediaConfiguration::parse(&emulator.ams_portal_json()).unwrap();
    let with = |password: &str| {
        MediaUser::builder(&accounts.tenant_id)
            .environment(configuration.environment().clone())
            .client_id(&accounts.public_client_id)
            .transport(emulator.http_client())
            .username_password(&accounts.user_name, password)
            .unwrap()
            .arm_credential()
            .unwrap()
    };
    with(&accounts.user_password).get_token(&TokenRequest::default()).await.unwrap();
    let error = with("wrong").get_token(&TokenRequest::default()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some("AADSTS50126")));
}
