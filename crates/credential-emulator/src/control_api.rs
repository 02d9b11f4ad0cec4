//! The control API below `/_emulator/`: what [`Emulator`](crate::Emulator)'s methods do, for programs in other languages and
//! for the page at `/`.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use bytes::Bytes;
use credential::Clock;
use http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::clock::rfc3339;
use crate::communication::Mailbox;
use crate::control_body;
use crate::control_fault::ControlFault;
use crate::description::variables;
use crate::entra::{self, DeviceDecision};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::signing_key::SigningKey;
use crate::verdict::Verdict;

/// Everything of the control API is below this path.
const PREFIX: &str = "/_emulator/";

/// A page of another site cannot send it without asking first, and is not answered when it asks.
const MARK: &str = "x-emulator-control";

pub(crate) fn routes() -> Router<SharedServices> {
    Router::new()
        .route("/_emulator/state", get(state))
        .route("/_emulator/device-sign-ins/{code}/{decision}", post(decide))
        .route("/_emulator/faults", post(add_fault).delete(clear_faults))
        .route("/_emulator/reset", post(reset))
        .route("/_emulator/advance", post(advance))
        .route("/_emulator/revoke-sessions", post(revoke_sessions))
        .route("/_emulator/demand-interaction", post(demand_interaction))
        .route("/_emulator/rotate-signing-key", post(rotate_signing_key))
        .route("/_emulator/forge", post(forge))
}

