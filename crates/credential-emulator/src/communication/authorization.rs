//! Lets in who signed the request with an access key, or has an Entra token and a role.

use acs_hmac::{Refusal, VerifiedKey};

use super::error::CommunicationError;
use crate::accounts::Resource;
use crate::audience;
use crate::bearer::{self, Expected};
use crate::received::Received;
use crate::services::Services;
use crate::verdict::Verdict;

pub(super) fn check(
    services: &Services,
    received: &Received,
    verdict: &mut Verdict,
) -> Result<(), CommunicationError> {
    let Some(authorization) = received.header("authorization") else {
        return Err(CommunicationError::denied("authorization: the header is missing".to_owned()));
    };
    let scheme = authorization.split(' ').next().unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") {
        check_token(services, received, verdict)
    } else {
        check_signature(services, received, verdict)
    }
}

fn check_signature(
    services: &Services,
    received: &Received,
    verdict: &mut Verdict,
) -> Result<(), CommunicationError> {
    let verified = services.signature_verifier.verify(&**received).map_err(|refusal| {
        let reason = format!("{}: {refusal}", refusal.field());
        CommunicationError::denied_with(message(&refusal), reason)
    })?;
    let key = match verified.key() {
        VerifiedKey::Primary => "primary key",
        VerifiedKey::Secondary => "secondary key",
        _ => "another key",
    };
    verdict.verified(format!("hmac-sha256 signature, {key}"));
    verdict.verified(format!("date within 5 minutes ({} s)", verified.skew_seconds()));
    verdict.verified("body hash");
    Ok(())
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
    let expected = Expected { audiences: &audience::COMMUNICATION, or_own_origin: false };
    let caller = bearer::verify(services, received, &expected, verdict)
        .map_err(|fault| CommunicationError::denied(fault.to_string()))?;
    let role = caller.app.role_on(Resource::Communication).ok_or_else(|| {
        let (app, resource) = (caller.app.client_id, &services.accounts.acs_resource_id);
        CommunicationError::denied(format!("role: application {app} has none on resource {resource}"))
    })?;
    verdict.verified(format!("role {role}"));
    Ok(())
}
