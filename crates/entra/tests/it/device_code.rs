//! The device-code flow: what the person sees, how often the server is asked, how it ends.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind, Sleep, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, FakeSleep, LeakCheck, ScriptedTransport, wire};
use entra::{
    Authority, DeviceCode, DeviceCodeCredential, DeviceCodeCredentialBuilder, DeviceCodeFlow, OAuthError,
    ProtocolVersion, UserSession,
};

use crate::{CLIENT_ID, TENANT, VAULT, entra_error, shown, user_json};

const CODE: &str = r#"{"device_code":"planted-device-code","user_code":"ABCD-EFGH","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":5,"message":"To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code ABCD-EFGH to authenticate."}"#;
const USER: &str = "User.Read";

fn user() -> TokenRequest {
    TokenRequest::new([USER])
}

fn pending() -> String {
    entra_error("authorization_pending", 70016, "")
}

/// A credential whose prompts and waits are noted.
struct Stage {
    clock: FakeClock,
    sleep: FakeSleep,
    prompts: Arc<Mutex<Vec<DeviceCode>>>,
}

impl Stage {
    fn new() -> Self {
        let clock = FakeClock::at(1_800_000_000);
        Self { sleep: FakeSleep::on(&clock), clock, prompts: Arc::default() }
    }

    fn builder(&self, tenant: &str, entra: &ScriptedTransport) -> DeviceCodeCredentialBuilder {
        let prompts = self.prompts.clone();
        DeviceCodeCredential::builder(tenant, CLIENT_ID)
            .prompt(move |code| prompts.lock().unwrap().push(code.clone()))
            .transport(entra.shared())
            .clock(self.clock.shared())
            .sleep(self.sleep.shared())
    }

    fn prompts(&self) -> usize {
        self.prompts.lock().unwrap().len()
    }

    fn slept(&self) -> Vec<u64> {
        self.sleep.slept().iter().map(Duration::as_secs).collect()
    }
}

