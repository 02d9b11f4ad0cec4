//! The cache under a scheduler that switches threads wherever they may get in each other's way.
//!
//! Each model states what must hold under every schedule; thousands of random ones are tried. A failing one is printed, and
//! `shuttle::replay(model, "..")` repeats it. That the models can fail is shown by planted mistakes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use shuttle::future::{block_on, spawn, yield_now};

use crate::interleaving::explore;
use crate::{
    AccessToken, CachedCredential, Clock, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest,
};

const SCHEDULES: usize = 1_000;

/// Time stands still: these models are about order.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
    }
}

/// Issues numbered tokens, and gives others a chance to run meanwhile. Fails when it is asked twice at once for one key.
#[derive(Debug, Default)]
struct Issuer {
    issued: AtomicUsize,
    at_once: AtomicUsize,
    refuses: bool,
    /// Seconds for which tokens are fresh; all live an hour.
    fresh: u64,
}

struct Busy<'a>(&'a AtomicUsize);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl TokenCredential for Issuer {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        assert_eq!(self.at_once.fetch_add(1, Ordering::SeqCst), 0, "two fetches of one key at once");
        let _busy = Busy(&self.at_once);
        let number = self.issued.fetch_add(1, Ordering::SeqCst) + 1;
        yield_now().await;
        if self.refuses {
            return Err(CredentialError::new(CredentialErrorKind::Refused, "no", "expect this"));
        }
        let hour = Still.now() + Duration::from_secs(3600);
        let token = AccessToken::new(format!("{}{number}", request.scopes()[0]), hour);
        Ok(token.with_refresh_at(Still.now() + Duration::from_secs(self.fresh)))
    }
}

type Cache = CachedCredential<Arc<Issuer>>;

fn cache(issuer: Issuer) -> (Arc<Issuer>, Cache) {
    let issuer = Arc::new(issuer);
    (issuer.clone(), CachedCredential::new(issuer).with_clock(Arc::new(Still)))
}

fn request() -> TokenRequest {
    TokenRequest::new(["s"])
}

fn token(text: &str) -> AccessToken {
    AccessToken::new(text, Still.now() + Duration::from_secs(3600))
}

fn held(cache: &Cache) -> Option<String> {
    cache.cached_token(&request()).map(|token| token.expose().to_owned())
}

fn callers(
    cache: &Cache,
    count: usize,
) -> Vec<shuttle::future::JoinHandle<Result<String, CredentialErrorKind>>> {
    let call = |cache: Cache| async move {
        let result = cache.get_token(&request()).await;
        result.map(|token| token.expose().to_owned()).map_err(|error| error.kind())
    };
    (0..count).map(|_| spawn(call(cache.clone()))).collect()
}

#[test]
fn a_cold_key_is_fetched_once() {
    explore(SCHEDULES, || {
        let (issuer, cache) = cache(Issuer { fresh: 3600, ..Issuer::default() });
        for caller in callers(&cache, 4) {
            assert_eq!(block_on(caller).unwrap().unwrap(), "s1");
        }
        assert_eq!(issuer.issued.load(Ordering::SeqCst), 1);
        assert_eq!(cache.flights(), 0, "nothing is left of the fetch");
    });
}

#[test]
fn a_refusal_is_shared_by_those_who_wait_and_leaves_nothing() {
    explore(SCHEDULES, || {
        let (issuer, cache) = cache(Issuer { refuses: true, ..Issuer::default() });
        for caller in callers(&cache, 3) {
            assert_eq!(block_on(caller).unwrap().unwrap_err(), CredentialErrorKind::Refused);
        }
        assert!((1..=3).contains(&issuer.issued.load(Ordering::SeqCst)));
        assert_eq!(cache.flights(), 0);
    });
}

#[test]
fn callers_that_are_dropped_at_any_moment_leave_nobody_waiting() {
    explore(SCHEDULES, || {
        let (_, cache) = cache(Issuer { fresh: 3600, ..Issuer::default() });
        let mut all = callers(&cache, 4);
        let last = all.split_off(2);
        for dropped in all {
            shuttle::thread::yield_now();
            dropped.abort();
        }
        for caller in last {
            assert!(block_on(caller).unwrap().is_ok());
        }
    });
}

