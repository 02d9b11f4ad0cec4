//! No public type and no error shows a secret that was put in.

use acs_hmac::{
    ConnectionString, ContentHash, Resigner, Scheme, Signer, SigningDate, StringToSign, Verifier,
};
use base64::Engine;
use credential::AccessKey;
use credential_testkit::{FakeClock, LeakCheck};
use http::Request;

const PLANTED: &str = "pl4nted-s3cret";

fn base64_key() -> String {
    base64::engine::general_purpose::STANDARD.encode(PLANTED)
}

#[test]
fn nothing_shows_the_key() {
    let check = LeakCheck::new([PLANTED.to_owned(), base64_key()]);
    let parsed =
        ConnectionString::parse(&format!("endpoint=https://contoso.example;accesskey={}", base64_key()))
            .unwrap();
    let clock = FakeClock::at(1);
    let signer = Signer::new(parsed.access_key().clone()).unwrap().with_clock(clock.shared());
    let verifier = Verifier::new(parsed.access_key().clone()).with_clock(clock.shared());
    check.debug(&parsed);
    check.debug(&signer);
    check.debug(&verifier);
    let resigner = Resigner::new(signer.clone());
    #[cfg(feature = "operations")]
    check.debug(&acs_hmac::CommunicationClient::signed_by(parsed.endpoint().clone(), resigner.clone()));
    let mut attempt = resigner.attempt();
    check.debug(&resigner);
    check.debug(&attempt);
    let (mut parts, ()) = Request::get("http://contoso.example/p").body(()).unwrap().into_parts();
    let refused = attempt.sign(&parts.method, &parts.uri, &mut parts.headers, &ContentHash::EMPTY);
    check.error(&refused.unwrap_err());
    #[cfg(feature = "azure_core")]
    check.debug(&acs_hmac::SigningPolicy::new(Resigner::new(signer.clone())));
    #[cfg(feature = "reqwest-middleware")]
    check.debug(&acs_hmac::SigningMiddleware::new(Resigner::new(signer.clone())));
    #[cfg(feature = "tower")]
    check.debug(&tower::Layer::layer(&acs_hmac::SigningLayer::new(resigner), ()));

    let mut request = Request::get("https://contoso.example/p").body("").unwrap();
    signer.sign(&mut request).unwrap();
    check.debug(&request);
    check.debug(&verifier.verify(&request).unwrap());
    let other = Verifier::new(AccessKey::from_base64("b3RoZXI=").unwrap()).with_clock(clock.shared());
    check.error(&other.verify(&request).unwrap_err());
}

#[test]
fn nothing_shows_a_signature() {
    let date = SigningDate::parse("Tue, 02 Jan 2024 03:04:05 GMT").unwrap();
    let text = StringToSign::new("GET", "/p", date, "h", ContentHash::EMPTY).unwrap();
    let headers = Signer::new(AccessKey::from_base64(&base64_key()).unwrap()).unwrap().sign_at(&text);
    let signature = headers.authorization().rsplit_once("Signature=").unwrap().1;
    let other_form = Signer::new(AccessKey::from_base64(&base64_key()).unwrap())
        .unwrap()
        .with_scheme(Scheme::app_configuration("id").unwrap())
        .sign_at(&text);
    let check = LeakCheck::new([signature]);
    check.debug(&headers);
    check.debug(&other_form);
    check.debug(&text);

    // Neither the one that came nor the one that would have fitted.
    let clock = FakeClock::at(0);
    clock.set(date.time());
    let request = Request::get("/p")
        .header("host", "h")
        .header("x-ms-date", headers.date())
        .header("x-ms-content-sha256", headers.content_hash())
        .header("authorization", headers.authorization())
        .body("")
        .unwrap();
    let other = Verifier::new(AccessKey::from_base64("b3RoZXI=").unwrap()).with_clock(clock.shared());
    check.error(&other.verify(&request).unwrap_err());
    let mut changed = request.clone();
    *changed.uri_mut() = "/q".parse().unwrap();
    check.error(&other.verify(&changed).unwrap_err());
    // Nor when the mistake is known.
    *changed.uri_mut() = "/p?q".parse().unwrap();
    let verifier = Verifier::new(AccessKey::from_base64(&base64_key()).unwrap()).with_clock(clock.shared());
    let refusal = verifier.verify(&changed).unwrap_err();
    assert!(refusal.to_string().contains("query was not signed"), "{refusal}");
    check.error(&refusal);
}

#[test]
fn no_refusal_shows_what_stood_in_the_authorization_header() {
    let check = LeakCheck::new([PLANTED]);
    let verifier = Verifier::new(AccessKey::from_base64("b3RoZXI=").unwrap());
    for value in [
        PLANTED.to_owned(),
        format!("Bearer {PLANTED}"),
        format!("HMAC-SHA256 {PLANTED}"),
        format!("HMAC-SHA256 Credential={PLANTED}&SignedHeaders=x-ms-date"),
        format!("HMAC-SHA256 SignedHeaders={PLANTED}&Signature={PLANTED}"),
        format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={PLANTED}"),
    ] {
        let request = Request::get("/p").header("host", "h").header("authorization", value).body("").unwrap();
        check.error(&verifier.verify(&request).unwrap_err());
    }
}

#[test]
fn no_error_of_signing_shows_the_address() {
    let check = LeakCheck::new([PLANTED]);
    let signer = Signer::new(AccessKey::from_base64(&base64_key()).unwrap()).unwrap();
    for uri in [
        format!("https://user:{PLANTED}@h/p"),
        format!("http://{PLANTED}.example/p"),
        format!("ftp://localhost/{PLANTED}"),
        format!("/{PLANTED}"),
    ] {
        let mut request = Request::get(uri).body("").unwrap();
        check.error(&signer.sign(&mut request).unwrap_err());
    }
}
