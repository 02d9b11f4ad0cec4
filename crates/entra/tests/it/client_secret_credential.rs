//! The credential: what it asks for, when it asks again.

use std::time::Duration;

use credential::{CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, ScriptedTransport};
use entra::{Authority, ClientSecretCredential, OAuthError, ProtocolVersion};

use crate::{CLIENT_ID, SECRET, TENANT, VAULT, builder, token_json};

fn vault() -> TokenRequest {
    TokenRequest::new([VAULT])
}

#[tokio::test]
async fn requests_that_mean_the_same_share_a_token() {
    let entra = ScriptedTransport::new().then_json(&token_json("one"));
    let credential = builder(&entra).default_scope(VAULT).build().unwrap();
    for request in [
        TokenRequest::default(),
        vault(),
        TokenRequest::new([VAULT, VAULT]),
        vault().with_tenant(TENANT),
        vault().with_tenant(TENANT.to_uppercase()),
        TokenRequest::default().with_tenant(TENANT),
    ] {
        assert_eq!(credential.get_token(&request).await.unwrap().expose(), "one");
        assert_eq!(credential.token_at_hand(&request).expect("a token at hand").expose(), "one");
    }
    assert!(credential.token_at_hand(&vault().with_claims("{}")).is_none());
    assert_eq!(entra.requests().len(), 1);
}

#[tokio::test]
async fn tenant_claims_and_a_refused_token_ask_again() {
    let entra = ["one", "two", "three", "four"]
        .iter()
        .fold(ScriptedTransport::new(), |script, token| script.then_json(&token_json(token)));
    let credential = builder(&entra)
        .default_scope(VAULT)
        .additionally_allowed_tenants(["fabrikam.com"])
        .authority(Authority::parse_local("http://127.0.0.1:1").unwrap())
        .version(ProtocolVersion::V1)
        .build()
        .unwrap();
    let first = credential.get_token(&TokenRequest::default()).await.unwrap();
    let refused = TokenRequest::default().not_this_token(first);
    assert_eq!(credential.get_token(&refused).await.unwrap().expose(), "two");
    let elsewhere = TokenRequest::default().with_tenant("fabrikam.com");
    assert_eq!(credential.get_token(&elsewhere).await.unwrap().expose(), "three");
    let challenged = TokenRequest::default().with_claims(r#"{"access_token":{}}"#);
    assert_eq!(credential.get_token(&challenged).await.unwrap().expose(), "four");
    assert_eq!(credential.get_token(&vault()).await.unwrap().expose(), "four", "in use from now on");
    insta::assert_snapshot!(entra.wire());
}

#[tokio::test]
async fn lifetimes_count_from_the_request_and_tokens_are_renewed_ahead() {
    let clock = FakeClock::at(1_000_000);
    let entra = ScriptedTransport::new()
        .then_json(r#"{"token_type":"Bearer","expires_in":"3600","refresh_in":"1800","access_token":"one"}"#)
        .then_unreachable()
        .then_json(&token_json("two"));
    let credential = builder(&entra).clock(clock.shared()).build().unwrap();
    let token = credential.get_token(&vault()).await.unwrap();
    assert_eq!(token.expires_at(), std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_003_600));
    clock.advance(Duration::from_secs(1_799));
    assert_eq!(credential.get_token(&vault()).await.unwrap().expose(), "one");
    clock.advance(Duration::from_secs(1));
    assert_eq!(credential.get_token(&vault()).await.unwrap().expose(), "one", "renewing failed");
    clock.advance(Duration::from_secs(30));
    assert_eq!(credential.get_token(&vault()).await.unwrap().expose(), "two");
}

#[tokio::test]
async fn one_request_may_ask_for_a_token_that_can_be_revoked() {
    let entra = ScriptedTransport::new().then_json(&token_json("plain")).then_json(&token_json("cae"));
    let credential = builder(&entra).build().unwrap();
    assert_eq!(credential.get_token(&vault()).await.unwrap().expose(), "plain");
    assert_eq!(credential.get_token(&vault().with_cae()).await.unwrap().expose(), "cae");
    assert_eq!(credential.get_token(&vault()).await.unwrap().expose(), "plain");
    let bodies: Vec<String> =
        entra.requests().iter().map(|request| String::from_utf8_lossy(request.body()).into_owned()).collect();
    assert!(!bodies[0].contains("claims"));
    // {"access_token":{"xms_cc":{"values":["cp1"]}}}
    let capability =
        "claims=%7B%22access_token%22%3A%7B%22xms_cc%22%3A%7B%22values%22%3A%5B%22cp1%22%5D%7D%7D%7D";
    assert!(bodies[1].contains(capability), "{}", bodies[1].replace(SECRET, ".."));
}

#[tokio::test]
async fn tokens_are_the_apps_at_its_authority_and_tenant() {
    let entra = ScriptedTransport::new();
    let identity = builder(&entra).default_scope(VAULT).build().unwrap().identity().unwrap();
    assert!(identity.authority().ends_with(&format!("/{TENANT}")), "{}", identity.authority());
    assert_eq!((identity.client(), identity.account()), (CLIENT_ID, None));
    assert_eq!(identity.default_scopes(), [VAULT]);
    let revocable = builder(&entra).handles_claims_challenges().build().unwrap().identity().unwrap();
    assert!(revocable.is_cae() && !identity.is_cae());
}

#[tokio::test]
async fn a_refusal_is_held_for_a_second_and_not_kept() {
    let clock = FakeClock::at(1_000_000);
    let entra = ScriptedTransport::new()
        .then(400, &[], r#"{"error":"invalid_client","error_codes":[7000215]}"#)
        .then_json(&token_json("one"));
    let credential = builder(&entra).clock(clock.shared()).build().unwrap();
    let error = credential.get_token(&vault()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some("AADSTS7000215")));
    assert_eq!(OAuthError::of(&error).unwrap().error(), "invalid_client");
    let again = credential.get_token(&vault()).await.unwrap_err();
    assert_eq!(again.code(), error.code());
    assert_eq!(OAuthError::of(&again).unwrap().error(), "invalid_client");
    assert_eq!(entra.requests().len(), 1, "the same request is not sent again at once");
    clock.advance(Duration::from_secs(1));
    assert_eq!(credential.get_token(&vault()).await.unwrap().expose(), "one");
}

#[cfg(feature = "reqwest")]
#[test]
fn the_process_wide_client_is_the_default() {
    let credential = ClientSecretCredential::new(TENANT, CLIENT_ID, SECRET).unwrap();
    assert!(format!("{credential:?}").contains(TENANT));
}

#[cfg(not(feature = "reqwest"))]
#[test]
fn without_a_transport_nothing_is_built() {
    let error = ClientSecretCredential::builder(TENANT, CLIENT_ID, SECRET).build().unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::NotConfigured);
    assert!(error.fix().contains("reqwest"), "{error}");
}
