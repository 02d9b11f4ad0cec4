//! Services that are compatible with Media Services.
#![expect(clippy::unwrap_used, reason = "in helpers of tests, too, a surprise should stop the test")]

use ams_aad::{ArmClient, MkIoApi, MkIoAuthorizer, RavnurConfiguration, RavnurCredential};
use bytes::Bytes;
use credential::{AuthorizeRequest, CredentialErrorKind, Endpoint, TokenCredential, TokenRequest, Transport};
use credential_emulator::Emulator;
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport};
use http::Request;
use serde_json::Value;

use crate::SUBSCRIPTION;

const KEY: &str = "pl4nted-api-key";
const JWT: &str = "planted.eyJleHAiOjIxNDc0ODM2NDd9.jwt";

fn ravnur(service: &ScriptedTransport) -> RavnurCredential {
    let endpoint = RavnurCredential::endpoint("https://rms.example.com/x/").unwrap();
    RavnurCredential::new(&endpoint, SUBSCRIPTION, KEY, service.shared()).unwrap()
}

#[tokio::test]
async fn wire_of_ravnur() {
    let service = ScriptedTransport::new().then_json(JWT);
    let credential = ravnur(&service);
    for scopes in [TokenRequest::default(), TokenRequest::new(["https://management.azure.com/.default"])] {
        assert_eq!(credential.get_token(&scopes).await.unwrap().expose(), JWT);
        assert_eq!(credential.token_at_hand(&scopes).expect("a token at hand").expose(), JWT);
    }
    insta::assert_snapshot!(service.wire());
}

