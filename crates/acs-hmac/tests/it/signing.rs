//! Signing requests: what is set, what is refused, and what stays untouched.

use std::time::{Duration, SystemTime};

use acs_hmac::{ContentHash, Signer, SigningDate, Verifier};
use bytes::Bytes;
use credential::{AccessKey, AuthorizeRequest, CredentialErrorKind};
use credential_testkit::{FakeClock, ScriptedTransport, wire};
use http::{HeaderMap, Method, Request, Uri};
use proptest::prelude::*;

const NOW: u64 = 1_704_164_645;

fn key() -> AccessKey {
    AccessKey::from_base64("ZmFrZS1rZXktZm9yLXRlc3RzLW9ubHktbm90LXJlYWw=").unwrap()
}

fn signer_and_verifier(clock: &FakeClock) -> (Signer, Verifier) {
    let key = key();
    let signer = Signer::new(key.clone()).unwrap().with_clock(clock.shared());
    (signer, Verifier::new(key).with_clock(clock.shared()))
}

fn sms() -> Request<Bytes> {
    Request::post("https://contoso.communication.azure.com/sms?api-version=2021-03-07")
        .header("content-type", "application/json")
        .body(Bytes::from_static(br#"{"message":"hi"}"#))
        .unwrap()
}

#[test]
fn a_signed_request() {
    let (signer, _) = signer_and_verifier(&FakeClock::at(NOW));
    let mut request = sms();
    signer.sign(&mut request).unwrap();
    insta::assert_snapshot!(wire(&request));
    assert!(request.headers()["authorization"].is_sensitive());
    assert!(!format!("{request:?}").contains("Signature="));
}

#[test]
fn parts_sign_as_the_whole_request_does() {
    let (signer, _) = signer_and_verifier(&FakeClock::at(NOW));
    let mut whole = sms();
    signer.sign(&mut whole).unwrap();
    let (mut parts, body) = sms().into_parts();
    signer.sign_parts(&mut parts, &ContentHash::of(&body)).unwrap();
    assert_eq!(parts.headers, *whole.headers());
}

/// What is read in pieces, and from where a file stands, hashes as the bytes that are then sent.
#[test]
fn bodies_are_hashed_while_they_are_read() {
    use std::io::{Cursor, Read, Seek, SeekFrom};

    let bytes: Vec<u8> = (0..100_000_u32).map(|number| (number % 251) as u8).collect();
    assert_eq!(ContentHash::of_reader(&mut bytes.as_slice()).unwrap(), ContentHash::of(&bytes));
    assert_eq!(ContentHash::of_reader(&mut std::io::empty()).unwrap(), ContentHash::EMPTY);
    let mut file = Cursor::new(&bytes);
    file.seek(SeekFrom::Start(1_000)).unwrap();
    let hash = ContentHash::of_seekable(&mut file).unwrap();
    let mut sent = Vec::new();
    file.read_to_end(&mut sent).unwrap();
    assert_eq!((sent.len(), hash), (99_000, ContentHash::of(&sent)));
}

#[test]
fn a_reader_that_fails_is_set_back_too() {
    use std::io::{Error, ErrorKind, Read, Seek, SeekFrom};

    struct Failing(u64, bool);
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            self.0 += 1;
            let interrupted = std::mem::take(&mut self.1);
            Err(if interrupted { ErrorKind::Interrupted.into() } else { Error::other("broken") })
        }
    }
    impl Seek for Failing {
        fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
            if let SeekFrom::Start(to) = to {
                self.0 = to;
            }
            Ok(self.0)
        }
    }
    let mut body = Failing(5, true);
    assert_eq!(ContentHash::of_seekable(&mut body).unwrap_err().to_string(), "broken");
    assert_eq!((body.0, body.1), (5, false), "set back, after an interruption that was passed over");
}

#[tokio::test]
async fn authorizing_signs_and_signs_again() {
    let (signer, verifier) = signer_and_verifier(&FakeClock::at(NOW));
    let mut request = sms();
    signer.authorize(&mut request).await.unwrap();
    signer.authorize(&mut request).await.unwrap();
    verifier.verify(&request).unwrap();
}

#[tokio::test]
async fn authorizing_signs() {
    let (signer, verifier) = signer_and_verifier(&FakeClock::at(NOW));
    let transport = ScriptedTransport::new().then(200, &[], "");
    let authorizer: &dyn AuthorizeRequest = &signer;
    credential::Transport::send_authorized(&transport, sms(), authorizer).await.unwrap();
    verifier.verify(&transport.requests()[0]).unwrap();
}

