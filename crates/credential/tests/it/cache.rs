//! The cache's promises, under a clock that moves by hand and a credential that answers when it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use credential::{
    AccessToken, CachedCredential, ChainedCredential, Clock, CredentialError, CredentialErrorKind, Spawn,
    Task, TokenCredential, TokenRequest,
};
use credential_testkit::FakeClock;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Issues numbered tokens, or fails; each fetch waits for a permit when the gate is closed.
#[derive(Debug)]
struct Issuer {
    clock: FakeClock,
    life: Duration,
    fetches: AtomicUsize,
    failure: Mutex<Option<CredentialError>>,
    gate: Semaphore,
}

impl Issuer {
    fn new(clock: &FakeClock, life: u64) -> Arc<Self> {
        Arc::new(Self {
            clock: clock.clone(),
            life: Duration::from_secs(life),
            fetches: AtomicUsize::new(0),
            failure: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    fn closed(clock: &FakeClock, life: u64) -> Arc<Self> {
        let issuer = Self::new(clock, life);
        issuer.gate.forget_permits(Semaphore::MAX_PERMITS);
        issuer
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    fn fail_with(&self, failure: Option<CredentialError>) {
        *self.failure.lock().unwrap() = failure;
    }
}

fn refusal() -> CredentialError {
    CredentialError::new(CredentialErrorKind::Refused, "the issuer refuses", "expect this in the test")
}

#[async_trait]
impl TokenCredential for Issuer {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        self.gate.acquire().await.unwrap().forget();
        if let Some(error) = self.failure.lock().unwrap().clone() {
            return Err(error);
        }
        let scope = request.scopes().first().map_or("", |scope| scope.as_ref());
        Ok(AccessToken::new(format!("{scope}{number}"), self.clock.now() + self.life))
    }
}

fn cached(issuer: &Arc<Issuer>) -> Arc<CachedCredential<Arc<Issuer>>> {
    Arc::new(CachedCredential::new(issuer.clone()).with_clock(issuer.clock.shared()))
}

async fn text(cache: &impl TokenCredential, request: &TokenRequest) -> String {
    cache.get_token(request).await.unwrap().expose().to_owned()
}

/// Lets every task that can run do so, until all of them wait.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_token_serves_until_it_is_due_and_its_successor_after_that() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    assert_eq!(text(&cache, &request).await, "s1");
    clock.advance(Duration::from_secs(2969));
    assert_eq!(text(&cache, &request).await, "s1");
    clock.advance(Duration::from_secs(331));
    assert_eq!(
        text(&cache, &request).await,
        "s2",
        "300 seconds before expiry, or up to a tenth of the way earlier"
    );
}

#[tokio::test]
async fn a_thousand_callers_on_a_cold_key_send_one_request() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::closed(&clock, 3600);
    let cache = cached(&issuer);
    let mut callers = JoinSet::new();
    for _ in 0..1000 {
        let cache = cache.clone();
        callers.spawn(async move { text(&cache, &TokenRequest::new(["s"])).await });
    }
    settle().await;
    issuer.gate.add_permits(1);
    assert!(callers.join_all().await.iter().all(|token| token == "s1"));
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn a_thousand_callers_on_a_refused_request_send_one_and_the_next_call_tries_again() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::closed(&clock, 3600);
    issuer.fail_with(Some(refusal()));
    let cache = cached(&issuer);
    let mut callers = JoinSet::new();
    for _ in 0..1000 {
        let cache = cache.clone();
        callers.spawn(async move { cache.get_token(&TokenRequest::new(["s"])).await.unwrap_err().kind() });
    }
    settle().await;
    issuer.gate.add_permits(1);
    assert!(callers.join_all().await.iter().all(|kind| *kind == CredentialErrorKind::Refused));
    assert_eq!(issuer.fetches(), 1);
    issuer.fail_with(None);
    issuer.gate.add_permits(1);
    assert_eq!(text(&cache, &TokenRequest::new(["s"])).await, "s2");
}

#[tokio::test]
async fn keys_do_not_wait_for_each_other() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::closed(&clock, 3600);
    let cache = cached(&issuer);
    let other = cache.clone();
    let stuck = tokio::spawn(async move { text(&other, &TokenRequest::new(["slow"])).await });
    settle().await;
    assert_eq!(issuer.fetches(), 1);
    let other = cache.clone();
    let second = tokio::spawn(async move { text(&other, &TokenRequest::new(["quick"])).await });
    settle().await;
    assert_eq!(issuer.fetches(), 2, "the second key began its fetch while the first was under way");
    issuer.gate.add_permits(2);
    assert_eq!(stuck.await.unwrap(), "slow1");
    assert_eq!(second.await.unwrap(), "quick2");
}

