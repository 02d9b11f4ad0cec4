//! Verifying requests as they arrive: every refusal names the field that differs.

use std::time::Duration;

use acs_hmac::{Mistake, Refusal, Signer, VerifiedKey, Verifier};
use credential::{AccessKey, Endpoint};
use credential_testkit::FakeClock;
use http::{HeaderValue, Request};
use proptest::prelude::*;

const NOW: u64 = 1_704_164_645;
const KEY: &str = "ZmFrZS1rZXktZm9yLXRlc3RzLW9ubHktbm90LXJlYWw=";

/// A signed request as an HTTP/1.1 server gets it.
fn received(clock: &FakeClock) -> Request<String> {
    let mut request = Request::post("/identities?api-version=2023-10-01")
        .header("host", "localhost:8443")
        .body("{}".to_owned())
        .unwrap();
    let signer = Signer::new(AccessKey::from_base64(KEY).unwrap()).unwrap().with_clock(clock.shared());
    signer.sign(&mut request).unwrap();
    request
}

fn verifier(clock: &FakeClock) -> Verifier {
    Verifier::new(AccessKey::from_base64(KEY).unwrap()).with_clock(clock.shared())
}

#[test]
fn both_keys_are_accepted_and_told_apart() {
    let clock = FakeClock::at(NOW);
    let ring = AccessKey::from_base64(KEY).unwrap();
    let verifier = Verifier::new(ring.clone()).with_clock(clock.shared());
    assert_eq!(verifier.verify(&received(&clock)).unwrap().key(), VerifiedKey::Primary);
    ring.rotate("b3RoZXI=", Some(KEY)).unwrap();
    assert_eq!(verifier.verify(&received(&clock)).unwrap().key(), VerifiedKey::Secondary);
    ring.rotate("b3RoZXI=", Some("YW5vdGhlcg==")).unwrap();
    assert_eq!(verifier.verify(&received(&clock)).unwrap_err().field(), "signature");
}

#[test]
fn five_minutes_of_skew_are_allowed_and_no_more() {
    let clock = FakeClock::at(NOW);
    let request = received(&clock);
    for (verifiers_clock, skew) in
        [(NOW, 0), (NOW + 1, -1), (NOW - 1, 1), (NOW + 300, -300), (NOW - 300, 300)]
    {
        let verified = verifier(&FakeClock::at(verifiers_clock)).verify(&request).unwrap();
        assert_eq!(verified.skew_seconds(), skew);
    }
    for (verifiers_clock, skew) in [(NOW + 301, -301), (NOW - 301, 301), (0, 1_704_164_645)] {
        let refusal = verifier(&FakeClock::at(verifiers_clock)).verify(&request).unwrap_err();
        assert!(
            matches!(refusal, Refusal::DateSkew { skew_seconds, .. } if skew_seconds == skew),
            "{refusal}"
        );
    }
    let late = FakeClock::at(NOW + 300);
    late.advance(Duration::from_millis(1));
    assert_eq!(verifier(&late).verify(&request).unwrap_err().field(), "x-ms-date");
}

type Change = fn(&mut Request<String>);

