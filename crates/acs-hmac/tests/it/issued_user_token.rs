//! Issued user tokens, and the Teams user exchange: requests on the wire, errors and secrets.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use acs_hmac::{IdentityClient, IssuedUserTokenCredential, Signer, TokenScope, Verifier};
use credential::{
    AccessKey, AccessToken, CredentialError, CredentialErrorKind, Endpoint, TokenCredential, TokenRequest,
};
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport};

use crate::slow_transport::SlowTransport;

const NOW: u64 = 1_704_164_645;
const KEY: &str = "ZmFrZS1rZXktZm9yLXRlc3RzLW9ubHktbm90LXJlYWw=";
const USER: &str = "8:acs:b6aada1f-0b1d-47ac-866f-91aae00a1d01_00000015-45ee-bad7-0ef8-923e0d008c98";
const PLANTED: &str = "pl4nted-t0ken";

fn client(transport: &ScriptedTransport, clock: &FakeClock) -> IdentityClient {
    let signer = Signer::new(AccessKey::from_base64(KEY).unwrap()).unwrap().with_clock(clock.shared());
    let endpoint = Endpoint::parse("endpoint", "https://contoso.communication.azure.com").unwrap();
    let transport = Arc::new(SlowTransport(transport.clone()));
    IdentityClient::builder(endpoint, Arc::new(signer)).transport(transport).build().unwrap()
}

fn created(token: &str, expires_on: &str) -> String {
    format!(
        r#"{{"identity":{{"id":"{USER}"}},"accessToken":{{"token":"{token}","expiresOn":"{expires_on}"}}}}"#
    )
}

