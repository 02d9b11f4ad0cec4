//! The cache's promises under thousands of random histories: callers who come, wait and give up, a service that answers,
//! refuses and throttles, time that passes and wall clocks that are set, tokens that are dropped, stores that fail.
//!
//! In every history: no expired token, no two fetches of one key at once, no key that waits for another, a valid token while
//! its renewal fails, no request against the service's word, and nobody who hangs. A seed that fails is printed, and
//! `run(seed, ..)` repeats its history. That the simulation notices such mistakes is shown by caches that make them.

mod executor;
mod faulty_store;
mod issuer;
mod naive;
mod world;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{AccessToken, CachedCredential, CredentialError, TokenCredential, TokenRequest};
use credential_testkit::SequenceRandom;

use faulty_store::FaultyStore;
use issuer::Issuer;
use naive::{Mistake, Naive};
use world::{Play, Seen, Stage, Subject, run};

const CALM: Play = Play { steps: 120, caches: 1, has_background: false, has_store: false, is_rough: false };

struct Real(CachedCredential<Issuer>);

#[async_trait(?Send)]
impl Subject for Real {
    async fn get(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.0.get_token(request).await
    }

    async fn refresh(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.0.refresh(request).await
    }

    async fn invalidate(&self, token: &AccessToken) {
        self.0.invalidate(token).await;
    }

    fn clear(&self) {
        self.0.clear();
    }

    fn hit(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.0.cached_token(request).map(|token| token.clone())
    }
}

fn cache(stage: &Stage, number: usize, play: Play) -> CachedCredential<Issuer> {
    let cache = CachedCredential::new(Issuer { cache: number, ..stage.issuer.clone() })
        .with_clock(stage.issuer.clock.shared())
        .with_random(&SequenceRandom::default());
    if play.has_background { cache.with_spawn(Arc::new(stage.background.clone())) } else { cache }
}

/// Runs these seeds, and says what was seen.
fn explore(seeds: std::ops::Range<u64>, play: Play, make: impl Fn(&Stage, usize) -> Rc<dyn Subject>) -> Seen {
    let seen = Rc::new(RefCell::new(Seen::default()));
    for seed in seeds {
        assert_eq!(run(seed, play, &make, &seen), Ok(()), "seed {seed}");
    }
    let seen = seen.take();
    assert!(
        seen.tokens > 1000 && seen.errors > 100 && seen.fetches > 1000 && seen.failures > 100,
        "{seen:?}"
    );
    assert!(seen.served_despite_failure > 10 || play.has_background, "{seen:?}");
    assert!(seen.cancelled > 100 || !play.is_rough, "{seen:?}");
    seen
}

#[test]
fn callers_alone() {
    explore(0..800, CALM, |stage, number| Rc::new(Real(cache(stage, number, CALM))));
}

#[test]
fn callers_who_give_up_and_clocks_that_jump() {
    let play = Play { is_rough: true, ..CALM };
    explore(0..1200, play, |stage, number| Rc::new(Real(cache(stage, number, play))));
}

#[test]
fn renewals_in_the_background() {
    let play = Play { has_background: true, ..CALM };
    explore(0..700, play, |stage, number| Rc::new(Real(cache(stage, number, play))));
}

#[test]
fn renewals_in_a_background_that_drops_them() {
    let play = Play { has_background: true, is_rough: true, ..CALM };
    explore(0..700, play, |stage, number| Rc::new(Real(cache(stage, number, play))));
}

#[test]
fn a_store_that_fails_and_hangs() {
    let play = Play { caches: 2, has_store: true, is_rough: true, ..CALM };
    explore(0..700, play, |stage, number| {
        let store = Arc::new(FaultyStore::of(&stage.issuer.clock, number as u64));
        Rc::new(Real(cache(stage, number, play).with_store(store, Arc::new(stage.alarm.clone()))))
    });
}

fn catches(mistake: Mistake, expected: &str) {
    let play = Play { is_rough: needs_roughness(mistake), ..CALM };
    let seen = Rc::default();
    let make = |stage: &Stage, _| -> Rc<dyn Subject> { Rc::new(Naive::new(stage.issuer.clone(), mistake)) };
    let wrong: Vec<String> = (0..120).filter_map(|seed| run(seed, play, make, &seen).err()).collect();
    assert!(wrong.iter().any(|wrong| wrong.contains(expected)), "{mistake:?} went unnoticed");
}

fn needs_roughness(mistake: Mistake) -> bool {
    matches!(mistake, Mistake::ForgetsThoseWhoWait | Mistake::LooksAtTheWallOnly)
}

#[test]
fn the_simulation_notices_mistakes() {
    catches(Mistake::FetchesTwice, "two fetches");
    catches(Mistake::LooksAtTheWallOnly, "an expired token");
    catches(Mistake::FailsWithTheRenewal, "an error although a valid token");
    catches(Mistake::LocksAllKeys, "which nobody fetches");
    catches(Mistake::ForgetsThoseWhoWait, "hang");
    catches(Mistake::ReturnsWhatWasRefused, "the very token that was refused");
    catches(Mistake::AsksAgainAtOnce, "before Retry-After");
}
