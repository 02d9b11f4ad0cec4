//! Retries, over a script and with fake time.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AuthorizeRequest, CredentialError, CredentialErrorKind, NetworkFailure, SendOnce, Transport,
};
use credential_http::{RetryPolicy, RetryTransport};
use credential_testkit::{FakeClock, FakeSleep, ScriptedTransport, SequenceRandom, wire};
use http::Request;

struct Setup {
    script: ScriptedTransport,
    sleep: FakeSleep,
    transport: RetryTransport<ScriptedTransport>,
}

fn setup(script: ScriptedTransport) -> Setup {
    let clock = FakeClock::at(1_000_000);
    let sleep = FakeSleep::on(&clock);
    let transport = RetryTransport::new(script.clone())
        .with_clock(clock.shared())
        .with_sleep(sleep.shared())
        .with_random(std::sync::Arc::new(SequenceRandom::default()));
    Setup { script, sleep, transport }
}

fn request() -> Request<Bytes> {
    Request::post("https://host/path?q=1").body(Bytes::from_static(b"body")).unwrap()
}

/// Signs with the number of the call.
#[derive(Debug, Default)]
struct Counting(AtomicU32);

#[async_trait]
impl AuthorizeRequest for Counting {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        assert!(
            !request.headers().contains_key("authorization"),
            "every attempt starts from the bare request"
        );
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        if number == 2 {
            return Err(CredentialError::new(CredentialErrorKind::Unavailable, "no third signature", "stop"));
        }
        request.headers_mut().insert("authorization", number.to_string().parse().unwrap());
        Ok(())
    }
}

#[tokio::test]
async fn attempts_are_alike_but_for_their_authorization() {
    let script = ScriptedTransport::new().then(500, &[], "").then(200, &[], "done");
    let setup = setup(script);
    let response = setup.transport.send_authorized(request(), &Counting::default()).await.unwrap();
    assert_eq!(response.body(), "done");
    insta::assert_snapshot!(setup.script.wire());
}

#[tokio::test]
async fn an_authorizer_that_fails_ends_it() {
    let setup = setup(ScriptedTransport::new().then(500, &[], "").then_unreachable());
    let error = setup.transport.send_authorized(request(), &Counting::default()).await.unwrap_err();
    assert_eq!(error.problem(), "no third signature");
    assert_eq!(setup.sleep.slept().len(), 2);
}

#[tokio::test]
async fn the_service_decides_the_wait() {
    let script = ScriptedTransport::new()
        .then(429, &[("retry-after", "7")], "")
        .then(503, &[("retry-after", "Mon, 12 Jan 1970 13:46:57 GMT")], "")
        .then(429, &[("x-ms-retry-after-ms", "1500")], "")
        .then(200, &[], "");
    let setup = setup(script);
    assert_eq!(setup.transport.send(request()).await.unwrap().status(), 200);
    // The date is ten seconds after the time that the first wait leaves.
    let waits: Vec<_> = setup.sleep.slept().iter().map(Duration::as_millis).collect();
    assert_eq!(waits, [7_000, 10_000, 1_500]);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_left_to_the_caller() {
    let setup = setup(ScriptedTransport::new().then(429, &[("retry-after", "3600")], "limits"));
    let response = setup.transport.send(request()).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"3600".parse().unwrap())
    );
    assert_eq!(response.body(), "limits");
    assert!(setup.sleep.slept().is_empty());
}

#[tokio::test]
async fn the_last_outcome_is_returned_as_it_is() {
    let four = (500..504).fold(ScriptedTransport::new(), |script, status| {
        script.then(if status == 501 { 500 } else { status }, &[], "")
    });
    let setup = setup(four);
    assert_eq!(setup.transport.send(request()).await.unwrap().status(), 503);
    assert_eq!(setup.sleep.slept().len(), 3);
}

#[tokio::test]
async fn refusals_are_not_repeated() {
    for status in [400, 401, 403, 404, 409, 410, 422, 501] {
        let setup = setup(ScriptedTransport::new().then(status, &[("retry-after", "1")], ""));
        assert_eq!(setup.transport.send(request()).await.unwrap().status(), status);
        assert!(setup.sleep.slept().is_empty(), "{status}");
    }
}

/// A code is spent by the first request that arrives, whatever becomes of the answer.
#[tokio::test]
async fn what_must_not_be_sent_twice_is_not() {
    let once = || {
        let mut request = request();
        SendOnce::set(&mut request);
        request
    };
    for status in [408, 500, 502, 503, 504] {
        let setup = setup(ScriptedTransport::new().then(status, &[("retry-after", "1")], ""));
        assert_eq!(setup.transport.send(once()).await.unwrap().status(), status);
    }
    let failing = |failure| {
        let error = CredentialError::new(CredentialErrorKind::Unreachable, "no answer", "wait");
        ScriptedTransport::new().then_result(Err(error.with_network_failure(failure)))
    };
    for failure in [NetworkFailure::Timeout, NetworkFailure::Interrupted, NetworkFailure::Tls] {
        assert!(setup(failing(failure)).transport.send(once()).await.is_err());
    }
    for script in [
        failing(NetworkFailure::Dns),
        failing(NetworkFailure::Connect),
        ScriptedTransport::new().then(429, &[("retry-after", "1")], ""),
    ] {
        let setup = setup(script.then(200, &[], ""));
        let response = setup.transport.send_authorized(once(), &Counting::default()).await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(!wire(&setup.script.requests()[0]).to_lowercase().contains("once"));
    }
}

#[tokio::test]
async fn throttling_can_be_left_to_the_caller() {
    let setup = setup(ScriptedTransport::new().then(429, &[("retry-after", "1")], "limits"));
    let transport = setup.transport.with_policy(RetryPolicy::default().with_retry_when_throttled(false));
    let response = transport.send(request()).await.unwrap();
    assert_eq!((response.status().as_u16(), response.body().as_ref()), (429, &b"limits"[..]));
    assert!(setup.sleep.slept().is_empty());
}

#[tokio::test]
async fn time_runs_out() {
    let busy = |script: ScriptedTransport| script.then(429, &[("retry-after", "25")], "");
    let setup = setup(busy(busy(busy(ScriptedTransport::new()))));
    let transport = setup.transport.with_policy(RetryPolicy::default().with_max_attempts(100));
    assert_eq!(transport.send(request()).await.unwrap().status(), 429);
    assert_eq!(setup.sleep.slept().len(), 2, "a third wait would end after 75 of 60 seconds");
}

#[tokio::test]
async fn request_ids_differ_between_requests_and_yield_to_the_callers() {
    let script = ScriptedTransport::new().then(200, &[], "").then(200, &[], "").then(200, &[], "");
    let setup = setup(script);
    setup.transport.send(request()).await.unwrap();
    setup.transport.send(request()).await.unwrap();
    let mut own = request();
    own.headers_mut().insert("x-ms-client-request-id", "own".parse().unwrap());
    setup.transport.send(own).await.unwrap();
    let ids: Vec<_> =
        setup.script.requests().iter().map(|sent| sent.headers()["x-ms-client-request-id"].clone()).collect();
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[2], "own");
    assert!(wire(&setup.script.requests()[0]).ends_with("body"));
}
