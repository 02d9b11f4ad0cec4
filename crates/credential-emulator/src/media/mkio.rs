//! MK.IO, a compatible service: a personal token instead of Entra. Only the check of the token is served.

use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};

use crate::EmulatorError;
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

const SERVICE: &str = "mkio";
const ISSUER: &str = "mkio";
/// How long its tokens live at most, in seconds: a year.
const LIFETIME: i64 = 365 * 24 * 3_600;

/// Issues a personal token, as the service's page does.
pub(crate) fn token(services: &Services) -> Result<String, EmulatorError> {
    let now = services.clock.epoch_seconds();
    let claims =
        json!({ "iss": ISSUER, "sub": services.accounts.user_name, "iat": now, "exp": now + LIFETIME });
    services
        .signing_keys
        .sign_as_service(&claims)
        .map_err(|_| EmulatorError::new("the token could not be signed", "start the emulator again"))
}

/// `GET /api/v1/user/profile`: the token stands behind `Bearer`.
pub(super) async fn profile(State(services): State<SharedServices>, received: Received) -> Answer {
    let token = received.header("authorization").and_then(|text| text.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    answer(&services, token, "authorization")
}

/// `PUT /api/profile` of the older interface: the token has a header of its own.
pub(super) async fn legacy_profile(State(services): State<SharedServices>, received: Received) -> Answer {
    answer(&services, received.header("x-mkio-token"), "x-mkio-token")
}

fn answer(services: &Services, token: Option<&str>, header: &str) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    match judge(services, token, header) {
        Ok(()) => {
            verdict.verified("MK.IO token");
            let email = &services.accounts.user_name;
            Answer::granted(verdict, answer::json(StatusCode::OK, &json!({ "spec": { "email": email } })))
        }
        Err(reason) => {
            let body = json!({ "error": { "code": "Unauthorized", "detail": "The token is not valid." } });
            Answer::refused(verdict, reason, answer::json(StatusCode::UNAUTHORIZED, &body))
        }
    }
}

fn judge(services: &Services, token: Option<&str>, header: &str) -> Result<(), String> {
    let token = token.ok_or_else(|| format!("{header}: the token is missing"))?;
    let claims = services.signing_keys.verify(token.trim()).map_err(|fault| fault.to_string())?;
    if claims.get("iss").and_then(Value::as_str) != Some(ISSUER) {
        return Err("token: it is not one of MK.IO".to_owned());
    }
    let (now, until) =
        (services.clock.epoch_seconds(), claims.get("exp").and_then(Value::as_i64).unwrap_or_default());
    if now >= until {
        return Err(format!("exp: the token was valid until {until}, it is {now} now"));
    }
    Ok(())
}
