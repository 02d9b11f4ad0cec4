//! The requests that the official SDKs put on the wire, stage by stage.

use acs_hmac::{ContentHash, Mistake, Refusal, Signer, SigningDate, StringToSign, VerifiedKey, Verifier};
use credential::{AccessKey, Clock};
use credential_testkit::{FakeClock, Vector, Vectors};
use http::{HeaderMap, Request};

const FILE: &str = include_str!("../vectors/acs-hmac.json");
/// How many vectors the file holds that must be signed exactly as they stand.
const MUST: usize = 74;
/// How many it holds whose SDK signed something other than it sent.
const INFO: usize = 7;

fn request(vector: &Vector) -> Request<Vec<u8>> {
    Request::builder().method(vector.method.as_str()).uri(&vector.url).body(vector.body()).unwrap()
}

/// The request-target as it stands in the URL's text, found without any URL parser.
fn target_on_the_wire(url: &str) -> &str {
    let after_scheme = url.find("://").unwrap() + 3;
    let path = url[after_scheme..].find('/').unwrap() + after_scheme;
    &url[path..]
}

fn key(vector: &Vector) -> AccessKey {
    AccessKey::from_base64(&vector.access_key).unwrap()
}

fn signer_at(vector: &Vector, date: SigningDate) -> (Signer, Verifier) {
    let clock = FakeClock::at(0);
    clock.set(date.time());
    assert_eq!(clock.now(), date.time());
    let signer = Signer::new(key(vector)).unwrap().with_clock(clock.shared());
    (signer, Verifier::new(key(vector)).with_clock(clock.shared()))
}

/// What the file says that the SDK signed instead.
fn mistake(vector: &Vector) -> Mistake {
    match (vector.signed_target_form.as_str(), vector.signed_host_form.as_str()) {
        ("wire+percent-decoded", "wire") => Mistake::TargetDecoded,
        ("form-reencoded-query", "wire") => Mistake::QueryReencoded,
        ("wire", "endpoint-text") if vector.id.contains("trailing-slash") => Mistake::HostWithSlash,
        ("wire", "endpoint-text") => Mistake::HostCase,
        other => panic!("{}: {other:?}", vector.id),
    }
}

fn check_must(vector: &Vector) {
    let Vector { id, .. } = vector;
    let content_hash = ContentHash::of(&vector.body());
    assert_eq!(content_hash.as_str(), vector.expect.content_hash, "content hash of {id}");

    let date = SigningDate::parse(&vector.expect.date).unwrap();
    assert_eq!(SigningDate::at(date.time()).unwrap().as_str(), vector.expect.date, "date of {id}");
    let mut request = request(vector);
    let no_headers = HeaderMap::new();
    let text =
        StringToSign::of_request(request.method(), request.uri(), &no_headers, date, content_hash).unwrap();
    assert_eq!(text.to_string(), vector.string_to_sign, "string-to-sign of {id}");

    let (signer, verifier) = signer_at(vector, date);
    let headers = signer.sign_at(&text);
    assert_eq!(headers.date(), vector.expect.date, "x-ms-date of {id}");
    assert_eq!(headers.content_hash(), vector.expect.content_hash, "x-ms-content-sha256 of {id}");
    assert_eq!(headers.authorization(), vector.expect.authorization, "authorization of {id}");

    signer.sign(&mut request).unwrap();
    let header = |name: &str| request.headers()[name].to_str().unwrap();
    assert_eq!(header("x-ms-date"), vector.expect.date, "x-ms-date of {id}");
    assert_eq!(header("x-ms-content-sha256"), vector.expect.content_hash, "x-ms-content-sha256 of {id}");
    assert_eq!(header("authorization"), vector.expect.authorization, "authorization of {id}");
    assert_eq!(request.headers().len(), 3, "nothing but the three headers for {id}");
    assert_eq!(verifier.verify(&request).unwrap().key(), VerifiedKey::Primary, "{id}");
}

/// The SDK's own request, with the SDK's headers, as a server receives it.
fn check_verifier(vector: &Vector) {
    let (_, verifier) = signer_at(vector, SigningDate::parse(&vector.expect.date).unwrap());
    let host = vector.url.split('/').nth(2).unwrap();
    let request = Request::builder()
        .method(vector.method.as_str())
        .uri(target_on_the_wire(&vector.url))
        .header("host", host)
        .header("x-ms-date", &vector.expect.date)
        .header("x-ms-content-sha256", &vector.expect.content_hash)
        .header("authorization", &vector.expect.authorization)
        .body(vector.body())
        .unwrap();
    let is_must = vector.judge.as_deref() == Some("must");
    match verifier.verify(&request) {
        Ok(verified) => assert!(is_must && verified.skew_seconds() == 0, "{}", vector.id),
        Err(refusal) => assert!(!is_must && refusal.field() == "signature", "{}: {refusal}", vector.id),
    }
}

#[test]
fn every_must_vector_is_signed_exactly() {
    let vectors = Vectors::parse(FILE);
    let mut run = 0;
    for vector in vectors.hmac_must() {
        check_must(vector);
        check_verifier(vector);
        run += 1;
    }
    assert!(run >= MUST, "only {run} of {MUST} vectors were run");
}

#[test]
fn what_goes_on_the_wire_is_what_is_signed_where_an_sdk_does_otherwise() {
    let vectors = Vectors::parse(FILE);
    let mut run = 0;
    for vector in vectors.vectors.iter().filter(|v| v.auth == "hmac" && v.judge.as_deref() == Some("info")) {
        check_verifier(vector);
        let date = SigningDate::parse(&vector.expect.date).unwrap();
        let mut request = request(vector);
        let no_headers = HeaderMap::new();
        let hash = ContentHash::of(&vector.body());
        let text =
            StringToSign::of_request(request.method(), request.uri(), &no_headers, date, hash).unwrap();
        assert_eq!(text.target(), target_on_the_wire(&vector.url), "{}", vector.id);
        assert_eq!(text.host(), vector.url.split('/').nth(2).unwrap(), "{}", vector.id);
        assert_ne!(text.to_string(), vector.string_to_sign, "{}", vector.id);
        let expected = text.to_string();

        let (signer, verifier) = signer_at(vector, date);
        assert_eq!(request.uri().to_string(), vector.url, "the address goes out as it came in");
        signer.sign(&mut request).unwrap();
        assert_eq!(request.uri().to_string(), vector.url, "{}", vector.id);
        verifier.verify(&request).unwrap();
        *request.headers_mut().get_mut("authorization").unwrap() =
            vector.expect.authorization.parse().unwrap();
        let refusal = verifier.verify(&request).unwrap_err();
        let Refusal::Signature { string_to_sign, mistakes, .. } = &refusal else { panic!("{refusal}") };
        assert_eq!(*string_to_sign, expected, "{}", vector.id);
        assert_eq!(*mistakes, [mistake(vector)], "{}", vector.id);
        run += 1;
    }
    assert!(run >= INFO, "only {run} of {INFO} vectors were run");
}
