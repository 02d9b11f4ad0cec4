//! Which service answers which path, and the log of all.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use credential::{Clock, Sleep};
use http::StatusCode;
use serde_json::json;

use crate::answer::{self, Answer};
use crate::clock::Skew;
use crate::fault::{Damage, Fault};
use crate::origins::Scheme;
use crate::received::Received;
use crate::request_log::RequestRecord;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;
use crate::{communication, control_api, dashboard, entra, media, mixed_reality};

/// Says why a request was refused.
const REASON: &str = "x-emulator-reason";

/// Says what went wrong because it was asked for.
const FAULT: &str = "x-emulator-fault";

/// No request of these services is larger; attachments of e-mails come closest.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

const SERVED: &[&str] = &[
    "GET /",
    "GET /healthz",
    "GET /_emulator/state",
    "POST /_emulator/{device-sign-ins/{code}/approve, .../deny, faults, reset, advance, revoke-sessions, demand-interaction, rotate-signing-key, forge}",
    "DELETE /_emulator/faults",
    "POST /{tenant}/oauth2/v2.0/token",
    "POST /{tenant}/oauth2/token",
    "GET, POST /{tenant}/oauth2/v2.0/authorize",
    "GET, POST /{tenant}/oauth2/authorize",
    "POST /{tenant}/oauth2/v2.0/devicecode",
    "POST /{tenant}/oauth2/devicecode",
    "GET, POST /devicelogin",
    "GET, POST /{tenant}/oauth2/v2.0/logout",
    "GET, POST /{tenant}/oauth2/logout",
    "GET /metadata/identity/oauth2/token",
    "GET /msi/token",
    "GET /{tenant}/v2.0/.well-known/openid-configuration",
    "GET /{tenant}/.well-known/openid-configuration",
    "GET /{tenant}/discovery/v2.0/keys",
    "GET /federated-issuer/.well-known/openid-configuration",
    "GET /federated-issuer/token",
    "GET /common/discovery/instance",
    "GET /common/userrealm/{user}",
    "GET /Accounts/{account}/token",
    "GET /accounts/{account}/sessions",
    "GET, PUT, PATCH /accounts/{account}/sessions/{session}",
    "POST /accounts/{account}/sessions/{session}/:stop",
    "POST /identities",
    "GET, DELETE /identities/{id}",
    "POST /identities/{id}/:issueAccessToken",
    "POST /identities/{id}/:revokeAccessTokens",
    "POST /teamsUser/:exchangeAccessToken",
    "POST /access/entra/:exchangeAccessToken",
    "POST /access/teamsExtension/:exchangeAccessToken",
    "GET, PUT, DELETE /access/teamsExtension/tenants/{tenant}/assignments/{object}",
    "GET, PATCH /access/entra/assignments",
    "GET, PUT, DELETE /access/entra/assignments/{object}",
    "POST /sms",
    "POST /sms/optouts:add, :remove, :check",
    "POST /emails:send",
    "GET /emails/operations/{id}",
    "GET /phoneNumbers",
    "GET /phoneNumbers/{number}",
    "POST /availablePhoneNumbers/countries/{country}/:search",
    "GET /phoneNumbers/operations/{id}",
    "GET /availablePhoneNumbers/searchResults/{id}",
    "GET, POST /rooms",
    "GET, PATCH, DELETE /rooms/{id}",
    "GET, PATCH /rooms/{id}/participants",
    "GET, POST /chat/threads",
    "GET, DELETE /chat/threads/{id}",
    "GET, POST /chat/threads/{id}/messages",
    "GET /chat/threads/{id}/messages/{message}",
    "POST /calling/callConnections",
    "POST /calling/calls",
    "GET /api/",
    "GET /legacy/",
    "GET, POST /api/Assets",
    "GET /api/MediaProcessors",
    "POST /auth/token",
    "GET /api/v1/user/profile",
    "PUT /api/profile",
    "GET /subscriptions/{id}/resourceGroups/{name}/providers/Microsoft.Media/mediaServices/{account}[/assets]",
];

/// One of the two ways in.
#[derive(Clone, Debug)]
struct Door {
    services: SharedServices,
    scheme: Scheme,
    sleep: Arc<dyn Sleep>,
}

/// Makes the router for one way in.
pub(crate) fn router(services: SharedServices, scheme: Scheme, sleep: Arc<dyn Sleep>) -> Router {
    let door = Door { services: services.clone(), scheme, sleep };
    Router::new()
        .route("/healthz", get(healthz))
        .merge(dashboard::routes())
        .merge(control_api::routes())
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

    let fault = door.services.faults.take(received.method().as_str(), received.uri().path());
    if let Some(fault) = &fault {
        door.sleep.sleep(fault.delay).await;
    }
    let instead = fault.as_ref().and_then(|fault| fault.damage.instead_of_service(&door.services));
    let skew = fault.as_ref().and_then(|fault| fault.damage.skew());
    let mut response = if let Some(instead) = instead {
        Answer::granted(Verdict::of("emulator"), instead).into_response()
    } else if body.is_ok() {
        let mut request = Request::from_parts(parts, Body::empty());
        request.extensions_mut().insert(received.clone());
        Skew::during(skew, next.run(request)).await
    } else {
        let reason = format!("body: it broke off, or is longer than {MAX_BODY_BYTES} bytes");
        not_served(StatusCode::PAYLOAD_TOO_LARGE, reason).into_response()
    };
    // Not the machine's date, which hyper would write: clients learn the skew of their clocks from it.
    let date = Skew::during(skew, async { door.services.clock.now() }).await;
    answer::set_header(&mut response, "date", &httpdate::fmt_http_date(date));
    let verdict = response.extensions_mut().remove::<Verdict>().unwrap_or_else(undecodable);
    if let Some(reason) = &verdict.refusal {
        answer::set_header(&mut response, REASON, reason);
    }
    let record = RequestRecord::new(received_at, &received, response.status().as_u16(), verdict);
    finish(&door.services, record, response, fault).await
}

/// Lets go wrong what shall, and keeps the record.
async fn finish(
    services: &Services,
    mut record: RequestRecord,
    mut response: Response,
    fault: Option<Fault>,
) -> Response {
    if let Some(fault) = fault {
        let what = fault.to_string();
        answer::set_header(&mut response, FAULT, &what);
        if fault.damage == Damage::ConnectionReset {
            record.status = 0;
        }
        record.fault = Some(what);
        response = fault.damage.apply(response).await;
    }
    tracing::info!(
        service = %record.service,
        status = record.status,
        refusal = record.refusal.as_deref(),
        fault = record.fault.as_deref(),
        "{} {}", record.method, record.path,
    );
    // What people and tests do to the emulator itself would bury what clients do.
    if !control_api::is_part_of(&record.path) && !dashboard::is_part_of(&record.path) {
        services.log.push(record);
    }
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
