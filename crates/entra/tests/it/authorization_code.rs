//! The authorization-code flow, as values.

use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, SendOnce, TokenRequest};
use credential_testkit::{LeakCheck, SequenceRandom, wire};
use entra::{
    Authority, AuthorizationCode, AuthorizationCodeFlow, AuthorizationRequest, AuthorizationResponse,
    ClientProof, OAuthError, ProtocolVersion, ResponseMode, SignInPrompt, TokenResponse,
};

use crate::{CLIENT_ID, SECRET, VAULT, shown, token_json};

const REDIRECT: &str = "https://app.example/signed-in";

pub(crate) fn flow() -> AuthorizationCodeFlow {
    AuthorizationCodeFlow::new(CLIENT_ID, REDIRECT).unwrap()
}

fn user() -> TokenRequest {
    TokenRequest::new(["User.Read", "Mail.Read"])
}

fn begin(flow: &AuthorizationCodeFlow) -> AuthorizationRequest {
    flow.begin("organizations", &user(), &SequenceRandom::default()).unwrap()
}

fn answered(request: AuthorizationRequest) -> AuthorizationCode {
    let query = format!("code=planted-code&state={}", request.state().expose());
    request.accept(AuthorizationResponse::from_query(&query).unwrap()).unwrap()
}

/// What the server answers to the exchange: an id token with this nonce.
pub(crate) fn signed_in(token: &str, refresh_token: &str, nonce: &str) -> String {
    let encode = |json: String| URL_SAFE_NO_PAD.encode(json);
    let claims = encode(format!(
        r#"{{"tid":"{}","oid":"ada","preferred_username":"ada@contoso.com","nonce":"{nonce}"}}"#,
        crate::TENANT
    ));
    let client_info = encode(format!(r#"{{"uid":"ada","utid":"{}"}}"#, crate::TENANT));
    format!(
        r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{token}","refresh_token":"{refresh_token}","client_info":"{client_info}","id_token":"e30.{claims}.c2ln"}}"#
    )
}

fn read(code: &AuthorizationCode, body: String) -> Result<TokenResponse, CredentialError> {
    code.read(&http::Response::new(Bytes::from(body)), SystemTime::UNIX_EPOCH)
}

/// An address with its parameters on lines of their own.
pub(crate) fn lines(url: &str) -> String {
    let (endpoint, query) = url.split_once('?').unwrap();
    let parameters = form_urlencoded::parse(query.as_bytes());
    parameters.fold(endpoint.to_owned(), |text, (name, value)| format!("{text}\n  {name} = {value}"))
}

#[test]
fn requests_of_both_versions() {
    let claims = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}"#;
    let everything = flow()
        .with_proof(ClientProof::Secret(SECRET.into()))
        .with_response_mode(ResponseMode::Query)
        .with_prompt(SignInPrompt::Login)
        .with_login_hint("ada@contoso.com")
        .with_domain_hint("contoso.com");
    let v1 =
        flow().with_version(ProtocolVersion::V1).with_authority(Authority::parse("adfs.example").unwrap());
    let mut shown = Vec::new();
    for (flow, tenant, wanted) in [
        (flow(), "common", user()),
        (everything, "consumers", user().with_claims(claims)),
        (v1, "adfs", TokenRequest::new([VAULT])),
    ] {
        let request = flow.begin(tenant, &wanted, &SequenceRandom::default()).unwrap();
        shown.push(lines(request.url()));
        let redemption = flow.token_request(&answered(request)).unwrap();
        assert!(SendOnce::is_set(&redemption), "a code is spent by sending it");
        shown.push(wire(&redemption));
    }
    insta::assert_snapshot!(shown.join("\n---\n"));
}

#[test]
fn each_sign_in_has_its_own_state_nonce_and_verifier() {
    let random = SequenceRandom::default();
    let [one, two] = [(); 2].map(|()| flow().begin("common", &user(), &random).unwrap());
    assert!(!one.state().equals(two.state()));
    let parameter = |request: &AuthorizationRequest, wanted: &str| {
        let query = request.url().split_once('?').unwrap().1.to_owned();
        let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).unwrap();
        found.1.into_owned()
    };
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(parameter(&one, name), parameter(&two, name), "{name}");
        assert_eq!(parameter(&one, name).len(), 43, "{name}: 256 bits");
    }
    let answer =
        AuthorizationResponse::from_query(&format!("code=c&state={}", two.state().expose())).unwrap();
    assert!(two.is_answered_by(&answer) && !one.is_answered_by(&answer));
    let error = one.accept(answer).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer);
}