const CHANGES: &[(&str, &str, Change)] = &[
    ("no authorization", "authorization", |r| drop(r.headers_mut().remove("authorization"))),
    ("no date", "x-ms-date", |r| drop(r.headers_mut().remove("x-ms-date"))),
    ("no hash", "x-ms-content-sha256", |r| drop(r.headers_mut().remove("x-ms-content-sha256"))),
    ("no host", "host", |r| drop(r.headers_mut().remove("host"))),
    ("two dates", "x-ms-date", |r| {
        r.headers_mut().append("x-ms-date", HeaderValue::from_static("Tue, 02 Jan 2024 03:04:05 GMT"));
    }),
    ("two hosts", "host", |r| {
        r.headers_mut().append("host", HeaderValue::from_static("h"));
    }),
    ("bytes in the hash", "x-ms-content-sha256", |r| {
        r.headers_mut().insert("x-ms-content-sha256", HeaderValue::from_bytes(b"\xFF").unwrap());
    }),
    ("bearer", "authorization", |r| set(r, "authorization", "Bearer planted")),
    ("App Configuration", "authorization", |r| {
        set(
            r,
            "authorization",
            "HMAC-SHA256 Credential=planted&SignedHeaders=x-ms-date;host&Signature=planted",
        );
    }),
    ("no signature", "authorization", |r| {
        set(r, "authorization", "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256");
    }),
    ("the headers' older names, without that header", "date", |r| {
        let value = r.headers()["authorization"].to_str().unwrap().replace("x-ms-date", "date");
        set(r, "authorization", &value);
    }),
    ("date of another form", "x-ms-date", |r| set(r, "x-ms-date", "tue, 02 jan 2024 03:04:05 gmt")),
    ("date with an offset", "x-ms-date", |r| set(r, "x-ms-date", "Tue, 02 Jan 2024 04:04:05 +0100")),
    ("hash in hex", "x-ms-content-sha256", |r| {
        let hex = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        set(r, "x-ms-content-sha256", hex);
    }),
    ("signature in hex", "authorization", |r| {
        let names = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";
        set(r, "authorization", &format!("{names}{}", "0f".repeat(32)));
    }),
    ("date long ago", "x-ms-date", |r| set(r, "x-ms-date", "Mon, 01 Jan 2024 03:04:05 GMT")),
    ("another date", "signature", |r| set(r, "x-ms-date", "Tue, 02 Jan 2024 03:04:06 GMT")),
    ("another body", "x-ms-content-sha256", |r| r.body_mut().push(' ')),
    ("no body", "x-ms-content-sha256", |r| r.body_mut().clear()),
    ("another body and its hash", "signature", |r| {
        r.body_mut().clear();
        set(r, "x-ms-content-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }),
    ("another method", "signature", |r| *r.method_mut() = http::Method::PUT),
    ("another path", "signature", |r| *r.uri_mut() = "/identities/?api-version=2023-10-01".parse().unwrap()),
    ("another query", "signature", |r| *r.uri_mut() = "/identities?api-version=2023-10-02".parse().unwrap()),
    ("no query", "signature", |r| *r.uri_mut() = "/identities".parse().unwrap()),
    ("no path", "target", |r| *r.uri_mut() = "*".parse().unwrap()),
    ("another host", "signature", |r| set(r, "host", "localhost:8444")),
    ("host without its port", "signature", |r| set(r, "host", "localhost")),
    ("host against address", "host", |r| *r.uri_mut() = "https://h/identities".parse().unwrap()),
    ("signature of something else", "signature", |r| {
        let value = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=\
                     DGdgwggJWnQyc6EHjR/Vbqg1ES64KpD6U2XwTDDj3tU=";
        set(r, "authorization", value);
    }),
];

fn set(request: &mut Request<String>, name: &'static str, value: &str) {
    request.headers_mut().insert(name, value.parse().unwrap());
}

#[test]
fn every_change_is_refused_with_the_field_that_differs() {
    let clock = FakeClock::at(NOW);
    let untouched = received(&clock);
    verifier(&clock).verify(&untouched).unwrap();
    let mut texts = Vec::new();
    for (name, field, change) in CHANGES {
        let mut request = untouched.clone();
        change(&mut request);
        let refusal = verifier(&clock).verify(&request).expect_err(name);
        assert_eq!(refusal.field(), *field, "{name}: {refusal}");
        assert!(!refusal.to_string().contains("planted"), "{name}: {refusal}");
        texts.push(format!("{name}\n    {refusal}"));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The search for a mistake is a courtesy, and can be bounded or turned off: the refusal is the same, with less in it.
#[test]
fn the_search_for_a_mistake_can_be_turned_off() {
    let clock = FakeClock::at(NOW);
    let mut request = received(&clock);
    *request.uri_mut() = "/identities?api-version=2023-10-01&x".parse().unwrap();
    let signed_without_query = {
        let signer = Signer::new(AccessKey::from_base64(KEY).unwrap()).unwrap().with_clock(clock.shared());
        let mut short = Request::post("/identities").header("host", "localhost:8443").body("{}").unwrap();
        signer.sign(&mut short).unwrap();
        short.headers()["authorization"].clone()
    };
    request.headers_mut().insert("authorization", signed_without_query);
    let found = |verifier: Verifier| match verifier.verify(&request).unwrap_err() {
        Refusal::Signature { mistakes, .. } => mistakes,
        other => panic!("{other}"),
    };
    assert_eq!(found(verifier(&clock)), [Mistake::QueryMissing]);
    assert_eq!(found(verifier(&clock).with_search_limit(50)), [Mistake::QueryMissing]);
    assert_eq!(found(verifier(&clock).with_search_limit(1)), []);
    assert_eq!(found(verifier(&clock).with_search_limit(0)), []);
}

/// The form of before mid-2021: the `Date` header itself is signed.
#[test]
fn a_signature_over_the_date_header_is_accepted() {
    let clock = FakeClock::at(NOW);
    let mut request = received(&clock);
    let date = request.headers_mut().remove("x-ms-date").unwrap();
    request.headers_mut().insert("date", date);
    let value = request.headers()["authorization"].to_str().unwrap().replace("x-ms-date", "date");
    set(&mut request, "authorization", &value);
    verifier(&clock).verify(&request).unwrap();
}

#[test]
fn http_2_has_the_host_in_the_address() {
    let clock = FakeClock::at(NOW);
    let mut request = received(&clock);
    request.headers_mut().remove("host");
    *request.uri_mut() = "https://localhost:8443/identities?api-version=2023-10-01".parse().unwrap();
    verifier(&clock).verify(&request).unwrap();
}

/// A client that signs its `Host` header verbatim, without the port or in upper case, signed what it sent.
#[test]
fn the_host_counts_as_it_arrived() {
    let clock = FakeClock::at(NOW);
    let key = AccessKey::from_base64(KEY).unwrap();
    for host in ["Contoso.Example", "contoso.example:443", "localhost"] {
        let date = acs_hmac::SigningDate::at(std::time::UNIX_EPOCH + Duration::from_secs(NOW)).unwrap();
        let hash = acs_hmac::ContentHash::EMPTY;
        let text = acs_hmac::StringToSign::new("GET", "/p", date, host, hash).unwrap();
        let headers = Signer::new(key.clone()).unwrap().sign_at(&text);
        let request = Request::get("/p")
            .header("host", host)
            .header("x-ms-date", headers.date())
            .header("x-ms-content-sha256", headers.content_hash())
            .header("authorization", headers.authorization())
            .body("")
            .unwrap();
        verifier(&clock).verify(&request).unwrap_or_else(|refusal| panic!("{host}: {refusal}"));
    }
}

/// Call Automation at another host: the resource's host is signed, and named beside.
#[test]
fn another_host_can_be_signed_and_must_be_expected() {
    let clock = FakeClock::at(NOW);
    let resource = Endpoint::parse("resource", "https://Contoso.example:443/").unwrap();
    let key = AccessKey::from_base64(KEY).unwrap();
    let signer = Signer::new(key).unwrap().with_clock(clock.shared()).with_signed_host(&resource);
    let mut request = Request::get("https://Recordings.example/v1?a").body("").unwrap();
    signer.sign(&mut request).unwrap();
    assert_eq!(request.headers()["x-ms-host"], "contoso.example");
    assert!(!request.headers().contains_key("host"), "the host on the wire is not signed");

    let expecting = verifier(&clock).with_signed_host(&resource);
    expecting.verify(&request).unwrap();
    assert_eq!(verifier(&clock).verify(&request).unwrap_err().field(), "signature");
    for host in ["other.example", "recordings.example"] {
        request.headers_mut().insert("x-ms-host", host.parse().unwrap());
        assert_eq!(expecting.verify(&request).unwrap_err().field(), "signature", "{host}");
    }
    let mut plain = Request::get("http://contoso.example/").body("").unwrap();
    assert!(signer.sign(&mut plain).is_err(), "the address itself must still be https");
    assert!(plain.headers().is_empty());
}

#[test]
fn texts_from_outside_are_escaped_and_cut() {
    let clock = FakeClock::at(NOW);
    let mut request = received(&clock);
    set(&mut request, "x-ms-date", &"a\"".repeat(4000));
    let refusal = verifier(&clock).verify(&request).unwrap_err().to_string();
    assert!(refusal.len() < 6000 && refusal.contains("a\\\""), "{refusal}");
}

proptest! {
    #[test]
    fn no_authorization_panics_or_gets_through(value in "[ -~]{0,150}", tail in "[ -~]{0,60}") {
        let clock = FakeClock::at(NOW);
        let untouched = received(&clock);
        let right = untouched.headers()["authorization"].clone();
        let prefix = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=";
        for value in [value, format!("{prefix}{tail}")] {
            let mut request = untouched.clone();
            set(&mut request, "authorization", value.trim());
            if request.headers()["authorization"] != right {
                prop_assert!(verifier(&clock).verify(&request).is_err());
            }
        }
    }

    #[test]
    fn no_date_panics(value in "[ -~]{0,40}") {
        let clock = FakeClock::at(NOW);
        let mut request = received(&clock);
        set(&mut request, "x-ms-date", value.trim());
        prop_assert!(verifier(&clock).verify(&request).is_err());
    }
}
