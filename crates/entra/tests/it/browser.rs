//! Signing in with the browser: what is opened, what is received, how it ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::{CredentialError, CredentialErrorKind, Secret, Sleep, TokenCredential, TokenRequest};
use credential_emulator::Emulator;
use credential_testkit::{FakeClock, FakeSleep, LeakCheck, ScriptedTransport, SequenceRandom};
use entra::{
    Authority, Browser, InteractiveBrowserCredential, InteractiveBrowserCredentialBuilder, LoopbackReceiver,
    NoBrowser, OAuthError, ResponseMode, SignInByHand, SignInPrompt,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::authorization_code::{lines, signed_in};
use crate::{CLIENT_ID, TENANT, VAULT, entra_error, shown, user_json};

const USER: &str = "User.Read";
const FORM: &str = "application/x-www-form-urlencoded";

fn user() -> TokenRequest {
    TokenRequest::new([USER])
}

/// The nth text of a sequence random: each sign-in draws verifier, nonce and state.
fn random_text(byte: u8) -> String {
    URL_SAFE_NO_PAD.encode([byte; 32])
}

fn parameter(url: &str, wanted: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// Sends one request to a port of this machine, and returns the status and the page.
async fn send(address: &str, method: &str, target: &str, content_type: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

/// Goes to a redirect URI, with the answer in the query or as a form.
async fn follow(url: &str, form: Option<&str>) -> (u16, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (address, target) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    match form {
        Some(form) => send(address, "POST", &target, FORM, form).await,
        None => send(address, "GET", &target, "", "").await,
    }
}

type Script = Box<dyn Fn(&str) -> (String, Option<String>) + Send + Sync>;

/// A browser, and the person before it: turns the address that is opened into where it ends, then goes there.
pub(crate) struct Person {
    opened: Mutex<Vec<String>>,
    visits: Mutex<Vec<JoinHandle<String>>>,
    script: Script,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person")
    }
}

impl Person {
    fn new(script: impl Fn(&str) -> (String, Option<String>) + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { opened: Mutex::default(), visits: Mutex::default(), script: Box::new(script) })
    }

    /// Signs in, and is sent back with these parameters and the state.
    fn sent_back_with(parameters: &'static str) -> Arc<Self> {
        Self::new(move |url| {
            let answer = format!("{parameters}&state={}", parameter(url, "state"));
            match &*parameter(url, "response_mode") {
                "form_post" => (parameter(url, "redirect_uri"), Some(answer)),
                _ => (format!("{}?{answer}", parameter(url, "redirect_uri")), None),
            }
        })
    }

    /// Signs in at an emulator.
    pub(crate) fn at(emulator: &Arc<Emulator>) -> Arc<Self> {
        let emulator = emulator.clone();
        Self::new(move |url| {
            let redirect = emulator.sign_in(url).unwrap();
            (redirect.url().to_owned(), redirect.form().map(str::to_owned))
        })
    }

    fn opened(&self) -> Vec<String> {
        self.opened.lock().unwrap().clone()
    }

    /// The page that it saw at the end.
    async fn page(&self) -> String {
        let visit = self.visits.lock().unwrap().remove(0);
        visit.await.unwrap()
    }
}

#[async_trait]
impl Browser for Person {
    async fn open(&self, url: &str) -> Result<(), CredentialError> {
        self.opened.lock().unwrap().push(url.to_owned());
        let (url, form) = (self.script)(url);
        let visit = tokio::spawn(async move { follow(&url, form.as_deref()).await.1 });
        self.visits.lock().unwrap().push(visit);
        Ok(())
    }
}

/// Time does not pass: the person is never too late.
#[derive(Debug)]
struct NoHurry;

#[async_trait]
impl Sleep for NoHurry {
    async fn sleep(&self, _duration: Duration) {
        std::future::pending().await
    }
}

fn builder(entra: &ScriptedTransport, browser: Arc<dyn Browser>) -> InteractiveBrowserCredentialBuilder {
    InteractiveBrowserCredential::builder("organizations", CLIENT_ID)
        .transport(entra.shared())
        .browser(browser)
        .random(Arc::new(SequenceRandom::default()))
        .clock(FakeClock::at(1_800_000_000).shared())
        .sleep(Arc::new(NoHurry))
}

/// Replaces the port of this run.
fn without_port(text: &str, url: &str) -> String {
    let redirect = parameter(url, "redirect_uri");
    let port = redirect.rsplit(':').next().unwrap().split('/').next().unwrap().to_owned();
    text.replace(&format!(":{port}"), ":PORT").replace(&format!("%3A{port}"), "%3APORT")
}

#[tokio::test]
async fn the_person_signs_in_once_and_the_refresh_token_does_the_rest() {
    for (name, mode) in [("form_post", ResponseMode::FormPost), ("query", ResponseMode::Query)] {
        let person = Person::sent_back_with("code=planted%2Bcode&session_state=x");
        let entra = ScriptedTransport::new()
            .then_json(&signed_in("one", "r1", &random_text(1)))
            .then_json(&user_json("two", "r2", "ada"));
        let credential = builder(&entra, person.clone()).response_mode(mode).build().unwrap();
        assert_eq!(credential.get_token(&user()).await.unwrap().expose(), "one");
        assert_eq!(credential.get_token(&user()).await.unwrap().expose(), "one", "from the cache");
        assert_eq!(credential.get_token(&TokenRequest::new([VAULT])).await.unwrap().expose(), "two");
        assert_eq!(credential.account().unwrap().username(), "ada@contoso.com");
        let [url] = &person.opened()[..] else { panic!("one sign-in") };
        let text = format!("{}\n---\n{}", lines(url), entra.wire());
        insta::assert_snapshot!(format!("requests_{name}"), without_port(&text, url));
        assert!(person.page().await.contains("You can go back to the application"));
    }
}

#[tokio::test]
async fn what_was_asked_for_is_in_the_address() {
    let person = Person::sent_back_with("code=c");
    let entra = ScriptedTransport::new().then_json(&signed_in("one", "r1", &random_text(1)));
    let credential = builder(&entra, person.clone())
        .prompt(SignInPrompt::Consent)
        .login_hint("ada@contoso.com")
        .domain_hint("contoso.com")
        .client_secret("planted-secret")
        .redirect_uri("http://127.0.0.1/signed-in")
        .receiver(Arc::new(LoopbackReceiver::new().app_name("Contoso <Backup>")))
        .build()
        .unwrap();
    credential.get_token(&user()).await.unwrap();
    let url = person.opened().remove(0);
    insta::assert_snapshot!(without_port(&format!("{}\n---\n{}", lines(&url), entra.wire()), &url));
    assert!(person.page().await.contains("go back to Contoso &lt;Backup&gt;"));
}

#[tokio::test]
async fn claims_reach_the_person_and_the_token() {
    let person = Person::sent_back_with("code=c");
    let claims =
        r#","suberror":"basic_action","claims":"{\"access_token\":{\"polids\":{\"essential\":true}}}""#;
    let entra = ScriptedTransport::new()
        .then_json(&signed_in("one", "r1", &random_text(1)))
        .then(400, &[], entra_error("interaction_required", 50076, claims))
        .then_json(&signed_in("two", "r2", &random_text(4)))
        .then_json(&user_json("three", "r3", "ada"));
    let credential = builder(&entra, person.clone()).handles_claims_challenges().build().unwrap();
    credential.get_token(&user()).await.unwrap();
    assert_eq!(credential.get_token(&TokenRequest::new([VAULT])).await.unwrap().expose(), "two");
    let urls = person.opened();
    assert_eq!(parameter(&urls[0], "claims"), r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#);
    let merged = r#"{"access_token":{"polids":{"essential":true},"xms_cc":{"values":["cp1"]}}}"#;
    assert_eq!(parameter(&urls[1], "claims"), merged);
    assert_eq!(parameter(&urls[1], "login_hint"), "ada@contoso.com", "the same person");
    let sent = String::from_utf8(entra.requests()[2].body().to_vec()).unwrap();
    assert_eq!(parameter(&format!("?{sent}"), "claims"), merged);
    // A challenge of the resource: silently, and its answer replaces the cached token.
    let challenged = user().with_claims(r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#);
    assert_eq!(credential.get_token(&challenged).await.unwrap().expose(), "three");
    assert_eq!(credential.get_token(&user()).await.unwrap().expose(), "three");
    assert_eq!(person.opened().len(), 2);
}

#[tokio::test]
async fn ends_without_a_token_are_told_apart() {
    let mut texts = String::new();
    for (name, parameters, page) in [
        (
            "declined",
            "error=access_denied&error_subcode=cancel&error_description=AADSTS65004%3A+Planted%3Cb%3E",
            "Planted&lt;b&gt;",
        ),
        (
            "another redirect URI",
            "error=invalid_request&error_description=AADSTS50011%3A+Planted",
            "did not succeed",
        ),
        ("server error", "error=server_error", "server_error"),
    ] {
        let person = Person::sent_back_with(parameters);
        let credential = builder(&ScriptedTransport::new(), person.clone()).build().unwrap();
        let error = credential.get_token(&user()).await.unwrap_err();
        assert_eq!(error.needs_interaction(), name == "declined", "{name}");
        texts += &shown(name, &error, &["Planted"]);
        let seen = person.page().await;
        assert!(seen.contains(page), "{name}: {seen}");
    }
    let person = Person::sent_back_with("code=planted-code");
    let used = ScriptedTransport::new().then(400, &[], entra_error("invalid_grant", 54005, ""));
    let error = builder(&used, person.clone()).build().unwrap().get_token(&user()).await.unwrap_err();
    texts += &shown("code used before", &error, &["planted-code"]);
    let lost = ScriptedTransport::new().then_unreachable();
    let error = builder(&lost, person.clone()).build().unwrap().get_token(&user()).await.unwrap_err();
    assert_eq!(
        (error.kind(), lost.requests().len()),
        (CredentialErrorKind::Unreachable, 1),
        "never sent twice"
    );
    let other = ScriptedTransport::new().then_json(&signed_in("planted", "planted", "another"));
    let error = builder(&other, person).build().unwrap().get_token(&user()).await.unwrap_err();
    texts += &shown("id token of another sign-in", &error, &["planted"]);
    insta::assert_snapshot!(texts);
}

/// A browser in which nobody does anything.
#[derive(Debug, Default)]
struct Idle(Mutex<Option<String>>);

#[async_trait]
impl Browser for Idle {
    async fn open(&self, url: &str) -> Result<(), CredentialError> {
        *self.0.lock().unwrap() = Some(url.to_owned());
        Ok(())
    }
}

#[tokio::test]
async fn patience_ends_and_the_port_closes() {
    let (clock, idle) = (FakeClock::at(1_800_000_000), Arc::new(Idle::default()));
    let sleep = FakeSleep::on(&clock);
    let credential = builder(&ScriptedTransport::new(), idle.clone())
        .sleep(sleep.shared())
        .sign_in_timeout(Duration::from_secs(120))
        .build()
        .unwrap();
    let error = credential.get_token(&user()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (CredentialErrorKind::Refused, Some("sign_in_timeout")));
    assert_eq!(sleep.slept(), [Duration::from_secs(120)]);
    let url = idle.0.lock().unwrap().clone().unwrap();
    let address = parameter(&url, "redirect_uri").trim_start_matches("http://").to_owned();
    assert!(TcpStream::connect(&address).await.is_err(), "{address} is closed");
}

#[tokio::test]
async fn dropping_the_future_closes_the_port_and_frees_the_way() {
    let person = Arc::new(Idle::default());
    let credential = builder(&ScriptedTransport::new(), person.clone()).build().unwrap();
    for _ in 0..2 {
        let wanted = user();
        let address = tokio::select! {
            biased;
            result = credential.get_token(&wanted) => panic!("nobody signed in: {result:?}"),
            address = async {
                loop {
                    tokio::task::yield_now().await;
                    let Some(url) = person.0.lock().unwrap().take() else { continue };
                    break parameter(&url, "redirect_uri").trim_start_matches("http://").to_owned();
                }
            } => address,
        };
        assert!(TcpStream::connect(&address).await.is_err(), "{address} is closed");
    }
}

/// Sends what does not count, in front of what does.
#[tokio::test]
async fn strays_are_turned_away_and_the_first_answer_counts() {
    #[derive(Debug, Default)]
    struct Crowd(Mutex<Vec<(u16, String)>>);

    #[async_trait]
    impl Browser for Crowd {
        async fn open(&self, url: &str) -> Result<(), CredentialError> {
            let address = parameter(url, "redirect_uri").trim_start_matches("http://").to_owned();
            // Browsers connect ahead of need, and say nothing.
            let idle = TcpStream::connect(&address).await.unwrap();
            let state = parameter(url, "state");
            let long = format!("code=c&state={state}&x={}", "a".repeat(70_000));
            for (method, target, content_type, body) in [
                ("GET", "/favicon.ico", "", String::new()),
                ("GET", "/", "", String::new()),
                ("GET", &*format!("/?code=evil&state={state}"), "", String::new()),
                ("POST", "/", FORM, "code=evil&state=guessed".to_owned()),
                ("POST", "/", "text/plain", format!("code=evil&state={state}")),
                ("POST", "/", FORM, long),
                ("DELETE", "/", FORM, format!("code=evil&state={state}")),
                ("POST", "/", FORM, format!("code=right&state={state}")),
            ] {
                let answer = send(&address, method, target, content_type, &body).await;
                self.0.lock().unwrap().push(answer);
            }
            drop(idle);
            Ok(())
        }
    }

    let crowd = Arc::new(Crowd::default());
    let entra = ScriptedTransport::new().then_json(&signed_in("one", "r1", &random_text(1)));
    let credential = builder(&entra, crowd.clone()).build().unwrap();
    credential.get_token(&user()).await.unwrap();
    let sent = String::from_utf8(entra.requests()[0].body().to_vec()).unwrap();
    assert!(sent.contains("&code=right&"), "{sent}");
    let statuses: Vec<u16> = crowd.0.lock().unwrap().iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses[..7], [404, 400, 400, 400, 415, 413, 405]);
    let pages = crowd.0.lock().unwrap();
    for (_, page) in &*pages {
        assert!(page.contains("content-security-policy: default-src 'none'"), "{page}");
        assert!(!page.contains("evil") && !page.contains(&random_text(2)), "{page}");
    }
}

#[tokio::test]
async fn a_fixed_port_that_is_taken_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let credential = builder(&ScriptedTransport::new(), Arc::new(NoBrowser::default()))
        .redirect_uri(format!("http://localhost:{port}"))
        .build()
        .unwrap();
    let error = credential.get_token(&user()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Unavailable);
    assert!(error.problem().contains(&port.to_string()), "{error}");
}

/// A person without a browser, who pastes these texts one after the other.
#[derive(Debug)]
struct Paster {
    shown: Mutex<Vec<(String, Option<String>)>>,
    next: AtomicUsize,
    texts: Vec<fn(&str) -> String>,
}

impl Paster {
    fn new(texts: Vec<fn(&str) -> String>) -> Arc<Self> {
        Arc::new(Self { shown: Mutex::default(), next: AtomicUsize::new(0), texts })
    }
}

#[async_trait]
impl SignInByHand for Paster {
    async fn sign_in(
        &self,
        url: &str,
        mistake: Option<&CredentialError>,
    ) -> Result<Option<Secret>, CredentialError> {
        self.shown.lock().unwrap().push((url.to_owned(), mistake.map(ToString::to_string)));
        let text = self.texts.get(self.next.fetch_add(1, Ordering::SeqCst));
        Ok(text.map(|text| text(url).into()))
    }
}

#[tokio::test]
async fn without_a_browser_the_address_that_it_ended_at_is_pasted() {
    let paster = Paster::new(vec![
        |_| "planted nonsense".to_owned(),
        |_| "http://localhost:1/?code=planted&state=old".to_owned(),
        |url| {
            format!(
                " {}/?code=pasted&state={}#_=_ \n",
                parameter(url, "redirect_uri"),
                parameter(url, "state")
            )
        },
    ]);
    // The first sign-in, for the browser that did not open, drew three texts already.
    let entra = ScriptedTransport::new().then_json(&signed_in("one", "r1", &random_text(4)));
    let credential = builder(&entra, Arc::new(NoBrowser::default())).by_hand(paster.clone()).build().unwrap();
    credential.get_token(&user()).await.unwrap();
    let sent = String::from_utf8(entra.requests()[0].body().to_vec()).unwrap();
    assert!(sent.contains("&code=pasted&"), "{sent}");
    let shown = paster.shown.lock().unwrap().clone();
    assert!(
        shown.iter().all(|(url, _)| parameter(url, "response_mode") == "query"),
        "the address bar shows it"
    );
    let mistakes: Vec<_> = shown.iter().map(|(_, mistake)| mistake.clone().unwrap_or_default()).collect();
    assert!(
        mistakes[0].is_empty()
            && mistakes[1].contains("neither a code nor")
            && mistakes[2].contains("another")
    );
    LeakCheck::new(["planted"]).text(&mistakes.join(" "));
}

#[tokio::test]
async fn without_a_browser_the_one_of_this_machine_may_be_used_by_hand() {
    let entra = ScriptedTransport::new().then_json(&signed_in("one", "r1", &random_text(4)));
    let credential = builder(&entra, Arc::new(NoBrowser::default()))
        .show_url(|url| {
            let url = format!("{}/?code=c&state={}", parameter(url, "redirect_uri"), parameter(url, "state"));
            tokio::spawn(async move { follow(&url, None).await });
        })
        .build()
        .unwrap();
    assert_eq!(credential.get_token(&user()).await.unwrap().expose(), "one");
    let error = builder(&ScriptedTransport::new(), Arc::new(NoBrowser::default())).build().unwrap();
    let error = error.get_token(&user()).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::NotConfigured);
    assert!(error.fix().contains("by_hand"), "{error}");
}