#[test]
fn answers_without_a_code_are_told_apart() {
    let mut texts = String::new();
    for (name, answer) in [
        (
            "declined consent",
            "error=access_denied&error_subcode=cancel&error_description=AADSTS65004%3A+Planted",
        ),
        ("cancelled", "error=access_denied&error_subcode=cancel"),
        ("nobody is signed in", "error=login_required&error_description=AADSTS50058%3A+Planted"),
        ("another redirect URI", "error=invalid_request&error_description=AADSTS50011%3A+Planted"),
        ("consent of an administrator", "error=consent_required&error_description=AADSTS90094%3A+Planted"),
        ("out of order", "error=temporarily_unavailable"),
        ("an unknown error", "error=unheard_of"),
        ("another sign-in", "code=planted-code&state=planted-state"),
    ] {
        let request = begin(&flow());
        let state = request.state().expose().to_owned();
        let state = if answer.contains("state=") { String::new() } else { format!("&state={state}") };
        let error = request
            .accept(AuthorizationResponse::from_query(&format!("{answer}{state}")).unwrap())
            .unwrap_err();
        texts += &shown(name, &error, &["Planted", "planted"]);
        if name == "nobody is signed in" {
            assert!(OAuthError::of(&error).unwrap().needs_interaction());
        }
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn the_id_token_must_be_of_this_sign_in() {
    let code = answered(begin(&flow()));
    let nonce = URL_SAFE_NO_PAD.encode([1; 32]);
    let response = read(&code, signed_in("t0ken", "r1", &nonce)).unwrap();
    assert_eq!(response.access_token().expose(), "t0ken");
    assert_eq!(response.home_account_id(), Some(&*format!("ada.{}", crate::TENANT)));
    assert!(read(&code, token_json("t0ken")).is_ok(), "a server without OpenID Connect");
    for bad in [signed_in("planted", "planted", "other"), crate::user_json("planted", "planted", "ada")] {
        let error = read(&code, bad).unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer);
        assert!(error.problem().contains("nonce"), "{error}");
        LeakCheck::new(["planted"]).error(&error);
    }
}

#[test]
fn wrong_inputs_are_named_before_anything_is_opened() {
    let random = SequenceRandom::default();
    let begin = |flow: &AuthorizationCodeFlow, tenant: &str, request: &TokenRequest| {
        flow.begin(tenant, request, &random).map(drop)
    };
    let mut texts = String::new();
    for (name, result) in [
        ("client id", AuthorizationCodeFlow::new("planted id", REDIRECT).map(drop)),
        ("redirect URI", AuthorizationCodeFlow::new(CLIENT_ID, "http://planted.example").map(drop)),
        ("tenant", begin(&flow(), "planted/..", &user())),
        ("no scope", begin(&flow(), "common", &TokenRequest::default())),
        ("scope", begin(&flow(), "common", &TokenRequest::new(["planted scope"]))),
        ("claims", begin(&flow(), "common", &user().with_claims("planted"))),
        ("login hint", begin(&flow().with_login_hint("planted\n"), "common", &user())),
        ("v1", begin(&flow().with_version(ProtocolVersion::V1), "common", &user())),
        (
            "proof",
            flow()
                .with_proof(ClientProof::Secret(" ".into()))
                .token_request(&answered(self::begin(&flow())))
                .map(drop),
        ),
    ] {
        texts += &shown(name, &result.unwrap_err(), &["planted"]);
    }
    insta::assert_snapshot!(texts);
}

#[test]
fn nothing_shows_code_state_nonce_or_verifier() {
    let flow = flow().with_proof(ClientProof::Secret(SECRET.into()));
    let request = begin(&flow);
    let [verifier, nonce, state] = [0, 1, 2].map(|byte| URL_SAFE_NO_PAD.encode([byte; 32]));
    let check = LeakCheck::new([&*verifier, &nonce, &state, SECRET, "planted-code"]);
    assert!(
        request.url().contains(&state)
            && request.url().contains(&nonce)
            && !request.url().contains(&verifier)
    );
    check.debug(&flow);
    check.debug(&request);
    let response = AuthorizationResponse::from_query(&format!("code=planted-code&state={state}")).unwrap();
    check.debug(&response);
    let code = request.accept(response).unwrap();
    check.debug(&code);
    check.error(&read(&code, signed_in("x", "y", "planted-code")).unwrap_err());
}
