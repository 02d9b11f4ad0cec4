//! Tokens that must be other ones: forced refreshes, invalidation, claims challenges.

use std::sync::Arc;

use credential::{CachedCredential, TokenCredential, TokenRequest};
use credential_testkit::{FakeClock, SequenceRandom};
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use tokio::task::JoinSet;

use crate::service::{Service, refusal, seconds, throttling};

/// `{"a":1}`
const CHALLENGE: &str = r#"Bearer error="insufficient_claims", claims="eyJhIjoxfQ""#;
const OTHER: &str = r#"Bearer error="insufficient_claims", claims="eyJhIjoyfQ""#;

fn cached(service: &Service, clock: &FakeClock) -> Arc<CachedCredential<Service>> {
    Arc::new(CachedCredential::new(service.clone()).with_clock(clock.shared()))
}

fn headers(challenge: &str) -> HeaderMap {
    HeaderMap::from_iter([(WWW_AUTHENTICATE, challenge.parse().unwrap())])
}

#[tokio::test]
async fn a_forced_refresh_replaces_a_valid_token_and_asks_for_another_one() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    let request = TokenRequest::default();
    let first = cache.get_token(&request).await.unwrap();
    assert_eq!(cache.refresh(&request).await.unwrap().expose(), "token 2");
    assert!(service.last_asked().refuses(&first), "a cache underneath must not answer");
    assert_eq!(cache.get_token(&request).await.unwrap().expose(), "token 2");
}

#[tokio::test]
async fn a_forced_refresh_that_fails_leaves_the_valid_token_in_use() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    let request = TokenRequest::default();
    cache.get_token(&request).await.unwrap();
    let _script = service.clone().then(refusal());
    assert!(cache.refresh(&request).await.is_err());
    assert_eq!(cache.get_token(&request).await.unwrap().expose(), "token 1");
}

#[tokio::test]
async fn a_thousand_forced_refreshes_send_two_requests_at_most() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    let old = cache.get_token(&TokenRequest::default()).await.unwrap();
    let mut callers = JoinSet::new();
    for _ in 0..1000 {
        let cache = cache.clone();
        callers
            .spawn(async move { cache.refresh(&TokenRequest::default()).await.unwrap().expose().to_owned() });
    }
    assert!(callers.join_all().await.iter().all(|token| token != old.expose()));
    assert_eq!(service.asked(), 3, "that of the first, and one that began after the others came");
}

#[tokio::test]
async fn an_invalidated_token_is_dropped_under_every_key_and_a_newer_one_is_not() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    let (one, other) = (TokenRequest::new(["a"]), TokenRequest::new(["b"]));
    let token = cache.get_token(&one).await.unwrap();
    cache.keep(&other, &token);
    assert!(cache.invalidate(&token).await);
    assert!(cache.cached_token(&one).is_none() && cache.cached_token(&other).is_none());
    let newer = cache.get_token(&one).await.unwrap();
    assert!(!cache.invalidate(&token).await);
    assert!(cache.cached_token(&one).unwrap().is_same_token(&newer));
}

#[tokio::test]
async fn clearing_drops_all_tokens_and_refusals() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    cache.get_token(&TokenRequest::new(["a"])).await.unwrap();
    let _script = service.clone().then(throttling(600));
    cache.get_token(&TokenRequest::new(["b"])).await.unwrap_err();
    cache.clear();
    assert!(cache.cached_token(&TokenRequest::new(["a"])).is_none());
    assert!(cache.get_token(&TokenRequest::new(["b"])).await.is_ok());
}

#[tokio::test]
async fn a_claims_challenge_is_answered_once() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    let request = TokenRequest::new(["s"]).with_cae();
    let revoked = cache.get_token(&request).await.unwrap();
    let better = cache.answer_challenge(&request, &revoked, &headers(CHALLENGE)).await.unwrap().unwrap();
    assert_eq!(better.expose(), "token 2");
    let asked = service.last_asked();
    assert_eq!((asked.claims(), asked.is_cae(), asked.refuses(&revoked)), (Some(r#"{"a":1}"#), true, true));
    assert_eq!(cache.get_token(&request).await.unwrap().expose(), "token 2", "without the claims too");

    assert!(cache.answer_challenge(&request, &better, &headers(CHALLENGE)).await.unwrap().is_none());
    assert!(cache.answer_challenge(&request, &better, &headers("Bearer")).await.unwrap().is_none());
    assert_eq!(service.asked(), 2);
    let best = cache.answer_challenge(&request, &better, &headers(OTHER)).await.unwrap().unwrap();
    assert_eq!(best.expose(), "token 3", "another challenge is another matter");
}

#[tokio::test]
async fn callers_who_meet_one_challenge_together_send_one_request() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    let request = TokenRequest::new(["s"]);
    let revoked = cache.get_token(&request).await.unwrap();
    let mut callers = JoinSet::new();
    for _ in 0..100 {
        let (cache, request, revoked) = (cache.clone(), request.clone(), revoked.clone());
        callers.spawn(async move {
            let token = cache.answer_challenge(&request, &revoked, &headers(CHALLENGE)).await.unwrap();
            token.unwrap().expose().to_owned()
        });
    }
    assert!(callers.join_all().await.iter().all(|token| token == "token 2"));
    assert_eq!(service.asked(), 2);
}

#[tokio::test]
async fn tokens_of_continuous_access_evaluation_are_cached_apart() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    let plain = TokenRequest::new(["s"]);
    assert_eq!(cache.get_token(&plain).await.unwrap().expose(), "token 1");
    assert_eq!(cache.get_token(&plain.clone().with_cae()).await.unwrap().expose(), "token 2");
    assert_eq!(cache.get_token(&plain).await.unwrap().expose(), "token 1");
}

#[tokio::test]
async fn processes_that_start_together_do_not_renew_together() {
    let clock = FakeClock::at(1_000_000);
    let request = TokenRequest::default();
    let random = SequenceRandom::default();
    let mut caches = Vec::new();
    for _ in 0..200 {
        let service = Service::new(&clock);
        let cache = CachedCredential::new(service.clone()).with_clock(clock.shared()).with_random(&random);
        cache.get_token(&request).await.unwrap();
        caches.push(cache);
    }
    let mut renewed_at = Vec::new();
    clock.advance(seconds(2969));
    for second in 2970..=3300 {
        caches.retain(|cache| cache.cached_token(&request).is_some());
        renewed_at.push(caches.len());
        clock.advance(seconds(1));
        assert!(
            second < 3300 || caches.iter().all(|cache| cache.cached_token(&request).is_none()),
            "never later"
        );
    }
    assert_eq!(renewed_at[0], 200, "a tenth earlier at most");
    let most_at_once = renewed_at.windows(2).map(|pair| pair[0] - pair[1]).max().unwrap();
    assert!(most_at_once <= 10, "{most_at_once} of 200 renewed in one second");
}