fn issued(token: &str, expires_on: &str) -> String {
    format!(r#"{{"token":"{token}","expiresOn":"{expires_on}"}}"#)
}

#[tokio::test]
async fn creates_one_user_and_stays_with_it() {
    let clock = FakeClock::at(NOW);
    let transport = ScriptedTransport::new()
        .then(201, &[], created("first", "2024-01-02T04:04:05Z"))
        .then_json(&issued("second", "2024-01-02T05:04:05Z"))
        .then_json(&issued("voip", "2024-01-02T05:04:05Z"));
    let credential = IssuedUserTokenCredential::builder(client(&transport, &clock), [TokenScope::Chat])
        .expires_in_minutes(60)
        .clock(clock.shared())
        .build()
        .unwrap();
    assert_eq!(credential.user(), None);
    let request = TokenRequest::default();
    assert_eq!(credential.get_token(&request).await.unwrap().expose(), "first");
    assert_eq!(credential.user().unwrap().id(), USER);
    // Due after 3,300 seconds, or up to a tenth of them earlier.
    clock.advance(Duration::from_secs(2969));
    assert_eq!(credential.get_token(&request).await.unwrap().expose(), "first");
    clock.advance(Duration::from_secs(331));
    assert_eq!(credential.get_token(&request).await.unwrap().expose(), "second");
    assert_eq!(credential.token_at_hand(&request).expect("a token at hand").expose(), "second");
    let voip = credential.get_token(&TokenRequest::new(["voip"])).await.unwrap();
    assert_eq!(voip.expose(), "voip");
    insta::assert_snapshot!(transport.wire());
    let verifier = Verifier::new(AccessKey::from_base64(KEY).unwrap()).with_clock(clock.shared());
    verifier.verify(&transport.requests()[2]).unwrap();
}

#[tokio::test]
async fn a_given_user_is_reused() {
    let clock = FakeClock::at(NOW);
    let transport = ScriptedTransport::new().then_json(&issued(PLANTED, "2024-01-03T03:04:05Z"));
    let credential = IssuedUserTokenCredential::builder(client(&transport, &clock), [TokenScope::Voip])
        .user_id(USER)
        .clock(clock.shared())
        .build()
        .unwrap();
    assert_eq!(credential.user().unwrap().id(), USER);
    credential.get_token(&TokenRequest::default()).await.unwrap();
    assert!(transport.requests()[0].uri().path().ends_with("/:issueAccessToken"));
    LeakCheck::new([PLANTED, KEY]).debug(&credential);
}

#[tokio::test]
async fn requests_for_different_scopes_create_one_user_between_them() {
    let clock = FakeClock::at(NOW);
    let transport = ScriptedTransport::new()
        .then(503, &[], "")
        .then(201, &[], created("first", "2024-01-03T03:04:05Z"))
        .then_json(&issued("second", "2024-01-03T03:04:05Z"))
        .then_json(&issued("third", "2024-01-03T03:04:05Z"));
    let credential = IssuedUserTokenCredential::builder(client(&transport, &clock), [TokenScope::Chat])
        .clock(clock.shared())
        .build()
        .unwrap();
    let all = ["chat", "voip", "chat.join", "voip.join"].map(|scope| TokenRequest::new([scope]));
    assert!(credential.get_token(&all[0]).await.unwrap_err().is_transient());
    assert_eq!(credential.user(), None, "a failure leaves no user behind");
    let [first, second, third, _] = &all;
    let (first, second, third) =
        tokio::join!(credential.get_token(first), credential.get_token(second), credential.get_token(third));
    for token in [first, second, third] {
        token.unwrap();
    }
    let creations =
        transport.requests().iter().filter(|request| request.uri().path() == "/identities").count();
    assert_eq!(creations, 2, "the failed one and the good one");
}

#[tokio::test]
async fn a_refused_token_is_replaced() {
    let clock = FakeClock::at(NOW);
    let transport = ScriptedTransport::new()
        .then_json(&issued("first", "2024-01-03T03:04:05Z"))
        .then_json(&issued("second", "2024-01-03T03:04:05Z"));
    let credential = IssuedUserTokenCredential::builder(client(&transport, &clock), [TokenScope::Chat])
        .user_id(USER)
        .clock(clock.shared())
        .build()
        .unwrap();
    let first = credential.get_token(&TokenRequest::default()).await.unwrap();
    let request = TokenRequest::default().not_this_token(first);
    assert_eq!(credential.get_token(&request).await.unwrap().expose(), "second");
}

/// A transport without any prepared answer fails the test when it is asked.
#[tokio::test]
async fn bad_inputs_are_found_before_anything_is_sent() {
    let clock = FakeClock::at(NOW);
    let client = client(&ScriptedTransport::new(), &clock);
    let issued =
        |scopes: &[TokenScope]| IssuedUserTokenCredential::builder(client.clone(), scopes.iter().copied());
    let mut texts = Vec::new();
    let mut add = |case: &str, error: CredentialError, kind| {
        assert_eq!(error.kind(), kind, "{case}");
        texts.push(format!("{case}\n    {error}"));
    };
    let chat = [TokenScope::Chat];
    for (case, builder) in [
        ("no scopes", issued(&[])),
        ("59 minutes", issued(&chat).expires_in_minutes(59)),
        ("1441 minutes", issued(&chat).expires_in_minutes(1441)),
        ("no user", issued(&chat).user_id("")),
        ("a path for a user", issued(&chat).user_id("..")),
    ] {
        add(case, builder.build().expect_err(case), CredentialErrorKind::InvalidConfiguration);
    }
    let credential = issued(&chat).build().unwrap();
    let request = TokenRequest::new(["https://communication.azure.com//.default"]);
    let error = credential.get_token(&request).await.unwrap_err();
    add("a scope that is no token scope", error, CredentialErrorKind::InvalidConfiguration);

    let entra = |text: &str| AccessToken::new(text, SystemTime::UNIX_EPOCH);
    for (case, token, app, user) in [
        ("no Entra token", " ", "app", "user"),
        ("no app id", PLANTED, "", "user"),
        ("no user id", PLANTED, "app", " "),
    ] {
        let error = client.exchange_teams_user_token(&entra(token), app, user).await.expect_err(case);
        LeakCheck::new([PLANTED]).error(&error);
        add(case, error, CredentialErrorKind::InvalidRequest);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn the_teams_user_exchange_on_the_wire() {
    let clock = FakeClock::at(NOW);
    let transport = ScriptedTransport::new().then_json(&issued(PLANTED, "2024-01-02T04:04:05Z")).then(
        401,
        &[("MS-CV", "abc.0")],
        r#"{"error":{"code":"InvalidAccessToken","message":"Provided access token is not valid."}}"#,
    );
    let client = client(&transport, &clock);
    let entra = AccessToken::new("\"quoted\" pl4nted-entra", SystemTime::UNIX_EPOCH);
    let token = client.exchange_teams_user_token(&entra, "app-id", "user-oid").await.unwrap();
    assert_eq!(token.expose(), PLANTED);
    assert_eq!(token.expires_at(), SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + 3600));
    insta::assert_snapshot!(transport.wire());
    let verifier = Verifier::new(AccessKey::from_base64(KEY).unwrap()).with_clock(clock.shared());
    verifier.verify(&transport.requests()[0]).unwrap();

    let error = client.exchange_teams_user_token(&entra, "app-id", "user-oid").await.unwrap_err();
    LeakCheck::new(["pl4nted-entra"]).error(&error);
    assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some("InvalidAccessToken")));
    insta::assert_snapshot!("the_teams_user_exchange_refused", error.to_string());
}
