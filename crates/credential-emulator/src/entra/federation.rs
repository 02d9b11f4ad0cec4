//! Workload identity federation: an issuer beside Entra, and the assertions that Entra accepts of it.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::SERVICE;
use super::client::Proof;
use super::client_assertion::Jwt;
use super::error::EntraError;
use super::token_request::TokenRequest;
use crate::EmulatorError;
use crate::accounts::App;
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

/// The audience that Entra recommends.
const AUDIENCE: &str = "api://AzureADTokenExchange";
/// Where the issuer lives, below the emulator's address.
const ISSUER_PATH: &str = "/federated-issuer";
/// How long its assertions are valid, in seconds.
const LIFETIME: i64 = 3_600;

/// `GET /federated-issuer/.well-known/openid-configuration`: its keys are Entra's own here.
pub(super) async fn metadata(State(services): State<SharedServices>, received: Received) -> Answer {
    let origin = services.origin_of(&received);
    let body = json!({
        "issuer": format!("{origin}{ISSUER_PATH}"),
        "jwks_uri": format!("{origin}/common/discovery/v2.0/keys"),
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    Answer::granted(Verdict::of(SERVICE), answer::json(StatusCode::OK, &body))
}

/// `GET /federated-issuer/token`: an assertion of the trusted subject, in the form in which GitHub Actions give theirs.
pub(super) async fn token(State(services): State<SharedServices>, received: Received) -> Answer {
    let mut verdict = Verdict::of(SERVICE);
    let refused = |verdict, status, reason: &str| {
        let body = json!({ "message": reason });
        Answer::refused(verdict, reason.to_owned(), answer::json(status, &body))
    };
    let bearer = received.header("authorization").and_then(|text| text.split_once(' '));
    let known = services.accounts.identity_header.as_bytes();
    if !bearer.is_some_and(|(_, token)| bool::from(token.as_bytes().ct_eq(known))) {
        let reason = "authorization: the header is not 'Bearer' and the well-known identity header";
        return refused(verdict, StatusCode::UNAUTHORIZED, reason);
    }
    verdict.verified("request token");
    let audience = received.query("audience").unwrap_or_else(|| services.origin_of(&received));
    let Ok(value) = issued(&services, &services.accounts.federated_subject, &audience) else {
        return refused(
            verdict,
            StatusCode::INTERNAL_SERVER_ERROR,
            "signature: the token could not be signed",
        );
    };
    Answer::granted(verdict, answer::json(StatusCode::OK, &json!({ "count": value.len(), "value": value })))
}

/// Issues an assertion, as a cluster or a build service would.
pub(crate) fn assertion(services: &Services, subject: &str) -> Result<String, EmulatorError> {
    issued(services, subject, AUDIENCE)
}

fn issued(services: &Services, subject: &str, audience: &str) -> Result<String, EmulatorError> {
    let now = services.clock.epoch_seconds();
    let claims = json!({
        "iss": format!("{}{ISSUER_PATH}", services.origins.https),
        "sub": subject,
        "aud": audience,
        "iat": now,
        "nbf": now,
        "exp": now + LIFETIME,
        "jti": services.ids.guid(),
    });
    services
        .signing_keys
        .sign_as_service(&claims)
        .map_err(|_| EmulatorError::new("the assertion could not be signed", "start the emulator again"))
}

/// Judges an assertion of another issuer than the application: issuer, signature, subject, audience, times.
pub(super) fn verify(request: &TokenRequest<'_>, app: App<'_>, jwt: &Jwt<'_>) -> Result<Proof, EntraError> {
    let services = request.services;
    let refused = |code, message: &str, reason: String| {
        Err(EntraError::unauthorized(code, message.to_owned()).because(reason))
    };
    let no_match = "No matching federated identity record found for presented assertion";
    if app.client_id != services.accounts.client_id {
        let reason = "client_assertion: the application trusts no other issuer, and is not the issuer itself";
        return refused(70_021, &format!("{no_match}."), reason.to_owned());
    }
    let issuer = jwt.claim("iss");
    if !services.origins.all().any(|origin| issuer == format!("{origin}{ISSUER_PATH}")) {
        let reason = format!("iss: '{issuer}' is neither the application nor an issuer that it trusts");
        return refused(700_211, &format!("{no_match} issuer."), reason);
    }
    if let Err(fault) = services.signing_keys.verify(jwt.text) {
        return refused(700_027, "Client assertion failed signature validation.", fault.to_string());
    }
    // Letter by letter, as Entra compares.
    let (subject, expected) = (jwt.claim("sub"), &services.accounts.federated_subject);
    if subject != expected {
        let reason = format!("sub: the assertion is of '{subject}', the application trusts '{expected}'");
        return refused(700_213, &format!("{no_match} subject."), reason);
    }
    let audience = jwt.claim("aud");
    if audience != AUDIENCE {
        let reason = format!("aud: the assertion is for '{audience}', the application trusts '{AUDIENCE}'");
        return refused(700_212, &format!("{no_match} audience."), reason);
    }
    jwt.check_times(services.clock.epoch_seconds())?;
    Ok(Proof::Federated)
}
