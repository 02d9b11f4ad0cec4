//! A transport with prepared answers.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Transport};
use http::{Request, Response};

/// Gives prepared answers in order and keeps the requests. A request too many fails the test, and so does a prepared
/// answer that nobody asked for, when the last clone is dropped.
#[derive(Clone, Debug, Default)]
pub struct ScriptedTransport(Arc<Mutex<Script>>);

type Answer = Result<Response<Bytes>, CredentialError>;

#[derive(Debug, Default)]
struct Script {
    answers: VecDeque<Answer>,
    requests: Vec<Request<Bytes>>,
}

impl ScriptedTransport {
    /// Starts without answers: any request fails the test.
    pub fn new() -> Self {
        Self::default()
    }

    /// Prepares an answer.
    #[must_use]
    #[track_caller]
    #[expect(clippy::expect_used, reason = "a bad literal in a test should stop the test")]
    pub fn then(self, status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Self {
        let builder = headers
            .iter()
            .fold(Response::builder().status(status), |b, (name, value)| b.header(*name, *value));
        let response = builder.body(body.into()).expect("a status and headers that http accepts");
        self.then_result(Ok(response))
    }

    /// Prepares an answer of status 200 with a JSON body.
    #[must_use]
    #[track_caller]
    pub fn then_json(self, body: &str) -> Self {
        self.then(200, &[("content-type", "application/json")], body.to_owned())
    }

    /// Prepares a failure or a whole response.
    #[must_use]
    pub fn then_result(self, answer: Answer) -> Self {
        self.lock().answers.push_back(answer);
        self
    }

    /// Prepares "no answer at all".
    #[must_use]
    pub fn then_unreachable(self) -> Self {
        self.then_result(Err(CredentialError::new(
            CredentialErrorKind::Unreachable,
            "the scripted host does not answer",
            "expect this in the test",
        )))
    }

    /// Returns the requests so far.
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.lock().requests.clone()
    }

    /// Returns the requests so far as [`wire`] text, for snapshots.
    pub fn wire(&self) -> String {
        self.requests().iter().map(wire).collect::<Vec<_>>().join("\n---\n")
    }

    /// Returns the transport behind the pointer that builders take.
    pub fn shared(&self) -> Arc<dyn Transport> {
        Arc::new(self.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.answers.is_empty(), "{} prepared answers were never asked for", self.answers.len());
        }
    }
}

#[async_trait]
impl Transport for ScriptedTransport {
    #[expect(clippy::panic, reason = "a request that the test did not foresee should stop the test")]
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        let mut script = self.lock();
        let text = wire(&request);
        script.requests.push(request);
        let answer = script.answers.pop_front();
        drop(script);
        answer.unwrap_or_else(|| panic!("no answer was prepared for this request:\n{text}"))
    }
}

/// Shows a request as it would stand on the wire: secrets included, so for tests only. Headers keep their order.
pub fn wire(request: &Request<Bytes>) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        let mark = if value.is_sensitive() { "  (sensitive)" } else { "" };
        // Writing to a String does not fail.
        let _infallible = writeln!(text, "{name}: {}{mark}", String::from_utf8_lossy(value.as_bytes()));
    }
    if !request.body().is_empty() {
        let _infallible = write!(text, "\n{}", String::from_utf8_lossy(request.body()));
    }
    text
}
