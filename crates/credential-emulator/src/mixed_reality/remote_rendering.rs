//! Remote Rendering's sessions: what the token service's tokens are good for.

use axum::extract::{Path, State as Shared};
use bytes::Bytes;
use credential::Clock;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::sessions::{Session, State};
use super::token_service;
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

const API_VERSIONS: [&str; 2] = ["2021-01-01-preview", "2021-01-01"];
const SIZES: [&str; 2] = ["Standard", "Premium"];
const LONGEST_ID: usize = 256;

/// A refusal: the ones about the token have no body, the others an error.
struct Refused {
    status: StatusCode,
    code: &'static str,
    reason: String,
}

type Outcome = Result<Response<Bytes>, Refused>;

impl Refused {
    fn unauthorized(reason: String) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, code: "", reason }
    }

    fn bad_request(reason: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "InvalidRequest", reason }
    }

    fn not_found(id: &str) -> Self {
        let reason = format!("session: '{id}' was never created here");
        Self { status: StatusCode::NOT_FOUND, code: "SessionNotFound", reason }
    }

    fn response(&self) -> Response<Bytes> {
        if self.status == StatusCode::UNAUTHORIZED {
            let mut response = answer::empty(self.status);
            answer::set_header(&mut response, "www-authenticate", &format!("Invalid token: {}", self.reason));
            return response;
        }
        answer::json(self.status, &json!({ "error": { "code": self.code, "message": self.reason } }))
    }
}

/// `GET /accounts/{account}/sessions`
pub(super) async fn list(
    Shared(services): Shared<SharedServices>,
    received: Received,
    Path(account): Path<String>,
) -> Answer {
    serve(&services, &received, &account, || {
        let now = services.clock.now();
        // The service lists what is under way.
        let all: Vec<Value> = services.rendering.with(|all| {
            all.iter().filter(|session| !session.is_over(now)).map(|session| session.shown(now)).collect()
        });
        Ok(answer::json(StatusCode::OK, &json!({ "sessions": all })))
    })
}

/// `PUT /accounts/{account}/sessions/{session}`: the same request again is answered with the same session.
pub(super) async fn create(
    Shared(services): Shared<SharedServices>,
    received: Received,
    Path((account, id)): Path<(String, String)>,
) -> Answer {
    serve(&services, &received, &account, || {
        check_id(&id)?;
        let body = body(&received)?;
        let (lease_minutes, size) = (lease_minutes(&body)?, size(&body)?);
        let now = services.clock.now();
        services.rendering.with(|all| {
            if let Some(known) = all.iter().find(|session| session.id == id) {
                if (known.size, known.lease_minutes) == (size, lease_minutes) {
                    return Ok(answer::json(StatusCode::OK, &known.shown(now)));
                }
                let reason = format!("session: '{id}' exists with another size or lease time");
                return Err(Refused { status: StatusCode::CONFLICT, code: "SessionAlreadyExists", reason });
            }
            let session =
                Session { id: id.clone(), size, lease_minutes, created_at: now, state: State::Starting };
            let shown = session.shown(now);
            all.push(session);
            Ok(answer::json(StatusCode::CREATED, &shown))
        })
    })
}

/// `GET /accounts/{account}/sessions/{session}`
pub(super) async fn get(
    Shared(services): Shared<SharedServices>,
    received: Received,
    Path((account, id)): Path<(String, String)>,
) -> Answer {
    serve(&services, &received, &account, || {
        with_session(&services, &id, |session| {
            let shown = session.shown(services.clock.now());
            if session.state == State::Starting {
                session.state = State::Ready;
            }
            Ok(answer::json(StatusCode::OK, &shown))
        })
    })
}

/// `PATCH /accounts/{account}/sessions/{session}`: a longer lease.
pub(super) async fn update(
    Shared(services): Shared<SharedServices>,
    received: Received,
    Path((account, id)): Path<(String, String)>,
) -> Answer {
    serve(&services, &received, &account, || {
        let lease_minutes = lease_minutes(&body(&received)?)?;
        with_session(&services, &id, |session| {
            if lease_minutes < session.lease_minutes {
                let reason = format!(
                    "maxLeaseTimeMinutes: {lease_minutes} is less than the {} of before",
                    session.lease_minutes
                );
                return Err(Refused::bad_request(reason));
            }
            session.lease_minutes = lease_minutes;
            Ok(answer::json(StatusCode::OK, &session.shown(services.clock.now())))
        })
    })
}

