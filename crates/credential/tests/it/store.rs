//! A second level that several caches share.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use credential::{
    AccessToken, CachedCredential, CredentialError, CredentialErrorKind, CredentialIdentity, Lease,
    MemoryTokenStore, Sleep, StoreKey, StoredToken, TokenCredential, TokenRequest, TokenStore,
};
use credential_testkit::{FakeClock, FakeSleep};

use crate::service::{Service, seconds};

fn cached(
    service: &Service,
    clock: &FakeClock,
    store: &Arc<impl TokenStore + 'static>,
) -> CachedCredential<Service> {
    CachedCredential::new(service.clone())
        .with_clock(clock.shared())
        .with_store(store.clone(), FakeSleep::on(clock).shared())
}

fn memory(clock: &FakeClock) -> Arc<MemoryTokenStore> {
    Arc::new(MemoryTokenStore::new().with_clock(clock.shared()))
}

async fn text(cache: &CachedCredential<Service>) -> String {
    cache.get_token(&TokenRequest::default()).await.unwrap().expose().to_owned()
}

/// Lets others run instead of moving the clock.
#[derive(Debug)]
struct Patient;

#[async_trait]
impl Sleep for Patient {
    async fn sleep(&self, _duration: Duration) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn two_caches_send_one_request_between_them() {
    let clock = FakeClock::at(1_000_000);
    let (service, store) = (Service::new(&clock), memory(&clock));
    let patient = || {
        let cache = CachedCredential::new(service.clone()).with_clock(clock.shared());
        cache.with_store(store.clone(), Arc::new(Patient))
    };
    let (one, other) = (patient(), patient());
    assert_eq!(tokio::join!(text(&one), text(&other)), ("token 1".to_owned(), "token 1".to_owned()));
    let late = cached(&service, &clock, &store);
    assert_eq!(text(&late).await, "token 1");
    assert_eq!(service.asked(), 1);
}

#[tokio::test]
async fn one_of_them_renews_and_the_others_take_its_token() {
    let clock = FakeClock::at(1_000_000);
    let (service, store) = (Service::new(&clock), memory(&clock));
    let (one, other) = (cached(&service, &clock, &store), cached(&service, &clock, &store));
    text(&one).await;
    text(&other).await;
    clock.advance(seconds(3400));
    assert_eq!(text(&one).await, "token 2");
    assert_eq!(text(&other).await, "token 2");
    assert_eq!(service.asked(), 2);
}

#[tokio::test]
async fn while_another_one_renews_the_valid_token_stays_in_use() {
    let clock = FakeClock::at(1_000_000);
    let (service, store) = (Service::new(&clock), memory(&clock));
    let cache = cached(&service, &clock, &store);
    text(&cache).await;
    clock.advance(seconds(3400));
    let key = StoreKey::new(&service.identity().unwrap(), &TokenRequest::default());
    let elsewhere = store.lease(&key, seconds(60)).await.unwrap();
    assert!(elsewhere.is_some());
    assert_eq!(text(&cache).await, "token 1");
    clock.advance(seconds(10));
    assert_eq!(text(&cache).await, "token 1");
    drop(elsewhere);
    clock.advance(seconds(10));
    assert_eq!(text(&cache).await, "token 2");
}

#[tokio::test]
async fn a_lease_that_is_never_given_back_ends_by_itself() {
    let clock = FakeClock::at(1_000_000);
    let (service, store) = (Service::new(&clock), memory(&clock));
    let key = StoreKey::new(&service.identity().unwrap(), &TokenRequest::default());
    let _died_with_it = store.lease(&key, seconds(60)).await.unwrap().unwrap();
    assert_eq!(text(&cached(&service, &clock, &store)).await, "token 1");
}

#[tokio::test]
async fn accounts_get_their_own_tokens_only() {
    let clock = FakeClock::at(1_000_000);
    let (service, store) = (Service::new(&clock), memory(&clock));
    assert_eq!(text(&cached(&service, &clock, &store)).await, "token 1");
    service.sign_in(Some("bob"));
    assert_eq!(text(&cached(&service, &clock, &store)).await, "token 2");
    service.sign_in(None);
    assert_eq!(text(&cached(&service, &clock, &store)).await, "token 3", "whose it is, nobody knows");
    service.sign_in(Some("ada"));
    assert_eq!(text(&cached(&service, &clock, &store)).await, "token 1");
    let named = cached(&service, &clock, &store).with_identity(CredentialIdentity::new("other", "client"));
    assert_eq!(text(&named).await, "token 4");
}

#[tokio::test]
async fn an_invalidated_token_leaves_the_store_and_a_newer_one_stays() {
    let clock = FakeClock::at(1_000_000);
    let (service, store) = (Service::new(&clock), memory(&clock));
    let (one, other) = (cached(&service, &clock, &store), cached(&service, &clock, &store));
    let first = one.get_token(&TokenRequest::default()).await.unwrap();
    text(&other).await;
    assert!(one.invalidate(&first).await);
    assert_eq!(text(&one).await, "token 2");
    assert!(other.invalidate(&first).await);
    assert_eq!(text(&other).await, "token 2", "what the first one had fetched meanwhile");
    assert!(!one.invalidate(&first).await);
    assert_eq!(text(&one).await, "token 2");
}

#[tokio::test]
async fn a_refused_token_in_the_store_is_replaced_there() {
    let clock = FakeClock::at(1_000_000);
    let (service, store) = (Service::new(&clock), memory(&clock));
    let cache = cached(&service, &clock, &store);
    let first = cache.get_token(&TokenRequest::default()).await.unwrap();
    let other = TokenRequest::default().not_this_token(first);
    assert_eq!(cache.get_token(&other).await.unwrap().expose(), "token 2");
    assert_eq!(text(&cached(&service, &clock, &store)).await, "token 2");
}

#[tokio::test]
async fn an_expired_token_in_the_store_is_as_good_as_none() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    // Written by a store that does not look at expiries.
    #[derive(Debug)]
    struct Old(MemoryTokenStore, StoredToken);
    #[async_trait]
    impl TokenStore for Old {
        async fn get(&self, _key: &StoreKey) -> Result<Option<StoredToken>, CredentialError> {
            Ok(Some(self.1.clone()))
        }
        async fn put(&self, key: &StoreKey, token: &StoredToken) -> Result<(), CredentialError> {
            self.0.put(key, token).await
        }
        async fn remove(&self, key: &StoreKey) -> Result<(), CredentialError> {
            self.0.remove(key).await
        }
        async fn lease(&self, key: &StoreKey, duration: Duration) -> Result<Option<Lease>, CredentialError> {
            self.0.lease(key, duration).await
        }
    }
    let long_ago = std::time::UNIX_EPOCH;
    let expired = StoredToken::new(AccessToken::new("expired", long_ago + seconds(60)), long_ago);
    let store = Arc::new(Old(MemoryTokenStore::new(), expired));
    assert_eq!(text(&cached(&service, &clock, &store)).await, "token 1");
}