#[test]
fn renewing_and_insisting_callers_never_fetch_at_once() {
    explore(SCHEDULES, || {
        let (issuer, cache) = cache(Issuer { fresh: 0, ..Issuer::default() });
        cache.keep(&request(), &token("old").with_refresh_at(Still.now()));
        let insisting = spawn({
            let cache = cache.clone();
            async move { cache.refresh(&request()).await.map(|token| token.expose().to_owned()) }
        });
        let renewing = callers(&cache, 2);
        assert_ne!(block_on(insisting).unwrap().unwrap(), "old");
        for caller in renewing {
            assert!(block_on(caller).unwrap().is_ok());
        }
        assert!(issuer.issued.load(Ordering::SeqCst) <= 3);
        assert_eq!(cache.flights(), 0);
    });
}

#[test]
fn a_newer_token_survives_the_invalidation_of_an_older_one() {
    explore(SCHEDULES, || {
        let (_, cache) = cache(Issuer::default());
        cache.keep(&request(), &token("old"));
        let keeping = shuttle::thread::spawn({
            let cache = cache.clone();
            move || cache.keep(&request(), &token("new"))
        });
        block_on(cache.invalidate(&token("old")));
        keeping.join().unwrap();
        assert_eq!(held(&cache).as_deref(), Some("new"));
    });
}

#[test]
fn a_failed_renewal_does_not_bring_back_the_token_that_was_replaced_meanwhile() {
    explore(SCHEDULES, || {
        let (_, cache) = cache(Issuer { refuses: true, ..Issuer::default() });
        cache.keep(&request(), &token("old").with_refresh_at(Still.now()));
        let renewing = callers(&cache, 1);
        cache.keep(&request(), &token("new"));
        for caller in renewing {
            assert!(block_on(caller).unwrap().is_ok());
        }
        assert_eq!(held(&cache).as_deref(), Some("new"));
    });
}

#[test]
fn a_full_cache_gives_nobody_another_ones_token() {
    explore(SCHEDULES, || {
        let (_, cache) = cache(Issuer::default());
        let cache = cache.with_capacity(1);
        let keeping: Vec<_> = ["s", "t", "u"]
            .map(|scope| {
                let cache = cache.clone();
                shuttle::thread::spawn(move || {
                    let request = TokenRequest::new([scope]);
                    cache.keep(&request, &token(scope));
                    assert!(cache.cached_token(&request).is_none_or(|token| token.expose() == scope));
                })
            })
            .into();
        for thread in keeping {
            thread.join().unwrap();
        }
    });
}

#[test]
fn what_was_fetched_before_everything_was_dropped_is_not_kept() {
    explore(SCHEDULES, || {
        let (issuer, cache) = cache(Issuer { fresh: 3600, ..Issuer::default() });
        let caller = callers(&cache, 1);
        shuttle::thread::yield_now();
        let issued_before = issuer.issued.load(Ordering::SeqCst);
        cache.clear();
        for caller in caller {
            assert!(block_on(caller).unwrap().is_ok());
        }
        // A fetch that had begun when all was dropped serves its caller, and nobody else.
        assert!(issued_before == 0 || held(&cache).is_none());
    });
}

/// A slot whose token is dropped in two steps: looked at, then overwritten.
#[test]
fn the_models_catch_a_careless_invalidation() {
    use crate::held_token::{HeldToken, Present};
    use crate::interleaving::point;
    use arc_swap::ArcSwap;

    let lost = catch_unwind(AssertUnwindSafe(|| {
        explore(SCHEDULES, || {
            let present = Present::of(&Still);
            let held = |text: &str| Arc::new(HeldToken::new(token(text), present.now, present, 0));
            let slot = Arc::new(ArcSwap::new(held("old")));
            let keeping = shuttle::thread::spawn({
                let (slot, new) = (slot.clone(), held("new"));
                move || {
                    point();
                    slot.store(new);
                }
            });
            if slot.load().token().expose() == "old" {
                point();
                slot.store(Arc::new(HeldToken::nothing()));
            }
            keeping.join().unwrap();
            assert_eq!(slot.load().token().expose(), "new");
        });
    }));
    assert!(lost.is_err(), "the careless drop went unnoticed");
}

/// A cache that looks, and then fetches, with nothing in between.
#[test]
fn the_models_catch_two_fetches_at_once() {
    let twice = catch_unwind(AssertUnwindSafe(|| {
        explore(SCHEDULES, || {
            let issuer = Arc::new(Issuer { fresh: 3600, ..Issuer::default() });
            let call = |issuer: Arc<Issuer>| async move { issuer.get_token(&request()).await.map(drop) };
            let callers: Vec<_> = (0..2).map(|_| spawn(call(issuer.clone()))).collect();
            for caller in callers {
                block_on(caller).unwrap().unwrap();
            }
        });
    }));
    assert!(twice.is_err(), "the second fetch went unnoticed");
}
