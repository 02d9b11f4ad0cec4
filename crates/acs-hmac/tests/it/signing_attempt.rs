//! What an answer asks for next, without any I/O.

use std::time::Duration;

use acs_hmac::{
    ContentHash, Correction, Resigner, Scheme, Signer, SigningAttempt, SigningDate, VerifiedKey, Verifier,
};
use credential::{AccessKey, Clock};
use credential_testkit::FakeClock;
use http::{HeaderMap, Method, Request, StatusCode, Uri};

const NOW: u64 = 1_704_164_645;
const OLD: &str = "b2xk";
const NEW: &str = "bmV3";
const REFUSED: StatusCode = StatusCode::UNAUTHORIZED;

struct Setup {
    ring: AccessKey,
    clock: FakeClock,
    resigner: Resigner,
}

fn setup(primary: &str, secondary: Option<&str>) -> Setup {
    let ring = AccessKey::from_base64(primary).unwrap();
    ring.rotate(primary, secondary).unwrap();
    let clock = FakeClock::at(NOW);
    let signer = Signer::new(ring.clone()).unwrap().with_clock(clock.shared());
    Setup { ring, clock, resigner: Resigner::new(signer) }
}

/// The date that the service's clock shows so many seconds after `clock`.
fn date(clock: &FakeClock, ahead: i64) -> String {
    let by = Duration::from_secs(ahead.unsigned_abs());
    let time = if ahead < 0 { clock.now() - by } else { clock.now() + by };
    SigningDate::at(time).unwrap().to_string()
}

fn signed(attempt: &mut SigningAttempt) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let uri = Uri::from_static("https://h/p");
    attempt.sign(&Method::GET, &uri, &mut headers, &ContentHash::EMPTY).unwrap();
    headers
}

/// Which key signed, judged at the date that was signed.
fn key_of(setup: &Setup, headers: &HeaderMap) -> VerifiedKey {
    let clock = FakeClock::at(0);
    clock.set(SigningDate::parse(headers["x-ms-date"].to_str().unwrap()).unwrap().time());
    let mut request = Request::get("https://h/p").body("").unwrap();
    *request.headers_mut() = headers.clone();
    Verifier::new(setup.ring.clone()).with_clock(clock.shared()).verify(&request).unwrap().key()
}

#[test]
fn a_clock_that_is_off_is_corrected_once_and_remembered() {
    for ahead in [3_600_i64, -3_600, 271, 86_400, -86_400] {
        let setup = setup(OLD, None);
        let mut attempt = setup.resigner.attempt();
        assert_eq!(signed(&mut attempt)["x-ms-date"], date(&setup.clock, 0));
        let service = date(&setup.clock, ahead);
        let correction = attempt.after(REFUSED, Some(&service), true);
        assert_eq!(correction.unwrap().to_string(), clock_text(ahead));
        assert_eq!(signed(&mut attempt)["x-ms-date"], *service);
        assert_eq!(setup.resigner.clock_correction_seconds(), 0, "not before it is known to help");
        assert_eq!(attempt.after(StatusCode::CREATED, Some(&service), true), None);

        assert_eq!(setup.resigner.clock_correction_seconds(), ahead);
        setup.clock.advance(Duration::from_secs(10));
        let mut next = setup.resigner.clone().attempt();
        assert_eq!(signed(&mut next)["x-ms-date"], date(&setup.clock, ahead));
    }
}

fn clock_text(ahead: i64) -> String {
    let side = if ahead < 0 { "ahead of" } else { "behind" };
    format!("this machine's clock is {} s {side} the service's", ahead.abs())
}

#[test]
fn a_correction_that_does_not_help_is_not_repeated_or_remembered() {
    let setup = setup(OLD, None);
    let mut attempt = setup.resigner.attempt();
    signed(&mut attempt);
    assert!(attempt.after(REFUSED, Some(&date(&setup.clock, 3_600)), true).is_some());
    signed(&mut attempt);
    assert_eq!(attempt.after(REFUSED, Some(&date(&setup.clock, 7_200)), true), None);
    assert_eq!(setup.resigner.clock_correction_seconds(), 0);
}

#[test]
fn a_clock_that_was_set_right_is_noticed() {
    let setup = setup(OLD, None);
    let mut attempt = setup.resigner.attempt();
    signed(&mut attempt);
    assert!(attempt.after(REFUSED, Some(&date(&setup.clock, 3_600)), true).is_some());
    signed(&mut attempt);
    assert_eq!(attempt.after(StatusCode::OK, None, true), None);
    // The machine's clock is set an hour ahead, where it belongs.
    setup.clock.set(setup.clock.now() + Duration::from_secs(3_600));
    let mut next = setup.resigner.attempt();
    signed(&mut next);
    let correction = next.after(REFUSED, Some(&date(&setup.clock, 0)), true);
    assert!(matches!(correction, Some(Correction::Clock { seconds_ahead: 0, .. })), "{correction:?}");
    assert_eq!(signed(&mut next)["x-ms-date"], date(&setup.clock, 0));
}

