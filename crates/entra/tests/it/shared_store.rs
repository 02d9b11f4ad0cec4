//! Credentials of several processes share one store.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use credential::{
    AccessToken, CacheMetrics, CacheOptions, CredentialError, MapEnvironment, MemoryTokenStore, Secret,
    TokenCredential, TokenRequest,
};
use credential_testkit::{FakeClock, FakeSleep, ScriptedTransport};
use entra::{
    AssertionFn, Authority, ClientAssertionCredential, ClientSecretCredential, Cloud, EnvironmentCredential,
    OnBehalfOf, UsernamePasswordCredential,
};

use crate::{CLIENT_ID, SECRET, TENANT, VAULT, token_json, user_json};

const OTHER_ID: &str = "99999999-2222-3333-4444-555555555555";
const ADA: &str = "0b6e6e0a-0000-0000-0000-00000000000a";
const BOB: &str = "0b6e6e0a-0000-0000-0000-00000000000b";

/// What the processes have in common: a store, and a time.
struct Common {
    store: MemoryTokenStore,
    clock: FakeClock,
}

impl Common {
    fn new() -> Self {
        let clock = FakeClock::at(1_800_000_000);
        Self { store: MemoryTokenStore::new().with_clock(clock.shared()), clock }
    }

    fn cache(&self) -> CacheOptions {
        CacheOptions::new().with_store(Arc::new(self.store.clone()), FakeSleep::on(&self.clock).shared())
    }

    fn app(&self, entra: &ScriptedTransport) -> entra::ClientSecretCredentialBuilder {
        ClientSecretCredential::builder(TENANT, CLIENT_ID, SECRET)
            .transport(entra.shared())
            .clock(self.clock.shared())
            .cache(self.cache())
    }
}

async fn text(credential: &dyn TokenCredential, request: &TokenRequest) -> String {
    credential.get_token(request).await.unwrap().expose().to_owned()
}

#[tokio::test]
async fn what_one_process_has_fetched_serves_the_others_of_the_same_app() {
    let (common, vault) = (Common::new(), TokenRequest::new([VAULT]));
    let entra = ScriptedTransport::new().then_json(&token_json("t"));
    let file = AssertionFn::new(|_request| async { Ok(Secret::from("eyJ.eyJ.c2ln")) });
    let assertion = ClientAssertionCredential::builder(TENANT, CLIENT_ID, file)
        .transport(entra.shared())
        .clock(common.clock.shared())
        .cache(common.cache())
        .build()
        .unwrap();
    let variables = MapEnvironment::new()
        .with("AZURE_TENANT_ID", TENANT)
        .with("AZURE_CLIENT_ID", CLIENT_ID)
        .with("AZURE_CLIENT_SECRET", SECRET);
    let environment = EnvironmentCredential::builder()
        .environment(Arc::new(variables))
        .transport(entra.shared())
        .clock(common.clock.shared())
        .cache(common.cache())
        .build()
        .unwrap();
    let first = common.app(&entra).build().unwrap();
    let defaulted = common.app(&entra).default_scope(VAULT).build().unwrap();
    assert_eq!(text(&first, &vault).await, "t");
    assert_eq!(text(&defaulted, &TokenRequest::default()).await, "t");
    assert_eq!(text(&environment, &vault).await, "t");
    assert_eq!(text(&assertion, &vault).await, "t");
    assert_eq!(entra.requests().len(), 1);
}

#[tokio::test]
async fn others_get_nothing_of_it() {
    let (common, vault) = (Common::new(), TokenRequest::new([VAULT]));
    let first = ScriptedTransport::new().then_json(&token_json("first"));
    assert_eq!(text(&common.app(&first).build().unwrap(), &vault).await, "first");
    let builder = |tenant: &str, client: &str| {
        ClientSecretCredential::builder(tenant, client, SECRET)
            .clock(common.clock.shared())
            .cache(common.cache())
    };
    for (name, builder) in [
        ("client", builder(TENANT, OTHER_ID)),
        ("tenant", builder(OTHER_ID, CLIENT_ID)),
        ("cloud", builder(TENANT, CLIENT_ID).authority(Authority::cloud(Cloud::China))),
        ("kind", builder(TENANT, CLIENT_ID).handles_claims_challenges()),
    ] {
        let entra = ScriptedTransport::new().then_json(&token_json(name));
        let credential = builder.transport(entra.shared()).build().unwrap();
        assert_eq!(text(&credential, &vault).await, name, "another {name}");
    }
    let elsewhere = ScriptedTransport::new().then_json(&token_json("elsewhere"));
    let credential = common.app(&elsewhere).additionally_allowed_tenants(["*"]).build().unwrap();
    assert_eq!(text(&credential, &vault.clone().with_tenant(OTHER_ID)).await, "elsewhere");
    assert_eq!(text(&credential, &vault).await, "first");
}

