//! Servers of one resource share the tokens that they issue.

use std::sync::Arc;

use acs_hmac::{
    ConnectionString, EntraUserTokenCredential, IdentityClient, IssuedUserTokenCredential,
    IssuedUserTokenCredentialBuilder, TokenScope,
};
use async_trait::async_trait;
use credential::{
    AccessToken, CacheOptions, CachedCredential, CredentialError, CredentialIdentity, Endpoint,
    MemoryTokenStore, TokenCredential, TokenRequest,
};
use credential_testkit::{FakeClock, FakeSleep, ScriptedTransport};

const ADA: &str = "8:acs:resource_ada";

fn token(text: &str) -> String {
    format!(r#"{{"token":"{text}","expiresOn":"2999-01-01T00:00:00+00:00"}}"#)
}

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

    fn server(&self, resource: &str, service: &ScriptedTransport) -> IssuedUserTokenCredentialBuilder {
        let text = format!("endpoint=https://{resource}.communication.azure.com;accesskey=c2VjcmV0");
        let parsed = ConnectionString::parse(&text).unwrap();
        let client = IdentityClient::from_connection_string(&parsed, service.shared()).unwrap();
        IssuedUserTokenCredential::builder(client, [TokenScope::Chat])
            .clock(self.clock.shared())
            .cache(self.cache())
    }
}

async fn text(credential: &IssuedUserTokenCredential, scopes: &[&'static str]) -> String {
    credential.get_token(&TokenRequest::new(scopes.iter().copied())).await.unwrap().expose().to_owned()
}

#[tokio::test]
async fn two_servers_issue_one_token_for_a_user() {
    let common = Common::new();
    let service = ScriptedTransport::new().then_json(&token("first"));
    let server = || common.server("contoso", &service).user_id(ADA).build().unwrap();
    assert_eq!(text(&server(), &[]).await, "first");
    assert_eq!(text(&server(), &[]).await, "first");
    assert_eq!(text(&server(), &["chat"]).await, "first");
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
async fn other_users_scopes_lifetimes_and_resources_get_their_own() {
    let common = Common::new();
    let service = ScriptedTransport::new().then_json(&token("first"));
    assert_eq!(text(&common.server("contoso", &service).user_id(ADA).build().unwrap(), &[]).await, "first");
    let other = |name| ScriptedTransport::new().then_json(&token(name));
    let service = other("user");
    let bob = common.server("contoso", &service).user_id("8:acs:resource_bob").build().unwrap();
    assert_eq!(text(&bob, &[]).await, "user");
    let service = other("resource");
    assert_eq!(
        text(&common.server("fabrikam", &service).user_id(ADA).build().unwrap(), &[]).await,
        "resource"
    );
    let service = other("lifetime");
    let short = common.server("contoso", &service).user_id(ADA).expires_in_minutes(60).build().unwrap();
    assert_eq!(text(&short, &[]).await, "lifetime");
    let service = other("scope");
    let voip = common.server("contoso", &service).user_id(ADA).build().unwrap();
    assert_eq!(text(&voip, &["voip"]).await, "scope");
}

#[tokio::test]
async fn a_user_that_was_created_for_the_first_token_is_known_from_then_on() {
    let common = Common::new();
    let created = format!(r#"{{"identity":{{"id":"{ADA}"}},"accessToken":{}}}"#, token("first"));
    let service = ScriptedTransport::new().then(201, &[], created);
    let first = common.server("contoso", &service).build().unwrap();
    assert!(first.identity().is_none());
    assert_eq!(text(&first, &[]).await, "first");
    let nothing = ScriptedTransport::new();
    let second = common.server("contoso", &nothing).user_id(first.user().unwrap().id()).build().unwrap();
    assert_eq!(text(&second, &[]).await, "first");
    assert!(nothing.requests().is_empty());
}

/// A person who has signed in.
#[derive(Debug)]
struct Person(&'static str);

#[async_trait]
impl TokenCredential for Person {
    async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let expires_at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_900_000_000);
        Ok(AccessToken::new(format!("entra token of {}", self.0), expires_at))
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        Some(CredentialIdentity::new("https://login.example/contoso.com", "app").with_account(self.0))
    }
}

#[tokio::test]
async fn what_is_exchanged_for_a_persons_token_is_that_persons() {
    let common = Common::new();
    let exchanged =
        |name: &str| format!(r#"{{"identity":{{"id":"8:acs:x_{name}"}},"accessToken":{}}}"#, token(name));
    let service = ScriptedTransport::new().then_json(&exchanged("ada")).then_json(&exchanged("bob"));
    let cached = |person: &'static str| {
        let endpoint = Endpoint::parse("endpoint", "https://contoso.communication.azure.com").unwrap();
        let builder = EntraUserTokenCredential::builder(endpoint, Person(person)).transport(service.shared());
        let credential = builder.clock(common.clock.shared()).build().unwrap();
        CachedCredential::new(credential).with_clock(common.clock.shared()).with_options(&common.cache())
    };
    for (person, requests) in [("ada", 1), ("ada", 1), ("bob", 2), ("ada", 2), ("bob", 2)] {
        let token = cached(person).get_token(&TokenRequest::default()).await.unwrap();
        assert_eq!((token.expose(), service.requests().len()), (person, requests));
    }
}
