//! The middleware for reqwest, over TLS against the emulator.

use acs_hmac::{ContentHash, Resigner, Signer, SigningMiddleware};
use credential::{AccessKey, CredentialError, CredentialErrorKind};
use credential_emulator::Emulator;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error};

use crate::mending::{WRONG, Wrong, reqwest_client, users};

fn client(emulator: &Emulator, resigner: Resigner) -> ClientWithMiddleware {
    ClientBuilder::new(reqwest_client(emulator)).with(SigningMiddleware::new(resigner)).build()
}

const BODY: &str = r#"{"createTokenWithScopes":["chat"]}"#;

#[tokio::test]
async fn clocks_and_keys_are_mended_and_what_helped_is_remembered() {
    let emulator = Emulator::start().await.unwrap();
    for wrong in Wrong::ALL {
        let before = emulator.requests().len();
        let client = client(&emulator, wrong.resigner(&emulator));
        for _ in 0..2 {
            let response = client.post(users(&emulator)).body(BODY).send().await.unwrap();
            assert_eq!(response.status() == 201, wrong != Wrong::BothKeys, "{wrong:?}");
        }
        wrong.check(&emulator, before);
    }
}

fn stream() -> reqwest::Body {
    // A body that reqwest cannot look into or send again.
    let body = http_body_util::Full::new(bytes::Bytes::from_static(BODY.as_bytes()));
    reqwest::Body::wrap(body)
}

#[tokio::test]
async fn a_stream_is_signed_with_its_hash_and_sent_once() {
    let emulator = Emulator::start().await.unwrap();
    let right = client(&emulator, Wrong::Nothing.resigner(&emulator));
    let request = || right.post(users(&emulator)).body(stream());
    let response = request().with_extension(ContentHash::of(BODY.as_bytes())).send().await.unwrap();
    assert_eq!(response.status(), 201);

    let error = request().send().await.unwrap_err();
    let Error::Middleware(error) = error else { panic!("{error}") };
    let error = error.downcast_ref::<CredentialError>().unwrap();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
    assert_eq!(emulator.requests().len(), 1, "and nothing was sent");

    let late = client(&emulator, Wrong::ClockBehind.resigner(&emulator));
    let request = late.post(users(&emulator)).body(stream());
    let response = request.with_extension(ContentHash::of(BODY.as_bytes())).send().await.unwrap();
    assert_eq!((response.status().as_u16(), emulator.requests().len()), (401, 2));
}

#[tokio::test]
async fn what_cannot_be_signed_is_not_sent() {
    let emulator = Emulator::start().await.unwrap();
    let resigner = Resigner::new(Signer::new(AccessKey::from_base64(WRONG).unwrap()).unwrap());
    let client = client(&emulator, resigner);
    let error = client.get("http://contoso.example/").send().await.unwrap_err();
    assert!(error.to_string().contains("not https"), "{error}");
}
