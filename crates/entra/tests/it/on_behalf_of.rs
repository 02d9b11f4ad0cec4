//! On-behalf-of: nobody gets another's token, and what Entra wants of the user reaches the caller.

use credential::{AccessToken, ClaimsChallenge, CredentialErrorKind, Secret, TokenCredential, TokenRequest};
use credential_testkit::{LeakCheck, ScriptedTransport, wire};
use entra::{
    AssertionFn, ClientProof, OAuthError, OnBehalfOf, OnBehalfOfBuilder, OnBehalfOfFlow, ProtocolVersion,
};
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

use crate::{CLIENT_ID, SECRET, TENANT, VAULT, entra_error, shown, token_json};

const ADA: &str = "eyJhZGE.planted-ada.c2ln";
const BOB: &str = "eyJib2I.planted-bob.c2ln";

fn vault() -> TokenRequest {
    TokenRequest::new([VAULT])
}

fn service(entra: &ScriptedTransport) -> OnBehalfOfBuilder {
    OnBehalfOf::builder(TENANT, CLIENT_ID).client_secret(SECRET).transport(entra.shared())
}

#[test]
fn requests_of_both_versions() {
    let flow = OnBehalfOfFlow::new(CLIENT_ID, ClientProof::Assertion("eyJ.eyJ.c2ln".into())).unwrap();
    let wanted = TokenRequest::new(["User.Read", "Mail.Read"]).with_claims(r#"{"access_token":{}}"#);
    let v2 = flow.request(TENANT, &ADA.into(), &wanted).unwrap();
    let secret = OnBehalfOfFlow::new(CLIENT_ID, ClientProof::Secret(SECRET.into())).unwrap();
    let v1 = secret.with_version(ProtocolVersion::V1).request(TENANT, &ADA.into(), &vault()).unwrap();
    insta::assert_snapshot!(format!("{}\n---\n{}", wire(&v2), wire(&v1)));
}

#[tokio::test]
async fn each_incoming_token_has_tokens_of_its_own() {
    let entra = ["for-ada", "for-bob", "for-ada-anew"]
        .iter()
        .fold(ScriptedTransport::new(), |script, token| script.then_json(&token_json(token)));
    let service = service(&entra).default_scope(VAULT).build().unwrap();
    for _ in 0..2 {
        for (user, expected) in [(ADA, "for-ada"), (BOB, "for-bob")] {
            let credential = service.user(user).unwrap();
            assert_eq!(credential.get_token(&TokenRequest::default()).await.unwrap().expose(), expected);
            assert_eq!(credential.clone().get_token(&vault()).await.unwrap().expose(), expected);
        }
    }
    let renewed = service.user(format!("{ADA}x")).unwrap();
    assert_eq!(renewed.get_token(&vault()).await.unwrap().expose(), "for-ada-anew");
    let body = |at: usize| String::from_utf8(entra.requests()[at].body().to_vec()).unwrap();
    assert!(
        body(0).contains(&format!("&assertion={ADA}&")) && body(1).contains(&format!("&assertion={BOB}&"))
    );
}

#[tokio::test]
async fn what_entra_wants_of_the_user_is_passed_on() {
    let claims = r#"{"access_token":{"polids":{"essential":true,"values":["9ab03e19"]}}}"#;
    let quoted = serde_json::Value::from(claims).to_string();
    let entra = ScriptedTransport::new()
        .then(400, &[], entra_error("interaction_required", 50076, &format!(r#","claims":{quoted}"#)))
        .then(400, &[], entra_error("invalid_grant", 65001, r#","suberror":"consent_required""#))
        .then(400, &[], entra_error("invalid_grant", 500_133, ""))
        .then(401, &[], entra_error("invalid_client", 7_000_215, ""));
    let credential = service(&entra).build().unwrap().user(ADA).unwrap();
    let mut answers = Vec::new();
    for _ in 0..4 {
        let error = credential.get_token(&vault()).await.unwrap_err();
        let oauth = OAuthError::of(&error).unwrap().clone();
        assert_eq!(oauth.needs_interaction(), oauth.challenge().is_some());
        answers.push(oauth);
    }
    assert_eq!(answers[0].claims(), Some(claims));
    let mut headers = HeaderMap::new();
    headers.insert(WWW_AUTHENTICATE, answers[0].challenge().unwrap());
    assert_eq!(ClaimsChallenge::in_headers(&headers).unwrap().claims(), claims);
    assert_eq!(answers[1].challenge().unwrap(), r#"Bearer realm="", error="interaction_required""#);
    assert_eq!(answers[2].challenge().unwrap(), r#"Bearer realm="", error="invalid_token""#);
    assert!(answers[3].challenge().is_none(), "the user cannot repair the service's secret");
}

#[tokio::test]
async fn a_service_may_prove_itself_with_an_assertion() {
    let entra = ScriptedTransport::new().then_json(&token_json("one"));
    let service = OnBehalfOf::builder("organizations", CLIENT_ID)
        .client_assertion(AssertionFn::new(|_| async { Ok(Secret::from("eyJ.service.c2ln")) }))
        .additionally_allowed_tenants(["fabrikam.com"])
        .handles_claims_challenges()
        .transport(entra.shared())
        .build()
        .unwrap();
    let refused = AccessToken::new("old", std::time::SystemTime::UNIX_EPOCH);
    let wanted = vault().with_tenant("fabrikam.com").not_this_token(refused);
    assert_eq!(service.user(ADA).unwrap().get_token(&wanted).await.unwrap().expose(), "one");
    insta::assert_snapshot!(entra.wire());
}

#[tokio::test]
async fn wrong_inputs_are_named_before_anything_is_sent() {
    let mut texts = String::new();
    let none = ScriptedTransport::new();
    let builder =
        |tenant: &str, client_id: &str| OnBehalfOf::builder(tenant, client_id).transport(none.shared());
    for (name, built) in [
        ("bad tenant", builder("planted/..", CLIENT_ID).client_secret(SECRET)),
        ("empty client id", builder(TENANT, "").client_secret(SECRET)),
        ("no proof", builder(TENANT, CLIENT_ID)),
        ("empty secret", builder(TENANT, CLIENT_ID).client_secret("")),
        (
            "bad default scope",
            builder(TENANT, CLIENT_ID).client_secret(SECRET).default_scope("planted scope"),
        ),
    ] {
        let error = built.build().expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{name}");
        texts += &shown(name, &error, &["planted"]);
    }
    let service = service(&none).build().unwrap();
    for (name, token) in [
        ("no token", ""),
        ("whole header", "Bearer planted"),
        ("two tokens", "planted planted"),
        ("odd", "plänted"),
    ] {
        let error = service.user(token).expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{name}");
        texts += &shown(name, &error, &["planted"]);
    }
    let error = service.user(ADA).unwrap().get_token(&TokenRequest::default()).await.unwrap_err();
    texts += &shown("no scope", &error, &["planted"]);
    insta::assert_snapshot!(texts);
    assert!(OnBehalfOfFlow::new("", ClientProof::Secret(SECRET.into())).is_err());
    assert!(OnBehalfOfFlow::new(CLIENT_ID, ClientProof::Secret("".into())).is_err());
    let flow = OnBehalfOfFlow::new(CLIENT_ID, ClientProof::Secret(SECRET.into())).unwrap();
    assert!(flow.request("a/b", &ADA.into(), &vault()).is_err());
    assert!(flow.request(TENANT, &"".into(), &vault()).is_err());
}

#[tokio::test]
async fn nothing_shows_the_users_token() {
    let check = LeakCheck::new([ADA, SECRET, "planted-access"]);
    let echo = format!("{ADA} {SECRET}");
    let quoted = serde_json::Value::from(echo.clone());
    for (status, body) in [
        (200, token_json("planted-access")),
        (200, echo.clone()),
        (400, entra_error("invalid_grant", 50013, &format!(r#","suberror":{quoted},"claims":{quoted}"#))),
        (502, echo),
    ] {
        let entra = ScriptedTransport::new().then(status, &[], body);
        let builder = service(&entra);
        check.debug(&builder);
        let service = builder.build().unwrap();
        let credential = service.user(ADA).unwrap();
        if let Err(error) = credential.get_token(&vault()).await {
            check.error(&error);
        }
        check.debug(&service);
        check.debug(&credential);
    }
    check.debug(&OnBehalfOfFlow::new(CLIENT_ID, ClientProof::Secret(SECRET.into())).unwrap());
}