#[tokio::test]
async fn when_the_fetching_caller_is_dropped_a_waiter_takes_over() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::closed(&clock, 3600);
    let cache = cached(&issuer);
    let spawn = |cache: &Arc<CachedCredential<Arc<Issuer>>>| {
        let cache = cache.clone();
        tokio::spawn(async move { text(&cache, &TokenRequest::new(["s"])).await })
    };
    let first = spawn(&cache);
    settle().await;
    let second = spawn(&cache);
    settle().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    issuer.gate.add_permits(1);
    assert_eq!(second.await.unwrap(), "s2");
}

#[tokio::test]
async fn while_one_caller_renews_the_others_get_the_valid_token() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::closed(&clock, 3600);
    issuer.gate.add_permits(1);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    assert_eq!(text(&cache, &request).await, "s1");
    clock.advance(Duration::from_secs(3400));
    let renewing = tokio::spawn({
        let cache = cache.clone();
        async move { text(&cache, &TokenRequest::new(["s"])).await }
    });
    settle().await;
    assert_eq!(issuer.fetches(), 2);
    assert_eq!(text(&cache, &request).await, "s1", "at once, while the renewal hangs");
    issuer.gate.add_permits(1);
    assert_eq!(renewing.await.unwrap(), "s2");
    assert_eq!(text(&cache, &request).await, "s2");
}

/// Runs tasks on the test's own runtime.
#[derive(Debug)]
struct OnThisRuntime;

impl Spawn for OnThisRuntime {
    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }
}

#[tokio::test]
async fn with_a_runtime_for_it_nobody_waits_for_a_renewal() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::closed(&clock, 3600);
    issuer.gate.add_permits(1);
    let cache =
        CachedCredential::new(issuer.clone()).with_spawn(Arc::new(OnThisRuntime)).with_clock(clock.shared());
    let request = TokenRequest::new(["s"]);
    text(&cache, &request).await;
    clock.advance(Duration::from_secs(3400));
    for _ in 0..10 {
        assert_eq!(text(&cache, &request).await, "s1", "at once, while the renewal hangs");
        settle().await;
    }
    assert_eq!(issuer.fetches(), 2, "one renewal for all of them");
    issuer.gate.add_permits(1);
    settle().await;
    assert_eq!(text(&cache, &request).await, "s2");
}

#[tokio::test]
async fn a_background_renewal_that_is_dropped_leaves_the_way_free_for_another() {
    #[derive(Debug, Default)]
    struct Dropping(AtomicUsize);
    impl Spawn for Dropping {
        fn spawn(&self, task: Task) {
            self.0.fetch_add(1, Ordering::SeqCst);
            drop(task);
        }
    }
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let spawn = Arc::new(Dropping::default());
    let cache = CachedCredential::new(issuer.clone()).with_clock(clock.shared()).with_spawn(spawn.clone());
    let request = TokenRequest::new(["s"]);
    text(&cache, &request).await;
    clock.advance(Duration::from_secs(3400));
    assert_eq!(text(&cache, &request).await, "s1");
    assert_eq!(text(&cache, &request).await, "s1");
    assert_eq!(spawn.0.load(Ordering::SeqCst), 2);
    clock.advance(Duration::from_secs(200));
    assert_eq!(text(&cache, &request).await, "s2", "expired, so the caller fetches for itself");
}

#[tokio::test]
async fn a_failed_renewal_keeps_the_valid_token_pauses_and_ends_at_expiry() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    text(&cache, &request).await;
    issuer.fail_with(Some(refusal()));
    clock.advance(Duration::from_secs(3400));
    assert_eq!(text(&cache, &request).await, "s1");
    assert_eq!(text(&cache, &request).await, "s1");
    assert_eq!(issuer.fetches(), 2, "no second attempt during the pause");
    clock.advance(Duration::from_secs(30));
    assert_eq!(text(&cache, &request).await, "s1");
    assert_eq!(issuer.fetches(), 3);
    clock.advance(Duration::from_secs(170));
    assert_eq!(cache.get_token(&request).await.unwrap_err().kind(), CredentialErrorKind::Refused);
}

