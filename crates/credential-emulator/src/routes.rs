//! Which service answers which path, and the log of all.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use credential::Clock;
use http::StatusCode;
use serde_json::json;

use crate::answer::{self, Answer};
use crate::origins::Scheme;
use crate::received::Received;
use crate::request_log::RequestRecord;
use crate::services::SharedServices;
use crate::verdict::Verdict;
use crate::{communication, entra, media, mixed_reality};

/// Says why a request was refused.
const REASON: &str = "x-emulator-reason";

/// No request of these services is larger; attachments of e-mails come closest.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

const SERVED: [&str; 16] = [
    "GET /healthz",
    "POST /{tenant}/oauth2/v2.0/token",
    "POST /{tenant}/oauth2/token",
    "GET /{tenant}/v2.0/.well-known/openid-configuration",
    "GET /{tenant}/.well-known/openid-configuration",
    "GET /{tenant}/discovery/v2.0/keys",
    "GET /common/discovery/instance",
    "GET /Accounts/{account}/token",
    "POST /identities",
    "DELETE /identities/{id}",
    "POST /identities/{id}/:issueAccessToken",
    "POST /identities/{id}/:revokeAccessTokens",
    "GET /api/",
    "GET, POST /api/Assets",
    "GET /api/MediaProcessors",
    "GET /subscriptions/{id}/resourceGroups/{name}/providers/Microsoft.Media/mediaServices/{account}[/assets]",
];

/// One of the two ways in.
#[derive(Clone, Debug)]
struct Door {
    services: SharedServices,
    scheme: Scheme,
}

/// Makes the router for one way in.
pub(crate) fn router(services: SharedServices, scheme: Scheme) -> Router {
    let door = Door { services: services.clone(), scheme };
    Router::new()
        .route("/healthz", get(healthz))
        .merge(entra::routes())
        .merge(mixed_reality::routes())
        .merge(communication::routes())
        .merge(media::routes())
        .fallback(unknown_route)
        .method_not_allowed_fallback(unknown_method)
        .with_state(services)
        .layer(from_fn_with_state(door, record))
}

async fn healthz() -> Answer {
    Answer::granted(Verdict::of("emulator"), answer::json(StatusCode::OK, &json!({ "status": "ok" })))
}

async fn unknown_route(received: Received) -> Answer {
    not_served(StatusCode::NOT_FOUND, format!("route: nothing is served at {}", received.uri().path()))
}

async fn unknown_method(received: Received) -> Answer {
    let reason = format!("method: {} is not served at {}", received.method(), received.uri().path());
    not_served(StatusCode::METHOD_NOT_ALLOWED, reason)
}

fn not_served(status: StatusCode, reason: String) -> Answer {
    let code = if status == StatusCode::NOT_FOUND { "RouteNotServed" } else { "MethodNotServed" };
    let body = json!({ "error": { "code": code, "message": reason }, "served": SERVED });
    Answer::refused(Verdict::of("emulator"), reason, answer::json(status, &body))
}

/// Reads the whole request, has it answered, and keeps what was found.
async fn record(State(door): State<Door>, request: Request, next: Next) -> Response {
    let received_at = door.services.clock.now();
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await;
    let received =
        Received::new(as_received(&parts, body.as_ref().cloned().unwrap_or_default()), door.scheme);

    let mut response = if body.is_ok() {
        let mut request = Request::from_parts(parts, Body::empty());
        request.extensions_mut().insert(received.clone());
        next.run(request).await
    } else {
        let reason = format!("body: it broke off, or is longer than {MAX_BODY_BYTES} bytes");
        not_served(StatusCode::PAYLOAD_TOO_LARGE, reason).into_response()
    };
    // Not the machine's date, which hyper would write: clients learn the skew of their clocks from it.
    answer::set_header(&mut response, "date", &httpdate::fmt_http_date(received_at));
    let verdict = response.extensions_mut().remove::<Verdict>().unwrap_or_else(undecodable);
    if let Some(reason) = &verdict.refusal {
        answer::set_header(&mut response, REASON, reason);
    }
    let record = RequestRecord::new(received_at, &received, response.status().as_u16(), verdict);
    tracing::info!(
        service = %record.service,
        status = record.status,
        refusal = record.refusal.as_deref(),
        "{} {}", record.method, record.path,
    );
    door.services.log.push(record);
    response
}

/// No service saw the request: its path could not be taken apart.
fn undecodable() -> Verdict {
    let refusal = Some("path: it is not UTF-8 once percent-decoded".to_owned());
    Verdict { refusal, ..Verdict::of("emulator") }
}

fn as_received(parts: &http::request::Parts, body: Bytes) -> http::Request<Bytes> {
    let mut request = http::Request::new(body);
    request.method_mut().clone_from(&parts.method);
    request.uri_mut().clone_from(&parts.uri);
    *request.version_mut() = parts.version;
    request.headers_mut().clone_from(&parts.headers);
    request
}
