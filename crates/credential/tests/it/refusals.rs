//! What the service has refused is not sent again at once, and is sent again in time.

use std::sync::Arc;
use std::time::Duration;

use credential::{CachedCredential, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest};
use credential_testkit::FakeClock;

use crate::service::{Service, refusal, seconds, throttling};

fn cached(service: &Service, clock: &FakeClock) -> CachedCredential<Service> {
    CachedCredential::new(service.clone()).with_clock(clock.shared())
}

async fn refused(cache: &CachedCredential<Service>) -> CredentialError {
    cache.get_token(&TokenRequest::default()).await.unwrap_err()
}

#[tokio::test]
async fn a_refusal_is_repeated_from_memory_for_a_second_and_then_asked_for_again() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock).then(refusal());
    let cache = cached(&service, &clock);
    let first = refused(&cache).await;
    for _ in 0..100 {
        let again = refused(&cache).await;
        assert_eq!(
            (again.kind(), again.status(), again.code()),
            (first.kind(), first.status(), first.code())
        );
        assert_eq!(
            again.to_string(),
            "the service said no; not asked again for another 1 s, as this was just refused (HTTP 401, code \
             invalid_client): ask for less"
        );
    }
    assert_eq!(service.asked(), 1);
    clock.advance(seconds(1));
    assert!(cache.get_token(&TokenRequest::default()).await.is_ok());
    assert_eq!(service.asked(), 2);
}

#[tokio::test]
async fn the_same_refusal_is_held_longer_each_time_and_success_forgets_it() {
    let clock = FakeClock::at(1_000_000);
    let service = (0..8).fold(Service::new(&clock), |service, _| service.then(refusal()));
    let cache = cached(&service, &clock);
    for (asked, hold) in [1, 2, 4, 8, 16, 30, 30].into_iter().enumerate() {
        refused(&cache).await;
        clock.advance(seconds(hold) - Duration::from_millis(1));
        refused(&cache).await;
        assert_eq!(service.asked(), asked + 1, "held for {hold} s");
        clock.advance(Duration::from_millis(1));
    }
    refused(&cache).await;
    clock.advance(seconds(30));
    assert!(cache.get_token(&TokenRequest::default()).await.is_ok());
}

#[tokio::test]
async fn a_service_that_asks_to_wait_is_not_asked_even_by_who_insists() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock).then(throttling(90));
    let cache = cached(&service, &clock);
    refused(&cache).await;
    clock.advance(seconds(60));
    let error = cache.refresh(&TokenRequest::default()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(seconds(30)), "what is left of it");
    assert_eq!(service.asked(), 1);
    clock.advance(seconds(30));
    assert!(cache.refresh(&TokenRequest::default()).await.is_ok());
}

#[tokio::test]
async fn who_insists_or_has_mended_it_is_not_held_back() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock).then(refusal());
    let cache = cached(&service, &clock);
    refused(&cache).await;
    assert!(cache.refresh(&TokenRequest::default()).await.is_ok());

    let service = Service::new(&clock).then(throttling(90));
    let cache = cached(&service, &clock);
    refused(&cache).await;
    cache.forget_refusals();
    assert!(cache.get_token(&TokenRequest::default()).await.is_ok());
}

#[tokio::test]
async fn what_may_heal_at_any_moment_is_asked_for_again_at_once() {
    let clock = FakeClock::at(1_000_000);
    let error = |kind| CredentialError::new(kind, "a", "b");
    for error in [
        error(CredentialErrorKind::Unreachable),
        error(CredentialErrorKind::NotConfigured),
        error(CredentialErrorKind::Refused),
        refusal().with_interaction_needed(),
    ] {
        let service = Service::new(&clock).then(error);
        let cache = cached(&service, &clock);
        refused(&cache).await;
        assert!(cache.get_token(&TokenRequest::default()).await.is_ok());
    }
}

#[tokio::test]
async fn the_memory_can_be_switched_off() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock).then(refusal()).then(throttling(90));
    let cache = cached(&service, &clock).with_refusal_memory(Duration::ZERO);
    refused(&cache).await;
    refused(&cache).await;
    assert!(cache.get_token(&TokenRequest::default()).await.is_ok());
}

#[tokio::test]
async fn keys_are_refused_by_themselves_and_a_token_from_elsewhere_ends_it() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock).then(throttling(90));
    let cache = cached(&service, &clock);
    refused(&cache).await;
    let token = cache.get_token(&TokenRequest::new(["other"])).await.unwrap();
    cache.keep(&TokenRequest::default(), &token);
    assert!(cache.get_token(&TokenRequest::default()).await.unwrap().is_same_token(&token));
    assert_eq!(service.asked(), 2);
}

#[tokio::test]
async fn failed_renewals_back_off_and_the_token_stays_in_use() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    let request = TokenRequest::default();
    let token = cache.get_token(&request).await.unwrap();
    clock.advance(seconds(3300));
    let service = (0..3).fold(service, |service, _| service.then(refusal()));
    for (asked, pause) in [30, 60, 120].into_iter().enumerate() {
        for _ in 0..3 {
            assert!(cache.get_token(&request).await.unwrap().is_same_token(&token));
        }
        assert_eq!(service.asked(), asked + 2, "one attempt, then a pause of {pause} s");
        clock.advance(seconds(pause));
    }
    assert!(!cache.get_token(&request).await.unwrap().is_same_token(&token));
}

#[tokio::test]
async fn a_wall_clock_that_jumps_does_not_break_a_promise_to_wait() {
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let cache = cached(&service, &clock);
    let request = TokenRequest::default();
    cache.get_token(&request).await.unwrap();
    clock.advance(seconds(2000));
    let service = service.then(throttling(600));
    cache.refresh(&request).await.unwrap_err();
    // Renewal seems near now; the service has not been left in peace for long enough.
    clock.set(std::time::UNIX_EPOCH + seconds(1_003_400));
    assert!(cache.get_token(&request).await.is_ok());
    assert_eq!(service.asked(), 2);
}

#[tokio::test]
async fn many_refused_keys_are_forgotten_the_oldest_first() {
    let clock = FakeClock::at(1_000_000);
    let service = (0..3000).fold(Service::new(&clock), |service, _| service.then(throttling(600)));
    let cache = Arc::new(cached(&service, &clock));
    for number in 0..3000 {
        clock.advance(Duration::from_millis(1));
        cache.get_token(&TokenRequest::new([format!("scope {number}")])).await.unwrap_err();
    }
    cache.get_token(&TokenRequest::new(["scope 2999"])).await.unwrap_err();
    assert_eq!(service.asked(), 3000, "the last one is remembered");
    cache.get_token(&TokenRequest::new(["scope 0"])).await.unwrap();
    assert_eq!(service.asked(), 3001, "the first one had to go");
}