#[tokio::test]
async fn the_pause_after_a_failed_renewal_is_what_the_service_asked_for() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    text(&cache, &request).await;
    issuer.fail_with(Some(refusal().with_retry_after(Duration::from_secs(120))));
    clock.advance(Duration::from_secs(3400));
    text(&cache, &request).await;
    clock.advance(Duration::from_secs(119));
    text(&cache, &request).await;
    assert_eq!(issuer.fetches(), 2);
    clock.advance(Duration::from_secs(1));
    text(&cache, &request).await;
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test]
async fn a_service_that_asks_to_wait_for_ever_is_asked_again_after_an_hour() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 24 * 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    text(&cache, &request).await;
    issuer.fail_with(Some(refusal().with_retry_after(Duration::MAX)));
    clock.advance(Duration::from_secs(13 * 3600));
    assert_eq!(text(&cache, &request).await, "s1");
    clock.advance(Duration::from_secs(3599));
    assert_eq!(text(&cache, &request).await, "s1");
    assert_eq!(issuer.fetches(), 2);
    clock.advance(Duration::from_secs(1));
    assert_eq!(text(&cache, &request).await, "s1");
    assert_eq!(issuer.fetches(), 3);
}

#[tokio::test]
async fn a_refused_token_is_not_returned_again_but_a_newer_one_is() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    let first = cache.get_token(&request).await.unwrap();
    let retry = request.clone().not_this_token(first.clone());
    assert_eq!(text(&cache, &retry).await, "s2");
    assert_eq!(
        text(&cache, &retry).await,
        "s2",
        "the newer token answers a late complaint about the old one"
    );
    assert_eq!(text(&cache, &request).await, "s2");
}

#[tokio::test]
async fn the_key_is_the_set_of_scopes_the_tenant_and_the_claims() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let ab = || TokenRequest::new(["a", "b"]);
    text(&cache, &ab()).await;
    text(&cache, &TokenRequest::new(["b", "a", "b"])).await;
    assert_eq!(issuer.fetches(), 1);
    text(&cache, &TokenRequest::new(["a"])).await;
    text(&cache, &ab().with_tenant("t")).await;
    text(&cache, &ab().with_claims("{}")).await;
    assert_eq!(issuer.fetches(), 4);
    text(&cache, &ab().with_tenant("T")).await;
    assert_eq!(issuer.fetches(), 4, "tenant names compare without case");
}

#[tokio::test]
async fn tokens_that_live_four_minutes_are_cached() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 240);
    let cache = cached(&issuer);
    for _ in 0..100 {
        text(&cache, &TokenRequest::new(["s"])).await;
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn a_token_that_arrives_expired_is_passed_on_and_not_kept() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 0);
    let cache = cached(&issuer);
    assert_eq!(text(&cache, &TokenRequest::new(["s"])).await, "s1");
    assert_eq!(text(&cache, &TokenRequest::new(["s"])).await, "s2");
}

#[tokio::test]
async fn a_thousand_callers_share_a_token_that_arrives_expired() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::closed(&clock, 0);
    let cache = cached(&issuer);
    let mut callers = JoinSet::new();
    for _ in 0..1000 {
        let cache = cache.clone();
        callers.spawn(async move { text(&cache, &TokenRequest::new(["s"])).await });
    }
    settle().await;
    issuer.gate.add_permits(1);
    assert!(callers.join_all().await.iter().all(|token| token == "s1"));
    assert_eq!(issuer.fetches(), 1);
}

/// Unlike our own, does not look at the refusal.
#[derive(Debug)]
struct Stubborn(AccessToken);

#[async_trait]
impl TokenCredential for Stubborn {
    async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        Ok(self.0.clone())
    }
}

#[tokio::test]
async fn a_credential_that_gives_the_refused_token_again_has_failed() {
    let clock = FakeClock::at(1_000_000);
    let token = AccessToken::new("t", clock.now() + Duration::from_secs(3600));
    let cache = CachedCredential::new(Stubborn(token.clone())).with_clock(clock.shared());
    let error = cache.get_token(&TokenRequest::new(["s"]).not_this_token(token)).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
    assert!(cache.get_token(&TokenRequest::new(["s"])).await.is_ok());
}

#[tokio::test]
async fn a_service_that_asks_to_retry_at_once_is_still_given_a_pause() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    text(&cache, &request).await;
    issuer.fail_with(Some(refusal().with_retry_after(Duration::ZERO)));
    clock.advance(Duration::from_secs(3400));
    for _ in 0..100 {
        assert_eq!(text(&cache, &request).await, "s1");
    }
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn clock_jumps_never_bring_an_expired_token() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    text(&cache, &request).await;
    clock.advance(Duration::from_secs(86_400));
    assert_eq!(text(&cache, &request).await, "s2");
    clock.set(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000));
    let token = cache.get_token(&request).await.unwrap();
    assert!(token.is_valid_at(clock.now()));
}