#[tokio::test]
async fn tokens_of_ravnur_in_every_wrapping() {
    for body in [format!("{JWT}\n"), format!("\"{JWT}\""), format!(r#"{{"token":"{JWT}","exp":2147483647}}"#)]
    {
        let service = ScriptedTransport::new().then_json(&body);
        assert_eq!(
            ravnur(&service).get_token(&TokenRequest::default()).await.unwrap().expose(),
            JWT,
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_refused_token_of_ravnur_is_replaced() {
    let other = "other.eyJleHAiOjIxNDc0ODM2NDd9.jwt";
    let service = ScriptedTransport::new().then_json(JWT).then_json(other);
    let credential = ravnur(&service).with_clock(FakeClock::at(1_800_000_000).shared());
    let first = credential.get_token(&TokenRequest::default()).await.unwrap();
    let again = TokenRequest::new(["any"]).not_this_token(first);
    assert_eq!(credential.get_token(&again).await.unwrap().expose(), other);
}

#[tokio::test]
async fn texts_of_ravnurs_refusals() {
    let check = LeakCheck::new([KEY, "planted", "eyJleHAiOjIxNDc0ODM2NDd9"]);
    let mut texts = String::new();
    for (status, body) in [
        (200, ""),
        (200, "<html>planted</html>"),
        (200, r#"{"token":"planted"}"#),
        (301, ""),
        (400, r#"{"error":{"code":"BadRequest","message":"planted"}}"#),
        (401, "planted"),
        (404, ""),
        (429, ""),
        (502, ""),
    ] {
        let service = ScriptedTransport::new().then(status, &[("retry-after", "7")], body);
        let error = ravnur(&service).get_token(&TokenRequest::default()).await.unwrap_err();
        check.error(&error);
        texts += &format!("{status} {:?}\n  {error}\n", error.kind());
    }
    let endpoint = RavnurCredential::endpoint("https://rms.example.com").unwrap();
    let service = ScriptedTransport::new().shared();
    for (subscription, key) in [("", KEY), (SUBSCRIPTION, " ")] {
        let error = RavnurCredential::new(&endpoint, subscription, key, service.clone()).unwrap_err();
        texts += &format!("bad input\n  {error}\n");
    }
    let microsofts = RavnurCredential::endpoint("https://management.azure.com").unwrap();
    let error = RavnurCredential::new(&microsofts, SUBSCRIPTION, KEY, service).unwrap_err();
    insta::assert_snapshot!(format!("{texts}bad input\n  {error}\n"));
    check.error(&RavnurCredential::endpoint("http://planted.example").unwrap_err());
    check.debug(&ravnur(&ScriptedTransport::new()));
}

#[tokio::test]
async fn ravnur_over_tls() {
    let emulator = Emulator::start().await.unwrap();
    let accounts = emulator.accounts();
    let block = |key: &str| {
        format!(
            "SUBSCRIPTION_ID={}\nRESOURCE_GROUP_NAME={}\nMEDIA_SERVICES_ACCOUNT_NAME={}\nAPI_ENDPOINT={}\nAPI_KEY={key}",
            accounts.subscription_id,
            accounts.resource_group,
            accounts.ams_account_name,
            emulator.ravnur_endpoint(),
        )
    };
    let configuration = RavnurConfiguration::parse(&block(&accounts.ravnur_api_key)).unwrap();
    let credential = configuration.credential(emulator.http_client()).unwrap();
    let client = ArmClient::new(credential, configuration.endpoint().clone(), emulator.http_client());
    for _ in 0..2 {
        let assets: Vec<Value> = client.list(&configuration.account().child_path("assets")).await.unwrap();
        assert!(assets.is_empty());
    }
    let tokens = emulator.requests().iter().filter(|it| it.path.ends_with("/auth/token")).count();
    assert_eq!(tokens, 1);

    let wrong = RavnurConfiguration::parse(&block("wrong")).unwrap();
    let credential = wrong.credential(emulator.http_client()).unwrap();
    let error = credential.get_token(&TokenRequest::default()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
}

#[tokio::test]
async fn wire_of_mkio() {
    let mut text = String::new();
    for api in [MkIoApi::Current, MkIoApi::Legacy] {
        let service = ScriptedTransport::new().then_json("{}");
        let authorizer = MkIoAuthorizer::new(api, format!(" {JWT}\n")).unwrap();
        service.send_authorized(authorizer.profile_request().unwrap(), &authorizer).await.unwrap();
        text += &format!("### {api:?}\n{}\n", service.wire());
        LeakCheck::new([JWT]).debug(&authorizer);
    }
    insta::assert_snapshot!(text);
}

#[tokio::test]
async fn an_mkio_token_goes_to_its_host_while_it_lives() {
    let authorizer = MkIoAuthorizer::new(MkIoApi::Legacy, JWT).unwrap();
    for elsewhere in ["https://app.mk.io/", "http://api.mk.io/", "https://api.mk.io.example.com/", "/x"] {
        let mut request = Request::get(elsewhere).body(Bytes::new()).unwrap();
        let error = authorizer.authorize(&mut request).await.expect_err(elsewhere);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{elsewhere}");
        assert!(request.headers().is_empty());
    }
    let late = authorizer.clone().with_clock(FakeClock::at(2_147_483_647).shared());
    let error = late.authorize(&mut late.profile_request().unwrap()).await.unwrap_err();
    LeakCheck::new([JWT]).error(&error);
    assert!(error.problem().contains("expired"), "{error}");
    for bad in ["", " ", "two words", "ünicode"] {
        assert!(MkIoAuthorizer::new(MkIoApi::Current, bad).is_err(), "{bad}");
    }
}

#[tokio::test]
async fn mkio_over_tls() {
    let emulator = Emulator::start().await.unwrap();
    let endpoint = Endpoint::parse("endpoint", &emulator.mkio_endpoint()).unwrap();
    let client = emulator.http_client();
    for api in [MkIoApi::Current, MkIoApi::Legacy] {
        let authorizer = MkIoAuthorizer::new(api, emulator.mkio_token().unwrap()).unwrap();
        let authorizer = authorizer.with_endpoint(endpoint.clone());
        let response =
            client.send_authorized(authorizer.profile_request().unwrap(), &authorizer).await.unwrap();
        assert_eq!(response.status(), 200, "{api:?}");
    }
}
