//! Ravnur Media Services, a compatible service: an API key instead of Entra, the same paths as Resource Manager.

use axum::extract::State;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::answer::{self, Answer};
use crate::id_source::shown;
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

const SERVICE: &str = "ravnur";
const ISSUER: &str = "ravnur";
/// How long its tokens live, in seconds.
const LIFETIME: i64 = 3_600;

/// `POST /auth/token`: the answer is the token's text, not JSON.
pub(super) async fn token(State(services): State<SharedServices>, received: Received) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    match exchange(&services, &received, &mut verdict) {
        Ok(token) => {
            let mut response = Response::new(Bytes::from(token));
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
            answer::set_header(&mut response, "cache-control", "no-store");
            Answer::granted(verdict, response)
        }
        Err((status, reason)) => {
            let code = if status == StatusCode::UNAUTHORIZED { "Unauthorized" } else { "BadRequest" };
            let body = json!({ "error": { "code": code, "message": "The credentials are not valid." } });
            Answer::refused(verdict, reason, answer::json(status, &body))
        }
    }
}

fn exchange(
    services: &Services,
    received: &Received,
    verdict: &mut Verdict,
) -> Result<String, (StatusCode, String)> {
    let body: Value = serde_json::from_slice(received.body()).unwrap_or_default();
    let field = |name: &str| {
        text(&body, name).ok_or_else(|| {
            (StatusCode::BAD_REQUEST, format!("{name}: the field is missing from the JSON object"))
        })
    };
    let (subscription, key) = (field("subscriptionId")?, field("apiKey")?);
    let accounts = &services.accounts;
    if !subscription.eq_ignore_ascii_case(&accounts.subscription_id) {
        let (found, served) = (shown(subscription), &accounts.subscription_id);
        let reason = format!("subscriptionId: {found} is not served, only {served}");
        return Err((StatusCode::UNAUTHORIZED, reason));
    }
    if !bool::from(key.as_bytes().ct_eq(accounts.ravnur_api_key.as_bytes())) {
        let reason = "apiKey: it is not the key of this subscription".to_owned();
        return Err((StatusCode::UNAUTHORIZED, reason));
    }
    verdict.verified("API key");
    let now = services.clock.epoch_seconds();
    let claims = json!({
        "iss": ISSUER,
        "sub": accounts.subscription_id,
        "jti": services.ids.guid(),
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
    });
    services
        .signing_keys
        .sign_as_service(&claims)
        .map_err(|_| (StatusCode::INTERNAL_SERVER_ERROR, "token: it could not be signed".to_owned()))
}

/// The service is known to take the names in either case.
fn text<'a>(body: &'a Value, name: &str) -> Option<&'a str> {
    let members = body.as_object()?;
    let (_, value) = members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    value.as_str()
}

/// Judges a token of this service, where it is one: on its own, Resource Manager takes Entra's only.
pub(super) fn judge(
    services: &Services,
    received: &Received,
    verdict: &mut Verdict,
) -> Option<Result<(), String>> {
    let (_, token) = received.header("authorization")?.split_once(' ')?;
    let claims = services.signing_keys.verify(token.trim()).ok()?;
    if claims.get("iss").and_then(Value::as_str) != Some(ISSUER) {
        return None;
    }
    let (now, until) =
        (services.clock.epoch_seconds(), claims.get("exp").and_then(Value::as_i64).unwrap_or_default());
    if now >= until {
        return Some(Err(format!("exp: the token was valid until {until}, it is {now} now")));
    }
    verdict.verified("Ravnur token");
    Some(Ok(()))
}