pub(crate) fn is_part_of(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// What was asked for, or why not.
type Outcome = Result<Value, Refused>;

struct Refused {
    status: StatusCode,
    reason: String,
}

fn bad(reason: impl Into<String>) -> Refused {
    Refused { status: StatusCode::BAD_REQUEST, reason: reason.into() }
}

fn answer(outcome: Outcome) -> Answer {
    let verdict = Verdict::of("emulator");
    match outcome {
        Ok(body) => Answer::granted(verdict, uncached(answer::json(StatusCode::OK, &body))),
        Err(Refused { status, reason }) => {
            let body = json!({ "error": { "code": "ControlRefused", "message": reason } });
            Answer::refused(verdict, reason, uncached(answer::json(status, &body)))
        }
    }
}

fn uncached(mut response: Response<Bytes>) -> Response<Bytes> {
    answer::set_header(&mut response, "cache-control", "no-store");
    response
}

/// A name that resolves to this machine, but is not one of its own, belongs to another site's page.
fn from_here(services: &Services, received: &Received) -> Result<(), Refused> {
    let host = format!("{}://{}", received.scheme(), received.host().to_ascii_lowercase());
    let is_ours = services.origins.holds(&host)
        && received.header("origin").is_none_or(|origin| services.origins.holds(origin));
    let reason = "host or origin: the control API answers to this machine's own names only".to_owned();
    if is_ours { Ok(()) } else { Err(Refused { status: StatusCode::FORBIDDEN, reason }) }
}

/// Checks a request that changes something.
fn may_change(services: &Services, received: &Received) -> Result<(), Refused> {
    from_here(services, received)?;
    if received.header(MARK).is_some() {
        return Ok(());
    }
    let reason = format!("{MARK}: the header is missing; send it with any value");
    Err(Refused { status: StatusCode::FORBIDDEN, reason })
}

fn read<'a, T: Deserialize<'a>>(received: &'a Received) -> Result<T, Refused> {
    control_body::read(received.body()).map_err(bad)
}

async fn state(State(services): State<SharedServices>, received: Received) -> Answer {
    answer(from_here(&services, &received).and_then(|()| {
        let after = match received.query("after") {
            None => 0,
            Some(text) => text.parse().map_err(|_| bad("after: it is no number"))?,
        };
        Ok(shown(&services, after))
    }))
}

fn shown(services: &Services, after: u64) -> Value {
    let (requests, last) = services.log.after(after);
    let faults = services.faults.all();
    json!({
        "now": rfc3339(services.clock.now()),
        "description": {
            "https_origin": services.origins.https,
            "http_origin": services.origins.http,
            "users": services.accounts.users().map(|user| json!({
                "name": user.name, "password": user.password, "tenant_id": user.tenant_id,
            })).collect::<Vec<_>>(),
            "public_client_id": services.accounts.public_client_id,
            "groups": variables(&services.origins.https, &services.accounts),
        },
        "last_request": last,
        "requests": requests,
        "device_sign_ins": services.sign_ins.device_codes.all(services.clock.epoch_seconds()),
        "faults": faults.iter().map(|(on, fault)| json!({
            "on": on.to_string(), "what": fault.to_string(), "times": fault.times,
        })).collect::<Vec<_>>(),
        "mailbox": letters(&services.contents().mailbox()),
    })
}

fn letters(mailbox: &Mailbox) -> Value {
    let emails = mailbox.emails.iter().map(|email| {
        json!({
            "id": email.id, "sent_at": rfc3339(email.sent_at), "sender": email.sender, "to": email.to, "cc": email.cc,
            "bcc": email.bcc, "subject": email.subject, "plain_text": email.plain_text, "html": email.html,
        })
    });
    let sms = mailbox.sms.iter().map(|sms| {
        json!({
            "id": sms.id, "sent_at": rfc3339(sms.sent_at), "from": sms.from, "to": sms.to, "message": sms.message,
        })
    });
    json!({ "emails": emails.collect::<Vec<_>>(), "sms": sms.collect::<Vec<_>>() })
}

async fn decide(
    State(services): State<SharedServices>,
    Path((code, decision)): Path<(String, String)>,
    received: Received,
) -> Answer {
    answer(may_change(&services, &received).and_then(|()| {
        let asked: Decide = if received.body().is_empty() { Decide::default() } else { read(&received)? };
        let decision = match decision.as_str() {
            "approve" => DeviceDecision::Approve(asked.user.as_deref()),
            "deny" => DeviceDecision::Deny,
            _ => return Err(bad("decision: it is neither approve nor deny")),
        };
        let approved = decision != DeviceDecision::Deny;
        entra::decide_device(&services, &code, decision)
            .map(|()| json!({ "user_code": code, "approved": approved }))
            .map_err(|fault| bad(fault.reason()))
    }))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decide {
    user: Option<String>,
}

async fn add_fault(State(services): State<SharedServices>, received: Received) -> Answer {
    answer(may_change(&services, &received).and_then(|()| {
        let asked: ControlFault = read(&received)?;
        let (on, fault) = asked.into_parts().map_err(bad)?;
        let shown = json!({ "on": on.to_string(), "what": fault.to_string() });
        services.faults.add(on, fault);
        Ok(shown)
    }))
}

async fn clear_faults(State(services): State<SharedServices>, received: Received) -> Answer {
    answer(may_change(&services, &received).map(|()| {
        services.faults.clear();
        json!({})
    }))
}

async fn reset(State(services): State<SharedServices>, received: Received) -> Answer {
    answer(may_change(&services, &received).map(|()| {
        services.reset();
        json!({})
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance(State(services): State<SharedServices>, received: Received) -> Answer {
    answer(may_change(&services, &received).and_then(|()| {
        let asked: Advance = read(&received)?;
        // A thousand years: dates must stay dates.
        let longest = 1_000 * 365 * 24 * 3_600;
        if asked.seconds > longest {
            return Err(bad("seconds: more than a thousand years"));
        }
        services.clock.advance(std::time::Duration::from_secs(asked.seconds));
        Ok(json!({ "now": rfc3339(services.clock.now()) }))
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoke {
    principal: String,
}

async fn revoke_sessions(State(services): State<SharedServices>, received: Received) -> Answer {
    answer(may_change(&services, &received).and_then(|()| {
        let asked: Revoke = read(&received)?;
        entra::revoke_sessions(&services, &asked.principal).map_err(|error| bad(error.to_string()))?;
        Ok(json!({}))
    }))
}

async fn demand_interaction(State(services): State<SharedServices>, received: Received) -> Answer {
    answer(may_change(&services, &received).map(|()| {
        services.sign_ins.interaction.demand(&services.accounts);
        json!({})
    }))
}

async fn rotate_signing_key(State(services): State<SharedServices>, received: Received) -> Answer {
    if let Err(refused) = may_change(&services, &received) {
        return answer(Err(refused));
    }
    // Some hundred milliseconds of computing, which others need not wait for.
    let made = tokio::task::spawn_blocking(SigningKey::generate).await;
    answer(match made {
        Ok(Ok(key)) => {
            services.signing_keys.rotate(key);
            Ok(json!({}))
        }
        _ => Err(Refused {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            reason: "the key could not be computed".to_owned(),
        }),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forge {
    claims: serde_json::Map<String, Value>,
}

async fn forge(State(services): State<SharedServices>, received: Received) -> Answer {
    answer(may_change(&services, &received).and_then(|()| {
        let asked: Forge = read(&received)?;
        let token = services.signing_keys.sign_as_entra(&Value::Object(asked.claims));
        token.map(|token| json!({ "token": token })).map_err(|_| bad("claims: they could not be signed"))
    }))
}
