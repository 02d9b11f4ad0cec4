//! The faults that are switched on, and what they do to answers.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, to_bytes};
use axum::response::Response;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::body::Frame;

use crate::fault::{Damage, Fault};
use crate::request_matcher::RequestMatcher;

/// The faults that are switched on, in the order in which they were.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<(RequestMatcher, Fault)>>);

impl Faults {
    pub(crate) fn add(&self, matcher: RequestMatcher, fault: Fault) {
        self.lock().push((matcher, fault));
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// Returns the faults that can still happen, in order.
    pub(crate) fn all(&self) -> Vec<(RequestMatcher, Fault)> {
        self.lock().iter().filter(|(_, fault)| fault.times != Some(0)).cloned().collect()
    }

    /// Returns the first fault that is meant for the request, and counts it.
    pub(crate) fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut faults = self.lock();
        faults.retain(|(_, fault)| fault.times != Some(0));
        let (_, fault) = faults.iter_mut().find(|(matcher, _)| matcher.matches(method, path))?;
        let found = fault.clone();
        fault.times = fault.times.map(|times| times.saturating_sub(1));
        Some(found)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(RequestMatcher, Fault)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Damage {
    /// Does to the answer what was asked for.
    pub(crate) async fn apply(&self, response: Response) -> Response {
        match self {
            Self::Nothing
            | Self::Status { .. }
            | Self::Html
            | Self::InsufficientClaims
            | Self::ClockSkew(_) => response,
            Self::ConnectionReset => {
                let mut response = response;
                response.extensions_mut().insert(ConnectionReset);
                response
            }
            Self::WrongContentType => {
                let mut response = response;
                response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
                response
            }
            Self::MalformedJson => {
                let (parts, half, _) = halve(response).await;
                let half = if half.is_empty() { Bytes::from_static(b"{") } else { half };
                Response::from_parts(parts, Body::from(half))
            }
            Self::TruncatedBody => {
                let (mut parts, half, length) = halve(response).await;
                parts.headers.insert(CONTENT_LENGTH, length.max(1).into());
                Response::from_parts(parts, Body::new(CutBody { half: Some(half), has_waited: false }))
            }
        }
    }
}

/// Takes the body apart: its first half, and the length of the whole.
async fn halve(response: Response) -> (http::response::Parts, Bytes, usize) {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    // Answers are made of bytes in memory, so there is no error to look at.
    let mut half = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let length = half.len();
    half.truncate(length / 2);
    (parts, half, length)
}

/// Marks an answer that is not to be sent: the server ends the exchange instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionReset;

impl fmt::Display for ConnectionReset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault that was asked for ended the exchange")
    }
}

impl Error for ConnectionReset {}

/// A body that breaks off.
struct CutBody {
    half: Option<Bytes>,
    has_waited: bool,
}

impl hyper::body::Body for CutBody {
    type Data = Bytes;
    type Error = ConnectionReset;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ConnectionReset>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if self.has_waited {
            return Poll::Ready(Some(Err(ConnectionReset)));
        }
        // Between the two, hyper sends what it has.
        self.has_waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn faults_are_taken_in_order_and_used_up() {
        let faults = Faults::default();
        let (gone, busy) = (Fault::status(StatusCode::GONE).times(2), Fault::too_many_requests(1).always());
        faults.add("/never".into(), Fault::html());
        faults.add("POST /sms".into(), Fault::html().times(0));
        faults.add("POST /sms".into(), gone);
        faults.add("/sms".into(), busy);
        let taken: Vec<String> =
            (0..4).filter_map(|_| faults.take("POST", "/sms")).map(|fault| fault.to_string()).collect();
        assert_eq!(
            taken,
            ["status 410", "status 410", "status 429, Retry-After 1 s", "status 429, Retry-After 1 s"]
        );
        assert!(faults.take("GET", "/rooms").is_none());
        faults.clear();
        assert!(faults.take("POST", "/sms").is_none());
    }
}
