//! Processes that use one account share its token.

use std::sync::Arc;

use async_trait::async_trait;
use credential::{
    AccessToken, CacheOptions, CredentialError, CredentialIdentity, MemoryTokenStore, TokenCredential,
    TokenRequest,
};
use credential_testkit::{FakeClock, FakeSleep, ScriptedTransport};

use crate::account::{Entra, answer, credential_builder, key};

const DAY: u64 = 86_400;

fn cache(store: &MemoryTokenStore, clock: &FakeClock) -> CacheOptions {
    CacheOptions::new().with_store(Arc::new(store.clone()), FakeSleep::on(clock).shared())
}

/// An app of Entra.
#[derive(Debug)]
struct App(&'static str);

#[async_trait]
impl TokenCredential for App {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        Entra::default().get_token(request).await
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        Some(CredentialIdentity::new("https://login.example/contoso.com", self.0))
    }
}

#[tokio::test]
async fn two_processes_exchange_the_key_once() {
    let clock = FakeClock::at(0);
    let store = MemoryTokenStore::new().with_clock(clock.shared());
    let script = ScriptedTransport::new().then_json(&answer("a", DAY));
    for _ in 0..2 {
        let builder = credential_builder(&script).account_key(key()).clock(clock.shared());
        let credential = builder.cache(cache(&store, &clock)).build().unwrap();
        let token = credential.get_token(&TokenRequest::new(["whatever"])).await.unwrap();
        assert!(token.expose().starts_with("a."));
    }
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test]
async fn what_another_app_may_do_is_not_what_this_one_may() {
    let clock = FakeClock::at(0);
    let store = MemoryTokenStore::new().with_clock(clock.shared());
    let script = ScriptedTransport::new().then_json(&answer("a", DAY)).then_json(&answer("b", DAY));
    for (app, expected) in [("reader", "a."), ("owner", "b."), ("reader", "a."), ("owner", "b.")] {
        let builder = credential_builder(&script).token_credential(App(app)).clock(clock.shared());
        let credential = builder.cache(cache(&store, &clock)).build().unwrap();
        let token = credential.get_token(&TokenRequest::default()).await.unwrap();
        assert!(token.expose().starts_with(expected), "{app}");
    }
    assert_eq!(script.requests().len(), 2);
    // Whose tokens these are is not known, so they are not shared.
    let script = ScriptedTransport::new().then_json(&answer("c", DAY));
    let builder = credential_builder(&script).token_credential(Entra::default()).clock(clock.shared());
    let credential = builder.cache(cache(&store, &clock)).build().unwrap();
    assert!(credential.get_token(&TokenRequest::default()).await.unwrap().expose().starts_with("c."));
}