#[tokio::test]
async fn the_emulator_accepts_both_modes_and_redeems_each_code_once() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let person = Person::at(&emulator);
    for (id, secret) in [
        (&emulator.accounts().public_client_id, None),
        (&emulator.accounts().client_id, Some(&*emulator.accounts().client_secret)),
    ] {
        for mode in [ResponseMode::FormPost, ResponseMode::Query] {
            let mut builder = InteractiveBrowserCredential::builder(&emulator.accounts().tenant_id, id)
                .authority(Authority::parse(&emulator.authority()).unwrap())
                .transport(emulator.http_client())
                .browser(person.clone())
                .response_mode(mode);
            if let Some(secret) = secret {
                builder = builder.client_secret(secret);
            }
            let credential = builder.build().unwrap();
            let arm = TokenRequest::new(["https://management.azure.com/user_impersonation"]);
            let first = credential.get_token(&arm).await.unwrap();
            let second = credential.get_token(&arm.clone().not_this_token(first.clone())).await.unwrap();
            assert!(!first.is_same_token(&second), "by the refresh token");
            assert_eq!(credential.account().unwrap().username(), emulator.accounts().user_name);
        }
    }
    assert_eq!(person.opened().len(), 4);
    let verified: Vec<String> =
        emulator.requests().into_iter().flat_map(|request| request.verified).collect();
    assert_eq!(verified.iter().filter(|what| *what == "code verifier").count(), 4);
}