#[tokio::test]
async fn services_share_the_tokens_of_a_caller_and_never_those_of_another() {
    let (common, vault) = (Common::new(), TokenRequest::new([VAULT]));
    let entra = ScriptedTransport::new().then_json(&token_json("ada")).then_json(&token_json("bob"));
    let service = || {
        OnBehalfOf::builder(TENANT, CLIENT_ID)
            .client_secret(SECRET)
            .transport(entra.shared())
            .clock(common.clock.shared())
            .cache(common.cache())
            .build()
            .unwrap()
    };
    let (one, two) = (service(), service());
    assert_eq!(text(&one.user("eyJ.ada.c2ln").unwrap(), &vault).await, "ada");
    assert_eq!(text(&two.user("eyJ.bob.c2ln").unwrap(), &vault).await, "bob");
    assert_eq!(text(&two.user("eyJ.ada.c2ln").unwrap(), &vault).await, "ada");
    assert_eq!(text(&one.user("eyJ.bob.c2ln").unwrap(), &vault).await, "bob");
    assert_eq!(entra.requests().len(), 2);
}

fn person(common: &Common, entra: &ScriptedTransport) -> entra::UsernamePasswordCredentialBuilder {
    UsernamePasswordCredential::builder(TENANT, CLIENT_ID, "x@contoso.com", "pa55word")
        .transport(entra.shared())
        .clock(common.clock.shared())
        .cache(common.cache())
}

#[tokio::test]
async fn tokens_of_a_person_are_shared_once_it_is_known_whose_they_are() {
    let (common, vault) = (Common::new(), TokenRequest::new([VAULT]));
    let entra = ScriptedTransport::new().then_json(&user_json("ada-token", "r1", ADA));
    let first = person(&common, &entra).build().unwrap();
    assert_eq!(text(&first, &vault).await, "ada-token");

    let nothing = ScriptedTransport::new();
    let same = person(&common, &nothing).account(first.account().unwrap()).build().unwrap();
    assert_eq!(text(&same, &vault).await, "ada-token");
    assert!(nothing.requests().is_empty());

    // Nobody knows yet who signs in here: it is somebody else.
    let other = ScriptedTransport::new().then_json(&user_json("bob-token", "r2", BOB));
    let unknown = person(&common, &other).build().unwrap();
    assert_eq!(text(&unknown, &vault).await, "bob-token");

    // The account that signs in after another has signed out gets tokens of its own.
    assert!(first.sign_out());
    let entra = ScriptedTransport::new().then_json(&user_json("bob-again", "r3", BOB));
    let changed = person(&common, &entra).session(first.session().clone()).build().unwrap();
    assert_eq!(text(&changed, &vault).await, "bob-again");
}

/// Counts.
#[derive(Debug, Default)]
struct Counts {
    fetched: AtomicU64,
    found: AtomicU64,
}

impl CacheMetrics for Counts {
    fn fetched(&self, _took: Duration) {
        self.fetched.fetch_add(1, Ordering::Relaxed);
    }

    fn found_in_store(&self) {
        self.found.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_thousand_callers_of_two_processes_fetch_once_and_metrics_say_so() {
    let (common, counts) = (Common::new(), Arc::new(Counts::default()));
    let entra = ScriptedTransport::new().then_json(&token_json("t"));
    let process =
        || Arc::new(common.app(&entra).cache(common.cache().with_metrics(counts.clone())).build().unwrap());
    let processes = [process(), process()];
    let callers: Vec<_> = (0..1_000)
        .map(|number| {
            let credential = processes[number % 2].clone();
            tokio::spawn(async move { credential.get_token(&TokenRequest::new([VAULT])).await })
        })
        .collect();
    for caller in callers {
        let token: Result<AccessToken, CredentialError> = caller.await.unwrap();
        assert_eq!(token.unwrap().expose(), "t");
    }
    assert_eq!(entra.requests().len(), 1);
    assert_eq!((counts.fetched.load(Ordering::Relaxed), counts.found.load(Ordering::Relaxed)), (1, 1));
}
