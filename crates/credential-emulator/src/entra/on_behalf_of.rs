//! The on-behalf-of grant: an application passes on for whom it was called (RFC 7523, section 2.1).

use serde_json::Value;

use super::client::{self, Kind};
use super::error::EntraError;
use super::grant::{Access, Grant, UserAccess};
use super::scope::UserScopes;
use super::token_request::TokenRequest;
use crate::accounts::User;
use crate::verdict::Verdict;

pub(super) fn check<'a>(request: &TokenRequest<'a>, verdict: &mut Verdict) -> Result<Grant<'a>, EntraError> {
    let directory = request.note_tenant(verdict);
    verdict.verified("grant type jwt-bearer");
    let client = client::authenticate(request, directory, Kind::Confidential, verdict)?;
    if request.form.required("requested_token_use")? != "on_behalf_of" {
        let message = "The request is malformed or invalid.".to_owned();
        return Err(EntraError::bad_request("invalid_request", 9_002_313, message)
            .because("requested_token_use: it is not on_behalf_of"));
    }
    let (user, tenant_id) = check_assertion(request, client.app.client_id, verdict)?;
    verdict.verified(format!("assertion: an access token of {}", user.name));
    let scopes = UserScopes::read(request, tenant_id)?;
    request.services.sign_ins.interaction.check(request, &user)?;
    verdict.verified(format!("scopes {}", scopes.granted()));
    Ok(Grant { client, tenant_id, access: Access::User(UserAccess::signed_in(user, scopes)) })
}

/// The assertion must be an access token that a user gave this very application. Returns whose, and the tenant.
fn check_assertion<'a>(
    request: &TokenRequest<'a>,
    client_id: &str,
    verdict: &mut Verdict,
) -> Result<(User<'a>, &'a str), EntraError> {
    let services = request.services;
    let refused = |code, message: &str, reason: String| {
        Err(EntraError::invalid_grant(code, message).because(format!("assertion: {reason}")))
    };
    let invalid = "Assertion is not valid.";
    let claims = match services.signing_keys.verify(request.form.required("assertion")?) {
        Ok(claims) => claims,
        Err(fault) => return refused(50_013, invalid, fault.to_string()),
    };
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (issuer, tenant) = (text("iss"), text("tid"));
    let is_issuer = |origin: String| {
        [format!("{origin}/{tenant}/"), format!("{origin}/{tenant}/v2.0")].contains(&issuer.to_owned())
    };
    if !services.origins.all().any(is_issuer) {
        return refused(50_013, invalid, format!("'{issuer}' is no tenant's issuer here"));
    }
    let wanted = request.tenant.one().unwrap_or(tenant);
    if tenant != wanted {
        return refused(50_013, invalid, format!("it is of tenant {tenant}, the request of {wanted}"));
    }
    let expires_at = claims.get("exp").and_then(Value::as_i64).unwrap_or_default();
    if services.clock.epoch_seconds() >= expires_at {
        return refused(
            500_133,
            "Assertion is not within its valid time range.",
            "it has expired".to_owned(),
        );
    }
    if text("idtyp") == "app" {
        let reason = "it is an application's own token, nobody stands behind it".to_owned();
        return refused(
            7_000_114,
            "Application is not allowed to make application on-behalf-of calls.",
            reason,
        );
    }
    if text("scp").is_empty() {
        let message = "Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant.";
        return refused(240_002, message, "it is an id token, send the access token".to_owned());
    }
    let audience = text("aud");
    if ![client_id.to_owned(), format!("api://{client_id}")].contains(&audience.to_owned()) {
        let message = "Assertion audience does not match the Client app presenting the assertion.";
        return refused(500_131, message, format!("it is for {audience}, not for application {client_id}"));
    }
    let user = request.user_of(text("oid"))?;
    let tenant_id = request.tenant_of(&user, verdict)?;
    Ok((user, tenant_id))
}