#[tokio::test]
async fn a_silent_question_that_needs_a_person_says_so() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let credential =
        InteractiveBrowserCredential::builder("organizations", &emulator.accounts().public_client_id)
            .authority(Authority::parse(&emulator.authority()).unwrap())
            .transport(emulator.http_client())
            .browser(Person::at(&emulator))
            .prompt(SignInPrompt::Nothing)
            .build()
            .unwrap();
    let arm = TokenRequest::new(["https://management.azure.com/user_impersonation"]);
    let error = credential.get_token(&arm).await.unwrap_err();
    assert!(OAuthError::of(&error).unwrap().needs_interaction(), "{error}");
    assert_eq!(error.code(), Some("AADSTS50058"));
}

#[test]
fn builders_name_what_is_wrong() {
    let none = ScriptedTransport::new();
    for (builder, named) in [
        (InteractiveBrowserCredential::builder("a/b", CLIENT_ID).transport(none.shared()), "tenant"),
        (InteractiveBrowserCredential::builder(TENANT, "").transport(none.shared()), "client id"),
        (
            builder(&none, Arc::new(NoBrowser::default())).redirect_uri("http://planted.example"),
            "redirect URI",
        ),
        (builder(&none, Arc::new(NoBrowser::default())).login_hint("planted\n"), "login hint"),
        (builder(&none, Arc::new(NoBrowser::default())).client_secret(""), "client secret"),
        (builder(&none, Arc::new(NoBrowser::default())).default_scope("a b"), "scope"),
    ] {
        let error = builder.build().unwrap_err();
        LeakCheck::new(["planted"]).error(&error);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        assert!(error.problem().contains(named), "{error}");
    }
}

#[tokio::test]
async fn nothing_shows_the_code_or_the_secret() {
    let check = LeakCheck::new(["planted-code", "planted-secret", "planted-refresh"]);
    let echo = "planted-code planted-secret planted-refresh";
    for (status, body) in [
        (400, entra_error("invalid_grant", 70000, &format!(r#","suberror":"{echo}","claims":"{echo}""#))),
        (200, echo.to_owned()),
        (200, signed_in("planted-refresh", "planted-refresh", "planted-code")),
    ] {
        let entra = ScriptedTransport::new().then(status, &[], body);
        let builder =
            builder(&entra, Person::sent_back_with("code=planted-code")).client_secret("planted-secret");
        check.debug(&builder);
        let credential = builder.build().unwrap();
        check.error(&credential.get_token(&user()).await.unwrap_err());
        check.debug(&credential);
    }
}