#[test]
fn requests_of_both_versions() {
    let flow = DeviceCodeFlow::new(CLIENT_ID).unwrap();
    let response = http::Response::new(bytes::Bytes::from(CODE));
    let code = DeviceCode::read(&response, std::time::SystemTime::UNIX_EPOCH).unwrap();
    let mut requests = Vec::new();
    for tenant in ["common", "organizations", "consumers"] {
        let wanted = user().with_claims(r#"{"access_token":{}}"#);
        requests.push(flow.code_request(tenant, &wanted).unwrap());
        requests.push(flow.token_request(tenant, &wanted, &code).unwrap());
    }
    let v1 = flow.with_version(ProtocolVersion::V1).with_authority(Authority::parse("adfs.example").unwrap());
    requests.push(v1.code_request("adfs", &TokenRequest::new([VAULT])).unwrap());
    requests.push(v1.token_request("adfs", &TokenRequest::new([VAULT]), &code).unwrap());
    insta::assert_snapshot!(requests.iter().map(wire).collect::<Vec<_>>().join("\n---\n"));
}

#[tokio::test]
async fn the_person_signs_in_once_and_the_refresh_token_does_the_rest() {
    let stage = Stage::new();
    let entra = ScriptedTransport::new()
        .then_json(CODE)
        .then(400, &[], pending())
        .then(400, &[], r#"{"error":"slow_down"}"#)
        .then_unreachable()
        .then(503, &[], "")
        .then(400, &[], pending())
        .then_json(&user_json("one", "r1", "ada"))
        .then_json(&user_json("two", "r2", "ada"));
    let credential = stage.builder("organizations", &entra).build().unwrap();
    let token = credential.get_token(&user()).await.unwrap();
    assert_eq!(token.expose(), "one");
    assert_eq!(stage.slept(), [5, 5, 10, 20, 40, 10]);
    let prompt = stage.prompts.lock().unwrap()[0].clone();
    assert_eq!(prompt.user_code(), "ABCD-EFGH");
    assert!(prompt.message().contains("ABCD-EFGH"));
    assert_eq!(prompt.expires_at(), std::time::UNIX_EPOCH + Duration::from_secs(1_800_000_900));
    stage.clock.advance(Duration::from_secs(3600));
    assert_eq!(credential.get_token(&user()).await.unwrap().expose(), "two");
    assert_eq!(stage.prompts(), 1);
    assert_eq!(credential.account().unwrap().username(), "ada@contoso.com");
    let asked: Vec<String> = entra.requests().iter().map(|request| request.uri().path().to_owned()).collect();
    assert_eq!(asked[0], "/organizations/oauth2/v2.0/devicecode");
    assert!(asked[1..].iter().all(|path| path == "/organizations/oauth2/v2.0/token"));
}

#[tokio::test]
async fn ends_without_a_token_are_told_apart() {
    let mut texts = String::new();
    for (name, status, body) in [
        ("declined", 400, r#"{"error":"authorization_declined"}"#.to_owned()),
        ("denied", 400, r#"{"error":"access_denied"}"#.to_owned()),
        ("expired", 400, entra_error("expired_token", 70020, "")),
        ("expired elsewhere", 400, r#"{"error":"expired_token"}"#.to_owned()),
        ("unknown code", 400, entra_error("bad_verification_code", 70018, "")),
        ("used code", 400, entra_error("invalid_grant", 90120, "")),
        ("no public client", 401, entra_error("invalid_client", 7_000_218, "")),
        ("forbidden by policy", 400, entra_error("access_denied", 53003, "")),
        ("a page", 200, "<html>planted</html>".to_owned()),
    ] {
        let stage = Stage::new();
        let entra = ScriptedTransport::new().then_json(CODE).then(status, &[], body);
        let credential = stage.builder(TENANT, &entra).build().unwrap();
        let error = credential.get_token(&user()).await.expect_err(name);
        texts += &shown(name, &error, &["planted"]);
    }
    insta::assert_snapshot!(texts);
}

#[tokio::test]
async fn the_waiting_ends_with_the_code() {
    let stage = Stage::new();
    let code = CODE.replace("900", "\"12\"").replace(":5,", ":\"5\",");
    let entra = ScriptedTransport::new().then_json(&code).then(400, &[], pending()).then_unreachable().then(
        400,
        &[],
        pending(),
    );
    let error = stage.builder("common", &entra).build().unwrap().get_token(&user()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some("expired_token")));
    assert_eq!(stage.slept(), [5, 5, 2], "never past the end");
}

#[tokio::test]
async fn a_refusal_of_the_code_request_reaches_the_caller() {
    let stage = Stage::new();
    let entra =
        ScriptedTransport::new().then(400, &[], entra_error("invalid_request", 90002, "")).then_unreachable();
    let credential = stage.builder(TENANT, &entra).build().unwrap();
    assert_eq!(credential.get_token(&user()).await.unwrap_err().code(), Some("AADSTS90002"));
    // A refusal is remembered that long.
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(credential.get_token(&user()).await.unwrap_err().kind(), CredentialErrorKind::Unreachable);
    assert_eq!(stage.prompts(), 0);
}

#[tokio::test]
async fn what_entra_refuses_silently_the_person_repairs_with_its_claims() {
    let stage = Stage::new();
    let claims = r#","claims":"{\"access_token\":{\"polids\":{\"essential\":true}}}""#;
    let entra = ScriptedTransport::new()
        .then_json(CODE)
        .then_json(&user_json("one", "r1", "ada"))
        .then(400, &[], entra_error("interaction_required", 50076, claims))
        .then_json(CODE)
        .then_json(&user_json("two", "r2", "ada"));
    let credential = stage.builder("organizations", &entra).handles_claims_challenges().build().unwrap();
    credential.get_token(&user()).await.unwrap();
    assert_eq!(credential.get_token(&TokenRequest::new([VAULT])).await.unwrap().expose(), "two");
    assert_eq!(stage.prompts(), 2);
    insta::assert_snapshot!(entra.wire());
}

#[tokio::test]
async fn nobody_is_asked_unless_the_program_says_so() {
    let stage = Stage::new();
    let entra = ScriptedTransport::new().then_json(CODE).then_json(&user_json("one", "r1", "ada")).then(
        400,
        &[],
        entra_error("interaction_required", 50079, ""),
    );
    let credential = stage.builder("organizations", &entra).only_when_asked().build().unwrap();
    let error = credential.get_token(&user()).await.unwrap_err();
    assert_eq!((error.kind(), error.problem()), (CredentialErrorKind::NotConfigured, "nobody is signed in"));
    let account = credential.authenticate(&user()).await.unwrap();
    assert_eq!(account.username(), "ada@contoso.com");
    assert_eq!(credential.get_token(&user()).await.unwrap().expose(), "one", "from the cache");
    let error = credential.get_token(&TokenRequest::new([VAULT])).await.unwrap_err();
    assert!(OAuthError::of(&error).unwrap().needs_interaction());
    assert_eq!(stage.prompts(), 1);
}

#[tokio::test]
async fn a_session_signs_in_for_several_credentials() {
    let stage = Stage::new();
    let session = UserSession::new();
    let entra = ScriptedTransport::new()
        .then_json(CODE)
        .then_json(&user_json("one", "r1", "ada"))
        .then_json(&user_json("two", "r2", "ada"));
    let first = stage.builder("organizations", &entra).session(session.clone()).build().unwrap();
    let second = stage.builder(TENANT, &entra).session(first.session().clone()).build().unwrap();
    first.get_token(&user()).await.unwrap();
    assert_eq!(second.get_token(&user()).await.unwrap().expose(), "two");
    assert_eq!(stage.prompts(), 1);
    assert!(second.sign_out());
    assert!(session.accounts().is_empty());
}

/// Sleeps until it is woken, which does not happen.
#[derive(Debug)]
struct Asleep;

#[async_trait]
impl Sleep for Asleep {
    async fn sleep(&self, _duration: Duration) {
        std::future::pending().await
    }
}

#[tokio::test]
async fn dropping_the_future_ends_the_waiting_and_frees_the_way() {
    let stage = Stage::new();
    let entra = ScriptedTransport::new().then_json(CODE).then_json(CODE);
    let credential = stage.builder("organizations", &entra).sleep(Arc::new(Asleep)).build().unwrap();
    let wanted = user();
    for sign_ins in 1..=2 {
        tokio::select! {
            biased;
            result = credential.get_token(&wanted) => panic!("nobody signed in: {result:?}"),
            () = std::future::ready(()) => {}
        }
        assert_eq!(stage.prompts(), sign_ins);
    }
}

/// Sleeps for a turn of the runtime, so that callers run side by side.
#[derive(Debug)]
struct Yielding(FakeSleep);

#[async_trait]
impl Sleep for Yielding {
    async fn sleep(&self, duration: Duration) {
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.0.sleep(duration).await;
    }
}

async fn both(credential: &DeviceCodeCredential) -> [Result<String, CredentialError>; 2] {
    let (mail, vault) = (user(), TokenRequest::new([VAULT]));
    let (one, two) = tokio::join!(credential.get_token(&mail), credential.get_token(&vault));
    [one, two].map(|result| result.map(|token| token.expose().to_owned()))
}

#[tokio::test]
async fn a_person_is_asked_once_for_several_resources_and_a_no_holds_for_all() {
    let stage = Stage::new();
    let entra = ScriptedTransport::new()
        .then_json(CODE)
        .then_json(&user_json("one", "r1", "ada"))
        .then_json(&user_json("two", "r2", "ada"));
    let sleep = Arc::new(Yielding(stage.sleep.clone()));
    let credential = stage.builder("organizations", &entra).sleep(sleep.clone()).build().unwrap();
    let [one, two] = both(&credential).await;
    assert_eq!((one.unwrap().as_str(), two.unwrap().as_str()), ("one", "two"));
    assert_eq!(stage.prompts(), 1);

    let entra =
        ScriptedTransport::new().then_json(CODE).then(400, &[], r#"{"error":"authorization_declined"}"#);
    let credential = stage.builder("organizations", &entra).sleep(sleep).build().unwrap();
    assert!(both(&credential).await.iter().all(Result::is_err));
    assert_eq!(stage.prompts(), 2);
}

#[tokio::test]
async fn any_runtime_may_move_it_between_threads() {
    let stage = Stage::new();
    let entra = ScriptedTransport::new().then_json(CODE).then_json(&user_json("one", "r1", "ada"));
    let credential = Arc::new(stage.builder("organizations", &entra).build().unwrap());
    let shared: Arc<dyn TokenCredential> = credential.clone();
    let signed_in = tokio::spawn(async move { credential.authenticate(&user()).await });
    assert!(signed_in.await.unwrap().is_ok());
    assert_eq!(shared.get_token(&user()).await.unwrap().expose(), "one");
}

#[test]
fn builders_name_what_is_missing() {
    let stage = Stage::new();
    let none = ScriptedTransport::new();
    let error =
        DeviceCodeCredential::builder(TENANT, CLIENT_ID).transport(none.shared()).build().unwrap_err();
    assert!(error.problem().contains("prompt"), "{error}");
    for (builder, named) in [
        (stage.builder("a/b", &none), "tenant"),
        (stage.builder(TENANT, &none).default_scope("a b"), "scope"),
        (stage.builder(TENANT, &none).additionally_allowed_tenants(["common"]), "tenant"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        assert!(error.problem().contains(named), "{error}");
    }
    assert!(DeviceCodeFlow::new("").is_err());
}

#[tokio::test]
async fn nothing_shows_the_codes() {
    let check = LeakCheck::new(["planted-device-code", "ABCD-EFGH", "planted-refresh"]);
    let echo = "planted-device-code ABCD-EFGH planted-refresh";
    for (status, body) in [
        (
            400,
            entra_error(
                "bad_verification_code",
                70018,
                &format!(r#","suberror":"{echo}","claims":"{echo}""#),
            ),
        ),
        (200, echo.to_owned()),
        (404, format!("<html>{echo}</html>")),
    ] {
        let stage = Stage::new();
        let entra = ScriptedTransport::new().then_json(CODE).then(status, &[], body);
        let builder = stage.builder(TENANT, &entra);
        check.debug(&builder);
        let credential = builder.build().unwrap();
        check.error(&credential.get_token(&user()).await.unwrap_err());
        check.debug(&credential);
        check.debug(&stage.prompts.lock().unwrap()[0]);
    }
}
