//! Refresh tokens: rotation, what ends them, and the accounts of a session.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Secret, TokenCredential, TokenRequest, Transport};
use credential_testkit::{FakeClock, LeakCheck, ScriptedTransport, wire};
use entra::{
    AssertionFn, AuthenticationRecord, Authority, ClientProof, Cloud, OAuthError, ProtocolVersion,
    RefreshTokenCredential, RefreshTokenCredentialBuilder, RefreshTokenFlow, SessionStore, StoredAccount,
    UserSession,
};
use http::{Request, Response};

use crate::{CLIENT_ID, SECRET, TENANT, VAULT, entra_error, shown, user_json};

const MAIL: &str = "https://graph.microsoft.com/Mail.Read";

fn mail() -> TokenRequest {
    TokenRequest::new([MAIL])
}

fn with(entra: &ScriptedTransport) -> RefreshTokenCredentialBuilder {
    RefreshTokenCredential::builder("organizations", CLIENT_ID, "planted-given").transport(entra.shared())
}

/// The refresh tokens that were sent, in order.
fn sent(entra: &ScriptedTransport) -> Vec<String> {
    let field = |body: &[u8]| {
        let found = form_urlencoded::parse(body).find(|(name, _)| name == "refresh_token");
        found.map_or_else(String::new, |(_, value)| value.into_owned())
    };
    entra.requests().iter().map(|request| field(request.body())).collect()
}