#[test]
fn what_does_not_explain_the_refusal_is_not_corrected() {
    let setup = setup(OLD, None);
    let far = setup.resigner.clone().with_longest_correction(Duration::from_secs(60));
    for (resigner, status, date, can_send_again) in [
        (&setup.resigner, REFUSED, date(&setup.clock, 270), true),
        (&setup.resigner, REFUSED, date(&setup.clock, -270), true),
        (&setup.resigner, REFUSED, date(&setup.clock, 86_401), true),
        (&setup.resigner, REFUSED, "tomorrow".to_owned(), true),
        (&setup.resigner, REFUSED, date(&setup.clock, 3_600), false),
        (&setup.resigner, StatusCode::FORBIDDEN, date(&setup.clock, 3_600), true),
        (&setup.resigner, StatusCode::OK, date(&setup.clock, 3_600), true),
        (&far, REFUSED, date(&setup.clock, 3_600), true),
    ] {
        let mut attempt = resigner.attempt();
        signed(&mut attempt);
        assert_eq!(attempt.after(status, Some(&date), can_send_again), None, "{status} {date}");
    }
}

#[test]
fn forms_that_allow_more_are_corrected_later() {
    let ring = AccessKey::from_base64(OLD).unwrap();
    let clock = FakeClock::at(NOW);
    let scheme = Scheme::app_configuration("id").unwrap();
    let signer = Signer::new(ring).unwrap().with_clock(clock.shared()).with_scheme(scheme);
    let resigner = Resigner::new(signer);
    for (ahead, corrected) in [(870, false), (871, true)] {
        let mut attempt = resigner.attempt();
        signed(&mut attempt);
        assert_eq!(attempt.after(REFUSED, Some(&date(&clock, ahead)), true).is_some(), corrected);
    }
}

#[test]
fn the_other_key_is_tried_once_and_remembered_until_the_keys_change() {
    let setup = setup(OLD, Some(NEW));
    let mut attempt = setup.resigner.attempt();
    assert_eq!(key_of(&setup, &signed(&mut attempt)), VerifiedKey::Primary);
    assert_eq!(attempt.after(REFUSED, None, true), Some(Correction::OtherKey));
    assert_eq!(key_of(&setup, &signed(&mut attempt)), VerifiedKey::Secondary);
    assert_eq!(attempt.after(REFUSED, None, true), None, "both were refused");
    assert_eq!(key_of(&setup, &signed(&mut setup.resigner.attempt())), VerifiedKey::Primary);

    assert_eq!(attempt.after(StatusCode::OK, None, true), None);
    let mut next = setup.resigner.attempt();
    assert_eq!(key_of(&setup, &signed(&mut next)), VerifiedKey::Secondary);
    // The secondary key is regenerated while the primary one works again.
    assert_eq!(next.after(REFUSED, None, true), Some(Correction::OtherKey));
    assert_eq!(key_of(&setup, &signed(&mut next)), VerifiedKey::Primary);
    assert_eq!(next.after(StatusCode::OK, None, true), None);
    assert_eq!(key_of(&setup, &signed(&mut setup.resigner.attempt())), VerifiedKey::Primary);
}

#[test]
fn new_keys_begin_with_the_primary_one() {
    let setup = setup(OLD, Some(NEW));
    let mut attempt = setup.resigner.attempt();
    signed(&mut attempt);
    assert!(attempt.after(REFUSED, None, true).is_some());
    signed(&mut attempt);
    assert_eq!(attempt.after(StatusCode::OK, None, true), None);
    setup.ring.rotate("dGhpcmQ=", Some(OLD)).unwrap();
    assert_eq!(key_of(&setup, &signed(&mut setup.resigner.attempt())), VerifiedKey::Primary);

    // Replaced between signing and the answer: the new primary key is the one that was not tried, if there is no other.
    let mut attempt = setup.resigner.attempt();
    signed(&mut attempt);
    setup.ring.rotate(NEW, None).unwrap();
    assert_eq!(attempt.after(REFUSED, None, true), Some(Correction::OtherKey));
    assert_eq!(key_of(&setup, &signed(&mut attempt)), VerifiedKey::Primary);
    assert_eq!(attempt.after(REFUSED, None, true), None);
}

#[test]
fn clock_then_key_and_then_no_more() {
    let setup = setup(OLD, Some(NEW));
    let mut attempt = setup.resigner.attempt();
    signed(&mut attempt);
    let service = date(&setup.clock, -900);
    assert!(matches!(attempt.after(REFUSED, Some(&service), true), Some(Correction::Clock { .. })));
    signed(&mut attempt);
    assert_eq!(attempt.after(REFUSED, Some(&service), true), Some(Correction::OtherKey));
    let headers = signed(&mut attempt);
    assert_eq!(
        (key_of(&setup, &headers), &headers["x-ms-date"]),
        (VerifiedKey::Secondary, &service.parse().unwrap())
    );
    assert_eq!(attempt.after(REFUSED, Some(&service), true), None);
}

#[test]
fn every_attempt_carries_a_fresh_date_and_an_error_leaves_the_headers() {
    let setup = setup(OLD, None);
    let mut attempt = setup.resigner.attempt();
    let uri = Uri::from_static("https://h/p");
    let mut headers = HeaderMap::new();
    attempt.sign(&Method::GET, &uri, &mut headers, &ContentHash::EMPTY).unwrap();
    let first = headers.clone();
    setup.clock.advance(Duration::from_secs(7));
    attempt.sign(&Method::GET, &uri, &mut headers, &ContentHash::EMPTY).unwrap();
    assert_ne!(first["x-ms-date"], headers["x-ms-date"]);
    assert_eq!(headers.len(), 3);
    let second = headers.clone();
    let nowhere = Uri::from_static("/p");
    attempt.sign(&Method::GET, &nowhere, &mut headers, &ContentHash::EMPTY).unwrap_err();
    assert_eq!(headers, second);
}
