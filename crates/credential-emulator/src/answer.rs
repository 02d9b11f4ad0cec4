//! A service's answer, with its verdict.

use axum::body::Body;
use axum::response::IntoResponse;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::verdict::Verdict;

/// A service's answer, with its verdict for the request log.
#[derive(Debug)]
pub(crate) struct Answer {
    response: Response<Bytes>,
    verdict: Verdict,
}

impl Answer {
    /// An answer to a request that was found right.
    pub(crate) fn granted(verdict: Verdict, response: Response<Bytes>) -> Self {
        Self { response, verdict }
    }

    /// An answer to a request that was refused, for this reason.
    pub(crate) fn refused(mut verdict: Verdict, reason: String, mut response: Response<Bytes>) -> Self {
        if let Some(challenge) = &verdict.challenge {
            set_header(&mut response, "www-authenticate", challenge);
        }
        verdict.refusal = Some(reason.chars().take(LONGEST_TEXT).collect());
        Self { response, verdict }
    }

    pub(crate) fn map_response(mut self, change: impl FnOnce(&mut Response<Bytes>)) -> Self {
        change(&mut self.response);
        self
    }
}

/// The middleware takes the verdict out again, before the response leaves.
impl IntoResponse for Answer {
    fn into_response(self) -> axum::response::Response {
        let mut response = self.response.map(Body::from);
        response.extensions_mut().insert(self.verdict);
        response
    }
}

/// Makes a response with a JSON body.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    // Bodies are made of strings, numbers, lists and maps with text keys, which always serialize.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let value = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, value);
    response
}

/// Makes a response without a body.
pub(crate) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// Names and reasons come from requests, which may be as long as they like; what is kept and answered is not.
pub(crate) const LONGEST_TEXT: usize = 4_096;

/// Sets a header. Characters that cannot stand in one become question marks, and long texts are cut.
pub(crate) fn set_header<B>(response: &mut Response<B>, name: &'static str, value: &str) {
    let printable = |c| if matches!(c, ' '..='~') { c } else { '?' };
    let printable: String = value.chars().map(printable).take(LONGEST_TEXT).collect();
    if let Ok(value) = HeaderValue::from_str(&printable) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}
