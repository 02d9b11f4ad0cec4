//! The page at `/`, for people.

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use crate::answer::{Answer, set_header};
use crate::services::SharedServices;
use crate::verdict::Verdict;

const HTML: &str = include_str!("dashboard/dashboard.html");
const STYLE: &str = include_str!("dashboard/dashboard.css");
const SCRIPT: &str = include_str!("dashboard/dashboard.js");

pub(crate) fn routes() -> Router<SharedServices> {
    Router::new()
        .route("/", get(|| async { file("text/html; charset=utf-8", HTML) }))
        .route("/_emulator/dashboard.css", get(|| async { file("text/css; charset=utf-8", STYLE) }))
        .route("/_emulator/dashboard.js", get(|| async { file("text/javascript; charset=utf-8", SCRIPT) }))
}

pub(crate) fn is_part_of(path: &str) -> bool {
    path == "/"
}

/// Everything comes from here and goes to here: what the page shows was sent by anybody.
fn file(content_type: &'static str, text: &'static str) -> Answer {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
        img-src data:;         base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = StatusCode::OK;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    set_header(&mut response, "cache-control", "no-store");
    set_header(&mut response, "x-content-type-options", "nosniff");
    set_header(&mut response, "referrer-policy", "no-referrer");
    set_header(&mut response, "content-security-policy", POLICY);
    Answer::granted(Verdict::of("emulator"), response)
}
