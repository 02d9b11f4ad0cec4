//! Requests of reqwest, signed as they are sent.

use acs_hmac::{ContentHash, Signer, Verifier};
use credential::{AccessKey, CredentialErrorKind};
use credential_emulator::Emulator;
use reqwest::{Body, Method, Request};

use crate::mending::{reqwest_client, users};

fn signer(key: &str) -> Signer {
    Signer::new(AccessKey::from_base64(key).unwrap()).unwrap()
}

fn request(url: &str, body: Option<Body>) -> Request {
    let mut request = Request::new(Method::POST, url.parse().unwrap());
    *request.body_mut() = body;
    request
}

#[tokio::test]
async fn the_emulator_accepts_what_reqwest_sends() {
    let emulator = Emulator::start().await.unwrap();
    let signer = signer(&emulator.accounts().acs_primary_key);
    let client = reqwest_client(&emulator);
    for body in [None, Some(Body::from(r#"{"createTokenWithScopes":["voip"]}"#))] {
        let mut request = request(&users(&emulator), body);
        signer.sign_reqwest(&mut request).unwrap();
        assert_eq!(client.execute(request).await.unwrap().status(), 201);
    }
    // A browser's address parser has its own ideas, and reqwest sends them: those are what is signed.
    for odd in ["/8%3Aacs:a'b?x=\"1\"&y=a b#fragment", "//identities/../rooms?$top=1&q=é"] {
        let mut request = request(&format!("{}{odd}", emulator.acs_endpoint()), None);
        signer.sign_reqwest(&mut request).unwrap();
        client.execute(request).await.unwrap();
        let refusal = emulator.requests().pop().unwrap().refusal.unwrap_or_default();
        assert!(!refusal.starts_with("signature"), "{odd}: {refusal}");
    }
}

#[test]
fn what_cannot_be_signed_is_refused_and_left_untouched() {
    let signer = signer("pw==");
    let stream = || Body::wrap(http_body_util::Full::new(bytes::Bytes::from_static(b"{}")));
    let mut signed = request("https://h/p", None);
    signer.sign_reqwest(&mut signed).unwrap();
    for mut request in [
        request("http://contoso.example/p", None),
        request("https://user:planted@h/p", None),
        request("https://h/p", Some(stream())),
        signed.try_clone().unwrap(),
    ] {
        let before = request.headers().clone();
        let error = signer.sign_reqwest(&mut request).unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
        assert!(!error.to_string().contains("planted"));
        assert_eq!(*request.headers(), before);
    }
    let error = signer.sign_reqwest(&mut request("https://h/p", Some(stream()))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the request's body is a stream without a hash: hash the body first (ContentHash::of_reader) and give the hash with it"
    );
    signer.clone().re_signing().sign_reqwest(&mut signed).unwrap();

    let mut streamed = request("https://h/p", Some(stream()));
    signer.sign_reqwest_hashed(&mut streamed, &ContentHash::of(b"{}")).unwrap();
    let mut received = http::Request::post("https://h/p").body("{}").unwrap();
    *received.headers_mut() = streamed.headers().clone();
    Verifier::new(AccessKey::from_base64("pw==").unwrap()).verify(&received).unwrap();
}