/// `POST /accounts/{account}/sessions/{session}/:stop`
pub(super) async fn act(
    Shared(services): Shared<SharedServices>,
    received: Received,
    Path((account, id, action)): Path<(String, String, String)>,
) -> Answer {
    serve(&services, &received, &account, || {
        if action != ":stop" {
            let reason = format!("action: '{action}' is not served, only :stop");
            return Err(Refused { status: StatusCode::NOT_FOUND, code: "NotFound", reason });
        }
        with_session(&services, &id, |session| {
            session.state = State::Stopped;
            let mut response = answer::empty(StatusCode::NO_CONTENT);
            answer::set_header(&mut response, "ms-cv", &services.ids.correlation_vector());
            Ok(response)
        })
    })
}

fn serve(
    services: &Services,
    received: &Received,
    account: &str,
    operation: impl FnOnce() -> Outcome,
) -> Answer {
    let mut verdict = Verdict::of("mixed-reality");
    let outcome = check_version(received)
        .and_then(|()| check_token(services, received, account, &mut verdict))
        .and_then(|()| operation());
    let answer = match outcome {
        Ok(response) => Answer::granted(verdict, response),
        Err(refused) => {
            let response = refused.response();
            Answer::refused(verdict, refused.reason, response)
        }
    };
    let correlation_vector = services.ids.correlation_vector();
    answer.map_response(|response| {
        answer::set_header(response, "ms-cv", &correlation_vector);
        answer::set_header(response, "api-supported-versions", &API_VERSIONS.join(", "));
    })
}

fn check_version(received: &Received) -> Result<(), Refused> {
    match received.query("api-version") {
        Some(version) if API_VERSIONS.contains(&version.as_str()) => Ok(()),
        Some(version) => {
            let served = API_VERSIONS.join(" and ");
            Err(Refused::bad_request(format!("api-version: '{version}' is not served, only {served}")))
        }
        None => Err(Refused::bad_request("api-version: the query parameter is missing".to_owned())),
    }
}

/// The token must be the token service's own, of this account. An Entra token or an account key is not.
fn check_token(
    services: &Services,
    received: &Received,
    account: &str,
    verdict: &mut Verdict,
) -> Result<(), Refused> {
    let refused = |reason: String| Err(Refused::unauthorized(reason));
    let Some(authorization) = received.header("authorization") else {
        return refused("authorization: the header is missing".to_owned());
    };
    let bearer = authorization.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, token)) = bearer else {
        return refused("authorization: the header is not 'Bearer' and a token".to_owned());
    };
    let claims = match services.signing_keys.verify(token.trim()) {
        Ok(claims) => claims,
        Err(fault) => return refused(fault.to_string()),
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (found, expected) = (text("aud"), token_service::audience(services));
    if found != expected {
        return refused(format!(
            "audience: the token is for {found}, this service accepts {expected}; exchange it at the token service"
        ));
    }
    let (now, until) =
        (services.clock.epoch_seconds(), claims.get("exp").and_then(Value::as_i64).unwrap_or_default());
    if now >= until {
        return refused(format!("exp: the token was valid until {until}, it is {now} now"));
    }
    if !text("aid").eq_ignore_ascii_case(account) {
        let owner = text("aid");
        return refused(format!("account id: the token is of account '{owner}', the path names '{account}'"));
    }
    verdict.verified(format!("Mixed Reality token of account {account}"));
    Ok(())
}

fn with_session(services: &Services, id: &str, work: impl FnOnce(&mut Session) -> Outcome) -> Outcome {
    services.rendering.with(|all| {
        let session = all.iter_mut().find(|session| session.id == id);
        work(session.ok_or_else(|| Refused::not_found(id))?)
    })
}

fn check_id(id: &str) -> Result<(), Refused> {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if id.len() <= LONGEST_ID && id.bytes().all(is_letter) {
        return Ok(());
    }
    let reason = format!("session: its id is not 1 to {LONGEST_ID} letters, digits, hyphens and underscores");
    Err(Refused::bad_request(reason))
}

fn body(received: &Received) -> Result<Value, Refused> {
    let body = serde_json::from_slice(received.body()).ok().filter(Value::is_object);
    body.ok_or_else(|| Refused::bad_request("body: it is not a JSON object".to_owned()))
}

fn lease_minutes(body: &Value) -> Result<i64, Refused> {
    let minutes = body.get("maxLeaseTimeMinutes").and_then(Value::as_i64).filter(|minutes| *minutes > 0);
    minutes.ok_or_else(|| Refused::bad_request("maxLeaseTimeMinutes: it is not a number above 0".to_owned()))
}

fn size(body: &Value) -> Result<&'static str, Refused> {
    let found = body.get("size").and_then(Value::as_str).unwrap_or_default();
    let known = SIZES.into_iter().find(|known| known.eq_ignore_ascii_case(found));
    known.ok_or_else(|| Refused::bad_request(format!("size: it is not one of {}", SIZES.join(", "))))
}