/// Fails, or never answers.
#[derive(Debug)]
struct Broken {
    hangs: bool,
}

impl Broken {
    async fn trouble<T>(&self) -> Result<T, CredentialError> {
        if self.hangs {
            pending::<()>().await;
        }
        Err(CredentialError::new(CredentialErrorKind::Unavailable, "the store is down", "start it"))
    }
}

#[async_trait]
impl TokenStore for Broken {
    async fn get(&self, _key: &StoreKey) -> Result<Option<StoredToken>, CredentialError> {
        self.trouble().await
    }
    async fn put(&self, _key: &StoreKey, _token: &StoredToken) -> Result<(), CredentialError> {
        self.trouble().await
    }
    async fn remove(&self, _key: &StoreKey) -> Result<(), CredentialError> {
        self.trouble().await
    }
    async fn lease(&self, _key: &StoreKey, _duration: Duration) -> Result<Option<Lease>, CredentialError> {
        self.trouble().await
    }
}

#[tokio::test]
async fn a_store_that_fails_or_hangs_fails_nobody() {
    for hangs in [false, true] {
        let clock = FakeClock::at(1_000_000);
        let (service, store) = (Service::new(&clock), Arc::new(Broken { hangs }));
        let cache = cached(&service, &clock, &store);
        let token = cache.get_token(&TokenRequest::default()).await.unwrap();
        assert_eq!(text(&cache).await, "token 1");
        assert!(cache.invalidate(&token).await);
        assert_eq!(text(&cache).await, "token 2");
    }
}

#[tokio::test]
async fn a_store_in_memory_keeps_within_its_bounds() {
    let clock = FakeClock::at(1_000_000);
    let store = MemoryTokenStore::new().with_clock(clock.shared()).with_capacity(2);
    let identity = CredentialIdentity::new("authority", "client");
    let key = |scope: &'static str| StoreKey::new(&identity, &TokenRequest::new([scope]));
    let token = |life| {
        let now = std::time::UNIX_EPOCH + seconds(1_000_000);
        StoredToken::new(AccessToken::new("t", now + seconds(life)), now)
    };
    for (scope, life) in [("a", 100), ("b", 200), ("c", 300), ("expired", 0)] {
        store.put(&key(scope), &token(life)).await.unwrap();
    }
    let mut kept = Vec::new();
    for scope in ["a", "b", "c", "expired"] {
        if store.get(&key(scope)).await.unwrap().is_some() {
            kept.push(scope);
        }
    }
    assert_eq!(kept, ["b", "c"], "the one that expires next made room");
    clock.advance(seconds(200));
    clock.set(std::time::UNIX_EPOCH);
    assert!(store.get(&key("b")).await.unwrap().is_none(), "dead, whatever the wall clock says");
    store.remove(&key("c")).await.unwrap();
    assert!(store.get(&key("c")).await.unwrap().is_none());
}