fn refused(suberror: &str, code: u32) -> String {
    entra_error("invalid_grant", code, &format!(r#","suberror":"{suberror}""#))
}

#[test]
fn requests_of_both_versions() {
    let flow = RefreshTokenFlow::new(CLIENT_ID).unwrap();
    let token = Secret::from("0.A+/=");
    let plain = flow.request("common", &token, &mail().with_claims(r#"{"id_token":{}}"#)).unwrap();
    let confidential = flow.clone().with_proof(ClientProof::Secret(SECRET.into()));
    let confidential = confidential.request(TENANT, &token, &TokenRequest::new([VAULT, MAIL])).unwrap();
    let v1 = flow.with_version(ProtocolVersion::V1).with_authority(Authority::cloud(Cloud::China));
    let v1 = v1.request("contoso.cn", &token, &TokenRequest::new([VAULT])).unwrap();
    insta::assert_snapshot!([plain, confidential, v1].iter().map(wire).collect::<Vec<_>>().join("\n---\n"));
}

#[tokio::test]
async fn a_new_refresh_token_replaces_the_old_one_and_serves_all_resources_and_tenants() {
    let entra = ScriptedTransport::new()
        .then_json(&user_json("mail", "second", "ada"))
        .then_json(&user_json("vault", "third", "ada"))
        .then_json(&user_json("elsewhere", "fourth", "ada"));
    let credential = with(&entra).additionally_allowed_tenants(["fabrikam.com"]).build().unwrap();
    assert!(credential.account().is_none());
    for _ in 0..3 {
        assert_eq!(credential.get_token(&mail()).await.unwrap().expose(), "mail");
        assert_eq!(credential.get_token(&TokenRequest::new([VAULT])).await.unwrap().expose(), "vault");
        let elsewhere = mail().with_tenant("fabrikam.com");
        assert_eq!(credential.get_token(&elsewhere).await.unwrap().expose(), "elsewhere");
    }
    assert_eq!(sent(&entra), ["planted-given", "second", "third"]);
    let account = credential.account().unwrap();
    assert_eq!(account.home_account_id(), format!("ada.{TENANT}"));
    assert_eq!((account.username(), account.tenant_id()), ("ada@contoso.com", TENANT));
}

#[tokio::test]
async fn tokens_are_an_accounts_once_it_is_known() {
    let entra = ScriptedTransport::new().then_json(&user_json("one", "second", "ada"));
    let credential = with(&entra).build().unwrap();
    assert_eq!(credential.identity(), None);
    credential.get_token(&mail()).await.unwrap();
    assert!(credential.token_at_hand(&mail()).is_some());
    let account = credential.account().unwrap();
    assert_eq!(credential.identity().unwrap().account(), Some(account.home_account_id()));
}

#[tokio::test]
async fn a_failed_exchange_loses_nothing() {
    let clock = FakeClock::at(1_000_000);
    let entra = ScriptedTransport::new()
        .then_json(&user_json("one", "second", "ada"))
        .then_unreachable()
        .then(503, &[], "")
        .then_json(r#"{"access_token":"x","token_type":"pop","refresh_token":"bad"}"#)
        .then(401, &[], entra_error("invalid_client", 7_000_218, ""))
        .then(400, &[], refused("client_mismatch", 70000))
        .then_json(&user_json("two", "third", "ada"));
    let credential = with(&entra).clock(clock.shared()).build().unwrap();
    assert_eq!(credential.get_token(&mail()).await.unwrap().expose(), "one");
    clock.advance(Duration::from_secs(3_600));
    for kind in [
        CredentialErrorKind::Unreachable,
        CredentialErrorKind::Unavailable,
        CredentialErrorKind::UnexpectedAnswer,
        CredentialErrorKind::Refused,
        CredentialErrorKind::Refused,
    ] {
        assert_eq!(credential.get_token(&mail()).await.unwrap_err().kind(), kind);
        // A refusal is remembered that long.
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(credential.get_token(&mail()).await.unwrap().expose(), "two");
    assert_eq!(sent(&entra)[1..], ["second"; 6]);
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_leaves_the_old_one_in_force() {
    let bare = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"t"}"#;
    let entra = ScriptedTransport::new().then_json(bare).then_json(bare).then_json(bare);
    let credential = with(&entra).build().unwrap();
    for scope in [MAIL, VAULT, "User.Read"] {
        credential.get_token(&TokenRequest::new([scope])).await.unwrap();
    }
    assert_eq!(sent(&entra), ["planted-given"; 3]);
}

#[tokio::test]
async fn a_dead_refresh_token_is_dropped_and_a_living_one_kept() {
    for (answer, next) in [
        (refused("bad_token", 70000), "planted-given"),
        (refused("basic_action", 700_082), "planted-given"),
        (entra_error("invalid_grant", 50173, ""), "planted-given"),
        (r#"{"error":"invalid_grant"}"#.to_owned(), "planted-given"),
        (refused("basic_action", 50076), "second"),
        (refused("client_mismatch", 70000), "second"),
        (entra_error("interaction_required", 50076, ""), "second"),
    ] {
        let entra = ScriptedTransport::new()
            .then_json(&user_json("one", "second", "ada"))
            .then(400, &[], answer.clone())
            .then_json(&user_json("two", "third", "ada"));
        let credential = with(&entra).build().unwrap();
        let first = credential.get_token(&mail()).await.unwrap();
        let again = mail().not_this_token(first);
        let error = credential.get_token(&again).await.unwrap_err();
        assert!(OAuthError::of(&error).unwrap().needs_interaction(), "{answer}");
        assert_eq!(credential.get_token(&again).await.unwrap().expose(), "two");
        assert_eq!(sent(&entra)[1..], ["second", next], "{answer}");
    }
}

/// Takes each refresh token once, and slowly: whoever comes with a used one is a thief.
#[derive(Debug, Default)]
struct Strict(Mutex<Vec<String>>);

#[async_trait]
impl Transport for Strict {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        let fields: Vec<_> = form_urlencoded::parse(request.body()).into_owned().collect();
        let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).unwrap().1.clone();
        let token = field("refresh_token");
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        let mut used = self.0.lock().unwrap();
        let is_theft = used.contains(&token);
        used.push(token);
        let (status, body) = match is_theft {
            true => (400, refused("bad_token", 70000)),
            false => (200, user_json(&field("scope"), &format!("r{}", used.len()), "ada")),
        };
        Ok(Response::builder().status(status).body(Bytes::from(body.replace(' ', "-"))).unwrap())
    }
}

#[tokio::test]
async fn parallel_refreshes_of_one_account_come_one_after_the_other() {
    let (strict, session) = (Arc::new(Strict::default()), UserSession::new());
    let credential = || {
        RefreshTokenCredential::builder("organizations", CLIENT_ID, "planted-given")
            .transport(strict.clone())
            .session(session.clone())
            .build()
            .unwrap()
    };
    let (one, two) = (credential(), credential());
    one.get_token(&mail()).await.unwrap();
    let scopes: Vec<String> = (0..8).map(|n| format!("scope{n}")).collect();
    let wanted: Vec<_> = scopes.iter().map(|scope| TokenRequest::new([scope.clone()])).collect();
    let (ours, theirs) = wanted.split_at(4);
    let of = async |credential: &RefreshTokenCredential, wanted: &[TokenRequest]| {
        let [a, b, c, d] = wanted else { panic!("four") };
        let all = tokio::join!(
            credential.get_token(a),
            credential.get_token(b),
            credential.get_token(c),
            credential.get_token(d)
        );
        for result in [all.0, all.1, all.2, all.3] {
            assert!(result.is_ok(), "{result:?}");
        }
    };
    tokio::join!(of(&one, ours), of(&two, theirs));
    assert_eq!(strict.0.lock().unwrap().len(), 9);
}

#[tokio::test]
async fn claims_skip_the_cached_token_and_their_answer_replaces_it() {
    let entra = ScriptedTransport::new()
        .then_json(&user_json("revoked", "second", "ada"))
        .then_json(&user_json("fresh", "third", "ada"));
    let credential = with(&entra).handles_claims_challenges().build().unwrap();
    assert_eq!(credential.get_token(&mail()).await.unwrap().expose(), "revoked");
    let challenge = mail().with_claims(r#"{"access_token":{"nbf":{"essential":true,"value":"16"}}}"#);
    for _ in 0..2 {
        assert_eq!(credential.get_token(&challenge).await.unwrap().expose(), "fresh");
        assert_eq!(credential.get_token(&mail()).await.unwrap().expose(), "fresh");
    }
    insta::assert_snapshot!(entra.wire());
}

#[tokio::test]
async fn a_session_keeps_accounts_apps_and_clouds_apart() {
    let session = UserSession::new();
    let ada = ScriptedTransport::new().then_json(&user_json("ada", "ada-2", "ada")).then_json(&user_json(
        "ada-again",
        "ada-3",
        "ada",
    ));
    let bob = ScriptedTransport::new().then_json(&user_json("bob", "bob-2", "bob"));
    let first = with(&ada).session(session.clone()).build().unwrap();
    first.get_token(&mail()).await.unwrap();
    with(&bob).session(session.clone()).build().unwrap().authenticate(&mail()).await.unwrap();
    let names: Vec<_> = session.accounts().iter().map(|account| account.username().to_owned()).collect();
    assert_eq!(names, ["ada@contoso.com", "bob@contoso.com"]);

    // A handle that was stored as text finds its account in the session, whatever else is signed in.
    let handle = AuthenticationRecord::parse(&first.account().unwrap().to_json()).unwrap();
    let again = with(&ada).session(session.clone()).account(handle.clone()).build().unwrap();
    assert_eq!(again.get_token(&mail()).await.unwrap().expose(), "ada-again");
    assert_eq!(sent(&ada), ["planted-given", "ada-2"]);

    // Two accounts and no handle: it is not for the library to choose.
    let unsure = with(&ScriptedTransport::new()).session(session.clone()).only_when_asked().build().unwrap();
    let error = unsure.get_token(&mail()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::NotConfigured);

    // Another app and another cloud get none of these tokens.
    for builder in [
        RefreshTokenCredential::builder("organizations", "other-app", "planted-given"),
        RefreshTokenCredential::builder("organizations", CLIENT_ID, "planted-given")
            .authority(Authority::cloud(Cloud::UsGovernment)),
    ] {
        let nobody = ScriptedTransport::new();
        let stranger =
            builder.session(session.clone()).only_when_asked().transport(nobody.shared()).build().unwrap();
        assert!(stranger.get_token(&mail()).await.is_err());
    }
    assert!(again.sign_out() && !again.sign_out());
    assert_eq!(session.accounts().len(), 1);
}

#[tokio::test]
async fn another_account_is_not_taken_for_the_expected_one() {
    let entra = ScriptedTransport::new()
        .then_json(&user_json("ada", "second", "ada"))
        .then_json(&user_json("bob", "third", "bob"))
        .then_json(&user_json("bob", "fourth", "bob"));
    let credential = with(&entra).build().unwrap();
    credential.get_token(&mail()).await.unwrap();
    let error = credential.authenticate(&mail()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
    assert!(error.problem().contains("another account") && !error.to_string().contains("bob"), "{error}");
    assert_eq!(credential.get_token(&mail()).await.unwrap().expose(), "ada", "nothing has changed");
    assert!(credential.sign_out());
    assert_eq!(credential.get_token(&mail()).await.unwrap().expose(), "bob", "now anybody may sign in");
}

#[tokio::test]
async fn a_web_app_proves_itself_anew_for_each_exchange() {
    let entra = ScriptedTransport::new()
        .then_json(&user_json("one", "second", "ada"))
        .then_json(&user_json("two", "third", "ada"));
    let counter = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let source = AssertionFn::new(move |_| {
        let number = counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        async move { Ok(Secret::from(format!("assertion-{number}"))) }
    });
    let credential = with(&entra).client_assertion(source).build().unwrap();
    credential.get_token(&mail()).await.unwrap();
    credential.get_token(&TokenRequest::new([VAULT])).await.unwrap();
    let wire = entra.wire();
    assert!(wire.contains("client_assertion=assertion-0&") && wire.contains("client_assertion=assertion-1&"));
}

#[tokio::test]
async fn wrong_inputs_are_named_before_anything_is_sent() {
    let mut texts = String::new();
    let none = ScriptedTransport::new();
    let build = |tenant: &str, client_id: &str, token: &str| {
        RefreshTokenCredential::builder(tenant, client_id, token).transport(none.shared())
    };
    let other_record = r#"{"authority":"login.microsoftonline.us","clientId":"planted-app","homeAccountId":"u.t","version":"1.0"}"#;
    for (name, builder) in [
        ("bad tenant", build("a/b", CLIENT_ID, "t")),
        ("empty client id", build(TENANT, "", "t")),
        ("blank token", build(TENANT, CLIENT_ID, " ")),
        ("empty client secret", build(TENANT, CLIENT_ID, "t").client_secret("")),
        ("bad default scope", build(TENANT, CLIENT_ID, "t").default_scope("planted scope")),
        ("bad allowed tenant", build(TENANT, CLIENT_ID, "t").additionally_allowed_tenants(["planted/.."])),
        (
            "record of another app",
            build(TENANT, CLIENT_ID, "t").account(AuthenticationRecord::parse(other_record).unwrap()),
        ),
    ] {
        let error = builder.build().expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{name}");
        texts += &shown(name, &error, &["planted"]);
    }
    let credential = with(&none).build().unwrap();
    for (name, request) in [
        ("no scope", TokenRequest::default()),
        ("bad scope", TokenRequest::new(["planted scope"])),
        ("foreign tenant", mail().with_tenant("fabrikam.com")),
        ("bad claims", mail().with_claims("planted")),
    ] {
        let error = credential.get_token(&request).await.expect_err(name);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{name}");
        texts += &shown(name, &error, &["planted"]);
    }
    let flow = RefreshTokenFlow::new(CLIENT_ID).unwrap();
    assert!(flow.request(TENANT, &"".into(), &mail()).is_err());
    assert!(flow.with_proof(ClientProof::Secret("".into())).request(TENANT, &"t".into(), &mail()).is_err());
    insta::assert_snapshot!(texts);
}

#[tokio::test]
async fn nothing_shows_a_refresh_token() {
    let check = LeakCheck::new(["planted-given", "planted-next", "planted-access", SECRET]);
    let echo = r#"planted-given planted-next"#;
    let entra = ScriptedTransport::new()
        .then_json(&user_json("planted-access", "planted-next", "ada"))
        .then(
            400,
            &[],
            entra_error("invalid_grant", 70000, &format!(r#","suberror":"{echo}","claims":"{echo}""#)),
        )
        .then(200, &[], echo)
        .then(503, &[], echo);
    let builder = with(&entra).client_secret(SECRET);
    check.debug(&builder);
    let credential = builder.build().unwrap();
    let token = credential.get_token(&mail()).await.unwrap();
    check.debug(&token);
    for _ in 0..3 {
        let error = credential.get_token(&mail().not_this_token(token.clone())).await.unwrap_err();
        check.error(&error);
    }
    check.debug(&credential);
    check.debug(credential.session());
    check.debug(&credential.account().unwrap());
    check.text(&credential.account().unwrap().to_json());
    check.debug(&RefreshTokenFlow::new(CLIENT_ID).unwrap().with_proof(ClientProof::Secret(SECRET.into())));
    let response = Response::new(Bytes::from(user_json("planted-access", "planted-next", "ada")));
    check.debug(&entra::TokenResponse::read(&response, std::time::SystemTime::UNIX_EPOCH).unwrap());
}

/// Keeps accounts in the written form, as a file would; fails on request.
#[derive(Debug, Default)]
struct Kept {
    texts: Mutex<Vec<Secret>>,
    is_broken: std::sync::atomic::AtomicBool,
}

impl Kept {
    fn tokens(&self) -> Vec<String> {
        let accounts = self.load().unwrap();
        accounts.iter().map(|account| account.refresh_token().expose().to_owned()).collect()
    }
}

impl SessionStore for Kept {
    fn load(&self) -> Result<Vec<StoredAccount>, CredentialError> {
        self.texts.lock().unwrap().iter().map(StoredAccount::from_secret).collect()
    }

    fn save(&self, account: &StoredAccount) -> Result<(), CredentialError> {
        self.forget(account.record())?;
        self.texts.lock().unwrap().push(account.to_secret());
        Ok(())
    }

    fn forget(&self, account: &AuthenticationRecord) -> Result<(), CredentialError> {
        if self.is_broken.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(CredentialError::new(
                CredentialErrorKind::Unavailable,
                "the disk is full",
                "make room",
            ));
        }
        let is_other =
            |text: &Secret| !StoredAccount::from_secret(text).unwrap().record().is_same_account(account);
        self.texts.lock().unwrap().retain(is_other);
        Ok(())
    }
}

fn of_session(entra: &ScriptedTransport, session: &UserSession) -> RefreshTokenCredential {
    with(entra).session(session.clone()).build().unwrap()
}

#[tokio::test]
async fn a_stored_session_goes_on_in_the_next_run_and_leaves_nothing_after_sign_out() {
    let store = Arc::new(Kept::default());
    let first_run = UserSession::stored_in(store.clone()).unwrap();
    let entra = ScriptedTransport::new()
        .then_json(&user_json("one", "second", "ada"))
        .then_json(&user_json("two", "third", "ada"));
    let credential = of_session(&entra, &first_run);
    credential.get_token(&mail()).await.unwrap();
    credential.get_token(&TokenRequest::new([VAULT])).await.unwrap();
    assert_eq!(store.tokens(), ["third"], "each successor replaces the one before");

    let next_run = UserSession::stored_in(store.clone()).unwrap();
    assert_eq!(next_run.accounts()[0].username(), "ada@contoso.com");
    let entra = ScriptedTransport::new().then_json(&user_json("three", "fourth", "ada"));
    let credential = of_session(&entra, &next_run);
    assert_eq!(credential.get_token(&mail()).await.unwrap().expose(), "three");
    assert_eq!(sent(&entra), ["third"], "not the one that was given to the builder");
    assert_eq!(store.tokens(), ["fourth"]);
    assert!(credential.sign_out() && next_run.store_failure().is_none());
    assert!(store.texts.lock().unwrap().is_empty());
    LeakCheck::new(["planted-given", "fourth"]).debug(&(next_run, store));
}

#[tokio::test]
async fn a_store_that_fails_costs_no_token_and_is_told() {
    let store = Arc::new(Kept::default());
    let session = UserSession::stored_in(store.clone()).unwrap();
    let entra = ScriptedTransport::new()
        .then_json(&user_json("one", "second", "ada"))
        .then_json(&user_json("two", "third", "ada"));
    let credential = of_session(&entra, &session);
    credential.get_token(&mail()).await.unwrap();
    store.is_broken.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(credential.get_token(&TokenRequest::new([VAULT])).await.unwrap().expose(), "two");
    assert_eq!(session.store_failure().unwrap().problem(), "the disk is full");
    assert!(credential.sign_out());
    assert!(session.store_failure().is_some(), "the refresh token is still there");
    store.is_broken.store(false, std::sync::atomic::Ordering::SeqCst);
    session.sign_out(&store.load().unwrap()[0].record().clone());
    assert!(session.store_failure().is_none() && store.tokens().is_empty());
}

#[tokio::test]
async fn a_refresh_token_that_another_process_has_used_up_is_not_the_end() {
    let store = Arc::new(Kept::default());
    let ours = UserSession::stored_in(store.clone()).unwrap();
    let entra = ScriptedTransport::new()
        .then_json(&user_json("one", "second", "ada"))
        .then(400, &[], refused("bad_token", 70000))
        .then_json(&user_json("three", "fourth", "ada"))
        .then(400, &[], refused("bad_token", 70000))
        .then_json(&user_json("four", "sixth", "ada"));
    let credential = of_session(&entra, &ours);
    credential.get_token(&mail()).await.unwrap();
    let theirs = UserSession::stored_in(store.clone()).unwrap();
    let other = ScriptedTransport::new().then_json(&user_json("two", "third", "ada"));
    of_session(&other, &theirs).get_token(&mail()).await.unwrap();
    assert_eq!(credential.get_token(&TokenRequest::new([VAULT])).await.unwrap().expose(), "three");
    // Nobody has a newer one: it is dead, here and in the store, and the one given to the builder is next.
    let wanted = TokenRequest::new(["User.Read"]);
    assert!(OAuthError::of(&credential.get_token(&wanted).await.unwrap_err()).unwrap().needs_interaction());
    assert!(store.tokens().is_empty());
    credential.get_token(&wanted).await.unwrap();
    assert_eq!(sent(&entra), ["planted-given", "second", "third", "fourth", "planted-given"]);
    assert_eq!(store.tokens(), ["sixth"]);
}
