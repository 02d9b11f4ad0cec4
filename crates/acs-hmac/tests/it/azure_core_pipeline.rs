//! The policy in a real pipeline of `azure_core`, over TLS against the emulator.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acs_hmac::{Resigner, Signer, SigningPolicy, Verifier};
use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::policies::Policy;
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, Context, HttpClient, Method, Pipeline, Request, RetryOptions,
    StatusCode, Transport,
};
use azure_core::stream::{BytesStream, SeekableStream};
use credential::{AccessKey, CredentialError, CredentialErrorKind};
use credential_emulator::Emulator;
use credential_testkit::FakeClock;

use crate::mending::{Wrong, reqwest_client, users};

const BODY: &str = r#"{"createTokenWithScopes":["chat"]}"#;

fn pipeline(client: Arc<dyn HttpClient>, resigner: Resigner) -> Pipeline {
    let options = ClientOptions {
        per_try_policies: vec![Arc::new(SigningPolicy::new(resigner)) as Arc<dyn Policy>],
        retry: RetryOptions::none(),
        transport: Some(Transport::new(client)),
        ..Default::default()
    };
    Pipeline::new(Some("tests"), Some("0"), options, Vec::new(), Vec::new(), None)
}

/// Sends it, and returns the status even where `azure_core` makes an error of it.
async fn status(pipeline: &Pipeline, request: &mut Request) -> azure_core::Result<u16> {
    match pipeline.send(&Context::new(), request, None).await {
        Ok(response) => Ok(response.status().into()),
        Err(error) => error.http_status().map(u16::from).ok_or(error),
    }
}

/// A stream of which somebody has read a byte.
fn begun_stream() -> Box<dyn SeekableStream> {
    let mut stream: Box<dyn SeekableStream> = Box::new(BytesStream::new(BODY));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(Pin::new(&mut *stream).poll_read(&mut context, &mut [0]).is_ready());
    stream
}

#[tokio::test]
async fn clocks_and_keys_are_mended_and_what_helped_is_remembered() {
    let emulator = Emulator::start().await.unwrap();
    for wrong in Wrong::ALL {
        let before = emulator.requests().len();
        let pipeline = pipeline(Arc::new(reqwest_client(&emulator)), wrong.resigner(&emulator));
        for streamed in [false, true] {
            let mut request = Request::new(users(&emulator).parse().unwrap(), Method::Post);
            request.insert_header("content-type", "application/json");
            request.set_body(BODY);
            if streamed {
                request.set_body(Body::SeekableStream(begun_stream()));
            }
            let status = status(&pipeline, &mut request).await.unwrap();
            assert_eq!(status == 201, wrong != Wrong::BothKeys, "{wrong:?}");
        }
        wrong.check(&emulator, before);
    }
}

/// Answers 503 twice, then 200, while time passes.
#[derive(Debug)]
struct Busy {
    clock: FakeClock,
    verifier: Verifier,
    dates: Mutex<Vec<String>>,
}

#[async_trait]
impl HttpClient for Busy {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let mut received = http::Request::post(request.url().as_str());
        for (name, value) in request.headers().iter() {
            received = received.header(name.as_str(), value.as_str());
        }
        self.verifier.verify(&received.body(BODY).unwrap()).unwrap();
        let date = request.headers().get_str(&"x-ms-date".into()).unwrap().to_owned();
        let mut dates = self.dates.lock().unwrap();
        dates.push(date);
        self.clock.advance(Duration::from_secs(400));
        let status = if dates.len() < 3 { StatusCode::ServiceUnavailable } else { StatusCode::Ok };
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), ""))
    }
}

#[tokio::test]
async fn the_pipelines_own_retries_are_signed_anew() {
    let clock = FakeClock::at(1_704_164_645);
    let ring = AccessKey::from_base64("pw==").unwrap();
    let verifier = Verifier::new(ring.clone()).with_clock(clock.shared());
    let client = Arc::new(Busy { clock: clock.clone(), verifier, dates: Mutex::default() });
    let signer = Signer::new(ring).unwrap().with_clock(clock.shared());
    let retry =
        azure_core::http::FixedRetryOptions { delay: azure_core::time::Duration::ZERO, ..Default::default() };
    let options = ClientOptions {
        per_try_policies: vec![Arc::new(SigningPolicy::new(Resigner::new(signer))) as Arc<dyn Policy>],
        retry: RetryOptions::fixed(retry),
        transport: Some(Transport::new(client.clone())),
        ..Default::default()
    };
    let pipeline = Pipeline::new(None, None, options, Vec::new(), Vec::new(), None);
    let mut request = Request::new("https://h/p".parse().unwrap(), Method::Post);
    request.set_body(BODY);
    assert_eq!(status(&pipeline, &mut request).await.unwrap(), 200);
    let dates = client.dates.lock().unwrap().clone();
    assert_eq!(dates.len(), 3);
    assert!(dates[0] != dates[1] && dates[1] != dates[2], "{dates:?}");
}

#[tokio::test]
async fn what_cannot_be_signed_is_not_sent_and_our_error_is_inside() {
    let emulator = Emulator::start().await.unwrap();
    let pipeline = pipeline(Arc::new(reqwest_client(&emulator)), Wrong::Nothing.resigner(&emulator));
    let mut request = Request::new("http://contoso.example/p".parse().unwrap(), Method::Get);
    let error = status(&pipeline, &mut request).await.unwrap_err();
    let ours = error.downcast_ref::<CredentialError>().unwrap();
    assert_eq!(ours.kind(), CredentialErrorKind::InvalidRequest);
    assert!(request.headers().get_optional_str(&"authorization".into()).is_none());
}
