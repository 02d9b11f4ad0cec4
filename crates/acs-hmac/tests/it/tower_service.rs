//! The layer for tower, over TLS against the emulator.

use std::time::Duration;

use acs_hmac::{ContentHash, Resigner, SignableBody, Signer, SigningLayer};
use bytes::Bytes;
use credential::{AccessKey, CredentialError, CredentialErrorKind};
use credential_emulator::Emulator;
use credential_testkit::FakeClock;
use http::{Request, Response, StatusCode};
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::mending::{Wrong, reqwest_client, users};

type Answer = Result<Response<()>, reqwest::Error>;

async fn over_reqwest(client: reqwest::Client, request: Request<Bytes>) -> Answer {
    let response = client.execute(request.try_into()?).await?;
    let mut answer = Response::new(());
    *answer.status_mut() = response.status();
    *answer.headers_mut() = response.headers().clone();
    Ok(answer)
}

#[tokio::test]
async fn clocks_and_keys_are_mended_and_what_helped_is_remembered() {
    let emulator = Emulator::start().await.unwrap();
    for wrong in Wrong::ALL {
        let before = emulator.requests().len();
        let client = reqwest_client(&emulator);
        let client = service_fn(move |request| over_reqwest(client.clone(), request));
        let mut service = SigningLayer::new(wrong.resigner(&emulator)).layer(client);
        for _ in 0..2 {
            let request = Request::post(users(&emulator)).body(Bytes::new()).unwrap();
            let response = service.ready().await.unwrap().call(request).await.unwrap();
            assert_eq!(response.status() == 201, wrong != Wrong::BothKeys, "{wrong:?}");
        }
        wrong.check(&emulator, before);
    }
}

/// A body that can be sent once only.
struct Stream(Bytes);

impl SignableBody for Stream {
    fn content_hash(&self) -> Option<ContentHash> {
        None
    }

    fn replay(&self) -> Option<Self> {
        None
    }
}

#[tokio::test]
async fn a_stream_is_signed_with_its_hash_and_sent_once() {
    let emulator = Emulator::start().await.unwrap();
    let client = reqwest_client(&emulator);
    let client = service_fn(move |request: Request<Stream>| {
        let (parts, body) = request.into_parts();
        over_reqwest(client.clone(), Request::from_parts(parts, body.0))
    });
    let request = || Request::post(users(&emulator)).body(Stream(Bytes::from_static(b"{}"))).unwrap();
    let hashed = || {
        let mut request = request();
        request.extensions_mut().insert(ContentHash::of(b"{}"));
        request
    };
    let right = SigningLayer::new(Wrong::Nothing.resigner(&emulator)).layer(client.clone());
    assert_eq!(right.clone().oneshot(hashed()).await.unwrap().status(), 201);
    let error = right.oneshot(request()).await.unwrap_err();
    let error = error.downcast_ref::<CredentialError>().unwrap();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
    let late = SigningLayer::new(Wrong::ClockBehind.resigner(&emulator)).layer(client);
    assert_eq!(late.oneshot(hashed()).await.unwrap().status(), 401);
    assert_eq!(emulator.requests().len(), 2);
}

#[tokio::test]
async fn each_retry_from_outside_carries_a_fresh_date() {
    let clock = FakeClock::at(1_704_164_645);
    let signer = Signer::new(AccessKey::from_base64("pw==").unwrap()).unwrap().with_clock(clock.shared());
    let echo = service_fn(|request: Request<&'static str>| async move {
        let (parts, _) = request.into_parts();
        let mut response = Response::new(parts.headers);
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        Ok::<_, std::io::Error>(response)
    });
    let mut service = SigningLayer::new(Resigner::new(signer)).layer(echo);
    let mut dates = Vec::new();
    for _ in 0..2 {
        let request = Request::get("https://h/p").body("").unwrap();
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        dates.push(response.body()["x-ms-date"].clone());
        clock.advance(Duration::from_secs(400));
    }
    assert_eq!(dates, ["Tue, 02 Jan 2024 03:04:05 GMT", "Tue, 02 Jan 2024 03:10:45 GMT"]);
}
