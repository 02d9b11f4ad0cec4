//! Lets in who signed the request with an access key, or has an Entra token and a role.

use acs_hmac::{Refusal, VerifiedKey};
use credential::Endpoint;
use serde_json::Value;

use super::error::CommunicationError;
use super::user_token::{self, UserToken};
use crate::accounts::Resource;
use crate::audience;
use crate::bearer::{self, Expected};
use crate::received::Received;
use crate::services::Services;
use crate::verdict::Verdict;

pub(super) fn check(
    services: &Services,
    received: &Received,
    takes_signed_host: bool,
    verdict: &mut Verdict,
) -> Result<(), CommunicationError> {
    if is_signature(header(received)?) {
        check_signature(services, received, takes_signed_host, verdict)
    } else {
        check_token(services, received, verdict)
    }
}

/// Lets in who has a user access token with one of these scopes, as Chat and Calling do; they take nothing else.
pub(super) fn check_user(
    services: &Services,
    received: &Received,
    scopes: &[&str],
    verdict: &mut Verdict,
) -> Result<UserToken, CommunicationError> {
    let authorization = header(received)?;
    if is_signature(authorization) {
        let reason =
            "authorization: it is an access key's signature, this service takes user access tokens only";
        return Err(CommunicationError::denied(reason.to_owned()));
    }
    let token = authorization.split_once(' ').map(|(_, token)| token).unwrap_or_default();
    let user = user_token::verify(services, token).map_err(|fault| {
        let claims = services.signing_keys.verify(token.trim()).unwrap_or_default();
        CommunicationError::denied(match claims.get("aud").and_then(Value::as_str) {
            Some(audience) => {
                format!(
                    "token: it is an Entra token for {audience}, this service takes user access tokens only"
                )
            }
            None => format!("token: {fault}"),
        })
    })?;
    verdict.verified(format!("user access token of {}", user.user_id));
    let found = user.scopes.join(", ");
    if !user.scopes.iter().any(|scope| scopes.iter().any(|known| scope.eq_ignore_ascii_case(known))) {
        let reason = format!("scope: the token is for {found}, this operation takes {}", scopes.join(", "));
        return Err(CommunicationError::forbidden(reason));
    }
    verdict.verified(format!("scope {found}"));
    Ok(user)
}

/// Says whether the header holds an access key's signature, or something that is meant to be one.
pub(super) fn is_signature(authorization: &str) -> bool {
    !authorization.split(' ').next().unwrap_or_default().eq_ignore_ascii_case("bearer")
}

fn header(received: &Received) -> Result<&str, CommunicationError> {
    received
        .header("authorization")
        .ok_or_else(|| CommunicationError::denied("authorization: the header is missing".to_owned()))
}

fn check_signature(
    services: &Services,
    received: &Received,
    takes_signed_host: bool,
    verdict: &mut Verdict,
) -> Result<(), CommunicationError> {
    let signed_host = takes_signed_host.then(|| signed_host(services, received)).flatten();
    let result = match &signed_host {
        Some(host) => services.signature_verifier.clone().with_signed_host(host).verify(&**received),
        None => services.signature_verifier.verify(&**received),
    };
    let verified = result.map_err(|refusal| {
        let reason = format!("{}: {refusal}", refusal.field());
        CommunicationError::denied_with(message(&refusal), reason)
    })?;
    let key = match verified.key() {
        VerifiedKey::Primary => "primary key",
        VerifiedKey::Secondary => "secondary key",
        _ => "another key",
    };
    verdict.verified(format!("hmac-sha256 signature, {key}"));
    if let Some(host) = &signed_host {
        verdict.verified(format!("signed host {}", host.authority()));
    }
    verdict.verified(format!("date within 5 minutes ({} s)", verified.skew_seconds()));
    verdict.verified("body hash");
    Ok(())
}

/// Returns the host of the resource, where the client says that it signed that and not the one that it called.
fn signed_host(services: &Services, received: &Received) -> Option<Endpoint> {
    let named = received.header("x-ms-host")?;
    let origin = format!("{}://{named}", received.scheme());
    let endpoint = Endpoint::parse_local("x-ms-host", &origin).ok()?;
    services.origins.holds(&origin).then_some(endpoint)
}

/// The texts that the service is known to answer with.
fn message(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::ContentHash { .. } => "Request 'x-ms-content-sha256' differs from generated content hash.",
        Refusal::Authorization { .. } => "Given value does not match HMAC header structure",
        Refusal::DateSkew { .. } => {
            "The given request could not be resolved.\nThe time difference between the originating client and the server is greater than the allowed margin of 5 minutes."
        }
        _ => "Denied by the resource provider.",
    }
}

fn check_token(
    services: &Services,
    received: &Received,
    verdict: &mut Verdict,
) -> Result<(), CommunicationError> {
    let token = header(received)?.split_once(' ').map(|(_, token)| token).unwrap_or_default();
    if user_token::is_one(services, token) {
        let reason = "token: it is a user access token, this service takes access keys and Entra tokens";
        return Err(CommunicationError::denied(reason.to_owned()));
    }
    let expected = Expected { audiences: &audience::COMMUNICATION, or_own_origin: false };
    let caller = bearer::verify(services, received, &expected, verdict)
        .map_err(|fault| CommunicationError::denied(fault.to_string()))?;
    let role = caller.role_on(Resource::Communication).ok_or_else(|| {
        let (subject, resource) = (caller.subject(), &services.accounts.acs_resource_id);
        CommunicationError::denied(format!("role: {subject} has none on resource {resource}"))
    })?;
    verdict.verified(format!("role {role}"));
    Ok(())
}
