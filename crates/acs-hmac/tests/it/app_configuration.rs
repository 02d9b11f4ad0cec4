//! App Configuration's form of the scheme: the same code, other data.

use acs_hmac::{Scheme, Signer, Verifier};
use credential::AccessKey;
use credential_testkit::FakeClock;
use http::Request;

const NOW: u64 = 1_704_164_645;

fn ring() -> AccessKey {
    AccessKey::from_base64("ZmFrZS1rZXktZm9yLXRlc3RzLW9ubHktbm90LXJlYWw=").unwrap()
}

fn signed(scheme: Scheme) -> Request<&'static str> {
    let signer = Signer::new(ring()).unwrap().with_scheme(scheme).with_clock(FakeClock::at(NOW).shared());
    let mut request = Request::get("https://contoso.azconfig.io/kv?api-version=1.0").body("").unwrap();
    signer.sign(&mut request).unwrap();
    request
}

fn verifier(scheme: Scheme, now: u64) -> Verifier {
    Verifier::new(ring()).with_scheme(scheme).with_clock(FakeClock::at(now).shared())
}

/// The signature is the one that the text `GET LF /kv?api-version=1.0 LF date;host;hash` has with any HMAC of the world:
/// computed with Python's `hmac` for this key, date and host.
#[test]
fn the_header_names_the_key() {
    let request = signed(Scheme::app_configuration("0-l9-s0:abc").unwrap());
    assert_eq!(
        request.headers()["authorization"].to_str().unwrap(),
        "HMAC-SHA256 Credential=0-l9-s0:abc&SignedHeaders=x-ms-date;host;x-ms-content-sha256\
         &Signature=x5jA3mV6T1SwE2rD1hcpNUXyj/FX2DKtAOIg1l1uIbc="
    );
    assert!(request.headers()["authorization"].is_sensitive());
}

#[test]
fn it_allows_fifteen_minutes() {
    let scheme = Scheme::app_configuration("id").unwrap();
    let request = signed(scheme.clone());
    verifier(scheme.clone(), NOW + 900).verify(&request).unwrap();
    let refusal = verifier(scheme, NOW + 901).verify(&request).unwrap_err();
    assert_eq!(refusal.field(), "x-ms-date");
    assert!(refusal.to_string().contains("900 s are allowed"), "{refusal}");
}

#[test]
fn the_forms_are_not_mixed_up() {
    let (ours, plain) = (Scheme::app_configuration("ours").unwrap(), Scheme::communication_services());
    for (sent, expected, problem) in [
        (&ours, &plain, "belongs to App Configuration's form"),
        (&plain, &ours, "has no Credential part"),
        (&Scheme::app_configuration("theirs").unwrap(), &ours, "names another key"),
    ] {
        let refusal = verifier(expected.clone(), NOW).verify(&signed(sent.clone())).unwrap_err();
        assert_eq!(refusal.field(), "authorization");
        assert!(refusal.to_string().contains(problem), "{refusal}");
    }
}

#[test]
fn other_header_names_are_data_too() {
    let scheme =
        Scheme::communication_services().with_date_header("x-when").with_content_hash_header("x-hash");
    let mut request = signed(scheme.clone());
    assert!(request.headers().contains_key("x-when") && request.headers().contains_key("x-hash"));
    assert!(!request.headers().contains_key("x-ms-date"));
    verifier(scheme.clone(), NOW).verify(&request).unwrap();
    let late = verifier(scheme.clone(), NOW + 301).verify(&request).unwrap_err();
    assert_eq!(late.field(), "x-when");
    let changed = request.clone().map(|_| "other");
    let changed = verifier(scheme.clone(), NOW).verify(&changed).unwrap_err();
    assert_eq!(changed.field(), "x-hash");
    assert!(changed.problem().starts_with("x-hash is "), "{changed}");
    let mut form = request.clone();
    form.headers_mut().insert("authorization", http::HeaderValue::from_static("Bearer x"));
    let form = verifier(scheme.clone(), NOW).verify(&form).unwrap_err();
    assert!(!form.to_string().contains("x-ms-"), "{form}");
    request.headers_mut().remove("x-hash");
    assert_eq!(verifier(scheme.clone(), NOW).verify(&request).unwrap_err().field(), "x-hash");
    request.headers_mut().remove("x-when");
    assert_eq!(verifier(scheme, NOW).verify(&request).unwrap_err().field(), "x-when");
}
