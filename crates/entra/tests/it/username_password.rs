//! User name and password: once, and then refresh tokens; what a password cannot do.

use std::time::Duration;

use credential::{CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport, wire};
use entra::{
    ClientProof, OAuthError, ProtocolVersion, UsernamePasswordCredential, UsernamePasswordCredentialBuilder,
    UsernamePasswordFlow,
};

use crate::{CLIENT_ID, SECRET, TENANT, VAULT, entra_error, shown, user_json};

const ADA: &str = "ada@contoso.com";
const PASSWORD: &str = "pl4nted pass+word&=%ü";

fn user() -> TokenRequest {
    TokenRequest::new(["User.Read"])
}

fn with(entra: &ScriptedTransport) -> UsernamePasswordCredentialBuilder {
    UsernamePasswordCredential::builder("organizations", CLIENT_ID, ADA, PASSWORD).transport(entra.shared())
}

#[test]
fn requests_of_both_versions() {
    let flow = UsernamePasswordFlow::new(CLIENT_ID).unwrap();
    let v2 = flow.request("organizations", ADA, &PASSWORD.into(), &user()).unwrap();
    let v1 = flow.with_version(ProtocolVersion::V1).with_proof(ClientProof::Secret(SECRET.into()));
    let v1 = v1.request(TENANT, ADA, &PASSWORD.into(), &TokenRequest::new([VAULT])).unwrap();
    let sent = form_urlencoded::parse(v2.body()).find(|(name, _)| name == "password").unwrap();
    assert_eq!(sent.1, PASSWORD);
    insta::assert_snapshot!(format!("{}\n---\n{}", wire(&v2), wire(&v1)));
}

#[tokio::test]
async fn the_password_is_sent_once_and_again_when_the_refresh_token_is_dead() {
    let clock = FakeClock::at(1_000_000);
    let entra = ScriptedTransport::new()
        .then_json(&user_json("one", "r1", "ada"))
        .then_json(&user_json("two", "r2", "ada"))
        .then(400, &[], entra_error("invalid_grant", 700_082, ""))
        .then_json(&user_json("three", "r3", "ada"));
    let credential = with(&entra).clock(clock.shared()).build().unwrap();
    for expected in ["one", "two", "three"] {
        assert_eq!(credential.get_token(&user()).await.unwrap().expose(), expected);
        clock.advance(Duration::from_secs(3600));
    }
    let grants: Vec<String> = entra
        .requests()
        .iter()
        .map(|request| form_urlencoded::parse(request.body()).next().unwrap().1.into_owned())
        .collect();
    assert_eq!(grants, ["password", "refresh_token", "refresh_token", "password"]);
    assert_eq!(credential.account().unwrap().username(), ADA);
}

#[tokio::test]
async fn what_a_password_cannot_do_is_not_tried() {
    let entra = ScriptedTransport::new().then_json(&user_json("one", "r1", "ada")).then(
        400,
        &[],
        entra_error("interaction_required", 50076, ""),
    );
    let credential = with(&entra).build().unwrap();
    credential.get_token(&user()).await.unwrap();
    let error = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap_err();
    assert!(OAuthError::of(&error).unwrap().needs_interaction());
    assert_eq!(error.code(), Some("AADSTS50076"));
}

#[tokio::test]
async fn wrong_inputs_are_named_before_anything_is_sent() {
    let mut texts = String::new();
    let none = ScriptedTransport::new();
    for (name, tenant, client_id, username, password) in [
        ("bad tenant", "planted/..", CLIENT_ID, ADA, PASSWORD),
        ("common", "common", CLIENT_ID, ADA, PASSWORD),
        ("consumers", "Consumers", CLIENT_ID, ADA, PASSWORD),
        ("empty client id", TENANT, "", ADA, PASSWORD),
        ("blank user name", TENANT, CLIENT_ID, " ", PASSWORD),
        ("empty password", TENANT, CLIENT_ID, ADA, ""),
    ] {
        let builder = UsernamePasswordCredential::builder(tenant, client_id, username, password);
        let error = builder.transport(none.shared()).build().expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{name}");
        texts += &shown(name, &error, &["planted", "pl4nted"]);
    }
    insta::assert_snapshot!(texts);
    let flow = UsernamePasswordFlow::new(CLIENT_ID).unwrap();
    assert!(flow.request("common", ADA, &PASSWORD.into(), &user()).is_err());
    assert!(flow.request(TENANT, "", &PASSWORD.into(), &user()).is_err());
    assert!(flow.request(TENANT, ADA, &PASSWORD.into(), &TokenRequest::default()).is_err());
}

#[tokio::test]
async fn nothing_shows_the_password() {
    let check = LeakCheck::new([PASSWORD, SECRET]);
    let quoted = serde_json::Value::from(PASSWORD);
    for (status, body) in [
        (200, PASSWORD.to_owned()),
        (400, entra_error("invalid_grant", 50126, &format!(r#","suberror":{quoted},"claims":{quoted}"#))),
        (429, PASSWORD.to_owned()),
    ] {
        let entra = ScriptedTransport::new().then(status, &[], body);
        let builder = with(&entra).client_secret(SECRET);
        check.debug(&builder);
        let credential = builder.build().unwrap();
        check.error(&credential.get_token(&user()).await.unwrap_err());
        check.debug(&credential);
    }
    check
        .error(&UsernamePasswordCredential::builder(PASSWORD, CLIENT_ID, ADA, PASSWORD).build().unwrap_err());
}