#[test]
fn only_re_signing_replaces_a_signature_and_all_three_headers() {
    let clock = FakeClock::at(NOW);
    let (signer, verifier) = signer_and_verifier(&clock);
    let mut request = sms();
    for name in ["authorization", "x-ms-date", "x-ms-content-sha256"] {
        request.headers_mut().append(name, "left over".parse().unwrap());
        request.headers_mut().append(name, "twice".parse().unwrap());
    }
    let before = request.headers().clone();
    let error = signer.sign(&mut request).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
    let (mut parts, body) = request.into_parts();
    assert!(signer.sign_parts(&mut parts, &ContentHash::EMPTY).is_err());
    let mut request = Request::from_parts(parts, body);
    assert_eq!(*request.headers(), before, "{error}");

    let signer = signer.re_signing();
    signer.sign(&mut request).unwrap();
    let first = request.headers().clone();
    verifier.verify(&request).unwrap();

    clock.advance(Duration::from_secs(600));
    verifier.verify(&request).expect_err("stale by now");
    signer.sign(&mut request).unwrap();
    verifier.verify(&request).unwrap();
    assert_eq!(request.headers().len(), first.len());
    assert_ne!(request.headers()["x-ms-date"], first["x-ms-date"]);
    assert_ne!(request.headers()["authorization"], first["authorization"]);
}

#[test]
fn a_rotated_key_is_used_from_the_next_request_on() {
    let ring = key();
    let signer = Signer::new(ring.clone()).unwrap();
    let verifier = Verifier::new(ring.clone());
    let mut before = sms();
    signer.sign(&mut before).unwrap();
    verifier.verify(&before).unwrap();
    ring.rotate("bmV3IGtleQ==", None).unwrap();
    assert_eq!(verifier.verify(&before).unwrap_err().field(), "signature");
    let mut after = sms();
    signer.sign(&mut after).unwrap();
    verifier.verify(&after).unwrap();
    assert_ne!(before.headers()["authorization"], after.headers()["authorization"]);
}

/// What HTTP/1.1 clients put into `Host` when the caller does not: the address's host as it is written there, with the
/// port unless it is the default one.
fn host_on_the_wire(request: &Request<Bytes>) -> String {
    if let Some(host) = request.headers().get("host") {
        return host.to_str().unwrap().to_owned();
    }
    let uri = request.uri();
    let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    match uri.port_u16() {
        Some(port) if port != default => format!("{}:{port}", uri.host().unwrap()),
        _ => uri.host().unwrap().to_owned(),
    }
}

#[test]
fn the_host_on_the_wire_is_the_signed_one() {
    let (signer, verifier) = signer_and_verifier(&FakeClock::at(NOW));
    for (uri, header, sets_host) in [
        ("https://h/p", None, false),
        ("https://h:443/p", None, false),
        ("https://h:8443/p", None, false),
        ("https://h:08443/p", None, false),
        ("https://H:8443/p", None, true),
        ("https://h/p", Some("h"), false),
        ("https://h:443/p", Some("h:443"), true),
        ("https://h/p", Some("H"), true),
        ("http://localhost:8080/p", Some("LOCALHOST:8080"), true),
        ("http://[::1]:80/p", None, false),
        ("/p", Some("h:8443"), false),
        ("/p", Some("H:443"), true),
    ] {
        let mut request = Request::get(uri).body(Bytes::new()).unwrap();
        if let Some(header) = header {
            request.headers_mut().insert("host", header.parse().unwrap());
        }
        let before = request.headers().get("host").cloned();
        signer.sign(&mut request).unwrap();
        assert_eq!(request.headers().get("host") != before.as_ref(), sets_host, "{uri} {header:?}");
        assert_eq!(request.uri().to_string(), uri.parse::<Uri>().unwrap().to_string());
        let host = host_on_the_wire(&request);
        assert_eq!(host, host.to_ascii_lowercase(), "{uri} {header:?}");
        // As it arrives: the target, the host, and nothing else of the address.
        let mut received = request.clone();
        *received.uri_mut() = request.uri().path_and_query().unwrap().as_str().parse().unwrap();
        received.headers_mut().insert("host", host.parse().unwrap());
        verifier.verify(&received).unwrap_or_else(|refusal| panic!("{uri} {header:?}: {refusal}"));
    }
}