#[tokio::test]
async fn a_clock_set_back_does_not_bring_a_dead_token_to_life() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    text(&cache, &request).await;
    clock.advance(Duration::from_secs(3600));
    clock.set(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_001));
    assert_eq!(text(&cache, &request).await, "s2", "an hour has passed, whatever the wall clock says");
}

#[tokio::test]
async fn a_hit_lends_the_token_and_a_miss_a_due_or_a_refused_one_does_not() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    assert!(cache.cached_token(&request).is_none());
    let token = cache.get_token(&request).await.unwrap();
    assert_eq!(cache.cached_token(&request).unwrap().expose(), "s1");
    assert!(cache.cached_token(&request.clone().not_this_token(token)).is_none());
    clock.advance(Duration::from_secs(3400));
    assert!(cache.cached_token(&request).is_none());
}

#[tokio::test]
async fn a_token_obtained_another_way_takes_the_place_of_the_one_in_the_cache() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = cached(&issuer);
    let request = TokenRequest::new(["s"]);
    assert_eq!(text(&cache, &request).await, "s1");
    cache.keep(&request, &AccessToken::new("other", clock.now() + Duration::from_secs(60)));
    assert_eq!(text(&cache, &request).await, "other");
    cache.keep(&request, &AccessToken::new("expired", clock.now()));
    assert_eq!(text(&cache, &request).await, "other");
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn a_full_cache_drops_the_least_recently_used_token() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::new(&clock, 3600);
    let cache = CachedCredential::new(issuer.clone()).with_clock(clock.shared()).with_capacity(2);
    text(&cache, &TokenRequest::new(["a"])).await;
    clock.advance(Duration::from_secs(60));
    text(&cache, &TokenRequest::new(["b"])).await;
    clock.advance(Duration::from_secs(60));
    assert_eq!(text(&cache, &TokenRequest::new(["a"])).await, "a1", "used again, later than b");
    assert_eq!(text(&cache, &TokenRequest::new(["c"])).await, "c3");
    assert_eq!(text(&cache, &TokenRequest::new(["a"])).await, "a1");
    assert_eq!(text(&cache, &TokenRequest::new(["b"])).await, "b4", "b had to go");
}

#[tokio::test]
async fn a_key_whose_fetch_is_under_way_is_not_dropped() {
    let clock = FakeClock::at(1_000_000);
    let issuer = Issuer::closed(&clock, 3600);
    let cache = Arc::new(CachedCredential::new(issuer.clone()).with_clock(clock.shared()).with_capacity(1));
    let spawn = |scope: &'static str| {
        let cache = cache.clone();
        tokio::spawn(async move { text(&cache, &TokenRequest::new([scope])).await })
    };
    let first = spawn("a");
    settle().await;
    clock.advance(Duration::from_secs(60));
    let other = spawn("b");
    settle().await;
    let again = spawn("a");
    settle().await;
    assert_eq!(issuer.fetches(), 2, "the second caller of a waits for the first one's fetch");
    issuer.gate.add_permits(2);
    assert_eq!(
        (first.await.unwrap(), other.await.unwrap(), again.await.unwrap()),
        ("a1".into(), "b2".into(), "a1".into())
    );
}

/// Whoever has but a `dyn TokenCredential` looks for a token at hand, too: through pointers, a chain and a bridge.
#[tokio::test]
async fn a_token_at_hand_is_found_without_a_future() {
    let clock = FakeClock::at(0);
    let issuer = Issuer::new(&clock, 3600);
    let chain = ChainedCredential::new().then("cache", cached(&issuer));
    let credential: Arc<dyn TokenCredential> = Arc::new(Box::new(chain));
    let request = TokenRequest::new(["a"]);
    assert!(credential.token_at_hand(&request).is_none(), "nothing is fetched for it");
    let fetched = credential.get_token(&request).await.unwrap();

    let at_hand = credential.token_at_hand(&request).expect("a token at hand");
    assert!(at_hand.is_same_token(&fetched));
    assert!(credential.token_at_hand(&TokenRequest::new(["b"])).is_none());
    assert!(credential.token_at_hand(&request.clone().not_this_token(fetched)).is_none());
    clock.advance(Duration::from_secs(3400));
    assert!(
        credential.token_at_hand(&request).is_none(),
        "what is due is left to `get_token`, which renews it"
    );
    assert!(credential.token_at_hand(&request).is_none() && issuer.fetches() == 1);
}