fn refused() -> Vec<Request<Bytes>> {
    let get = |uri: &str| Request::get(uri).body(Bytes::from_static(b"body")).unwrap();
    let with = |uri: &str, hosts: &[&str]| {
        let mut request = get(uri);
        for host in hosts {
            request.headers_mut().append("host", host.parse().unwrap());
        }
        request
    };
    let mut connect = get("https://h/p");
    *connect.method_mut() = Method::CONNECT;
    let mut lower_case = get("https://h/p");
    *lower_case.method_mut() = "get".parse().unwrap();
    vec![
        get("/no/host"),
        get("*"),
        get("http://contoso.communication.azure.com/p"),
        get("http://127.0.0.1.example/p"),
        get("ftp://localhost/p"),
        get("https://user:pass@h/p"),
        get("https://h:/p"),
        with("https://h/p", &["other"]),
        with("https://h/p", &["h:8443"]),
        with("https://h/p", &["h", "h"]),
        with("/p", &["h/p"]),
        connect,
        lower_case,
    ]
}

#[tokio::test]
async fn what_cannot_be_signed_is_refused_and_left_untouched() {
    let (signer, _) = signer_and_verifier(&FakeClock::at(NOW));
    for mut request in refused() {
        request.headers_mut().insert("authorization", "left over".parse().unwrap());
        let before = (wire(&request), request.clone());
        let error = signer.sign(&mut request).expect_err(&before.0);
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{}", before.0);
        signer.authorize(&mut request).await.expect_err(&before.0);
        assert_eq!(wire(&request), before.0);
        assert_eq!(request.headers(), before.1.headers());
        assert_eq!(request.body(), before.1.body());
        let (mut parts, _) = request.into_parts();
        signer.sign_parts(&mut parts, &ContentHash::EMPTY).expect_err(&before.0);
        assert_eq!(parts.headers, *before.1.headers());
    }
}

#[test]
fn a_clock_out_of_range_leaves_the_request_untouched() {
    let clock = FakeClock::at(0);
    clock.set(SystemTime::UNIX_EPOCH - Duration::from_secs(1));
    let (signer, _) = signer_and_verifier(&clock);
    let mut request = sms();
    let error = signer.sign(&mut request).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
    assert_eq!(wire(&request), wire(&sms()));
}

#[test]
fn threads_share_a_signer() {
    let (signer, verifier) = signer_and_verifier(&FakeClock::at(NOW));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for number in 0..100 {
                    let uri = format!("https://h/p/{number}");
                    let mut request = Request::get(uri).body("").unwrap();
                    signer.sign(&mut request).unwrap();
                    verifier.verify(&request).unwrap();
                }
            });
        }
    });
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        path in "(/[a-zA-Z0-9%:._~!$&'()*+,;=@-]{0,12}){0,4}",
        query in prop::option::of("[a-zA-Z0-9%:._~!$&'()*+,;=@/?-]{0,30}"),
        host in "[a-zA-Z][a-zA-Z0-9-]{0,10}(\\.[a-zA-Z0-9]{1,5}){0,2}(:[1-9][0-9]{0,3})?",
        method in "(GET|POST|PUT|PATCH|DELETE|HEAD)",
        body in prop::collection::vec(any::<u8>(), 0..200),
        seconds in 0_u64..253_402_300_800,
    ) {
        let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let mut request =
            Request::builder().method(method.as_str()).uri(format!("https://{host}{target}")).body(body).unwrap();
        let clock = FakeClock::at(seconds);
        let (signer, verifier) = signer_and_verifier(&clock);
        let date = SigningDate::at(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        let hash = ContentHash::of(request.body());
        let headers = HeaderMap::new();
        let text = acs_hmac::StringToSign::of_request(request.method(), request.uri(), &headers, date, hash).unwrap();
        let on_the_wire = if target.starts_with('/') { target } else { format!("/{target}") };
        prop_assert_eq!(text.target(), on_the_wire);
        signer.sign(&mut request).unwrap();
        prop_assert!(verifier.verify(&request).is_ok());
        *request.method_mut() = "OPTIONS".parse().unwrap();
        prop_assert_eq!(verifier.verify(&request).unwrap_err().field(), "signature");
    }

    #[test]
    fn any_address_is_signed_or_refused_without_a_panic(uri in "\\PC{0,40}", host in "[ -~]{0,20}") {
        let Ok(uri) = uri.parse::<Uri>() else { return Ok(()) };
        let (signer, _) = signer_and_verifier(&FakeClock::at(NOW));
        let mut request = Request::get(uri).header("host", host).body("").unwrap();
        let before = request.headers().clone();
        if signer.sign(&mut request).is_err() {
            prop_assert_eq!(request.headers(), &before);
        }
    }
}
