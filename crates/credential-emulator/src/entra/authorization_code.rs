//! The authorization code grant (RFC 6749, section 4.1.3, with RFC 7636).

use super::Version;
use super::authorization_codes::{Authorized, LIFETIME, NoCode};
use super::client::{self, Kind};
use super::error::EntraError;
use super::grant::{Access, Grant, UserAccess};
use super::scope::UserScopes;
use super::token_request::TokenRequest;
use crate::accounts::User;
use crate::verdict::Verdict;

pub(super) fn check<'a>(request: &TokenRequest<'a>, verdict: &mut Verdict) -> Result<Grant<'a>, EntraError> {
    let directory = request.note_tenant(verdict);
    verdict.verified("grant type authorization_code");
    let client = client::authenticate(request, directory, Kind::Any, verdict)?;
    let code = request.form.required("code")?;
    let (codes, now) =
        (&request.services.sign_ins.authorization_codes, request.services.clock.epoch_seconds());
    let (authorized, object_id) = codes.find(code, now).map_err(|fault| no_code(&fault))?;
    let user = request.user_of(&object_id)?;
    check_owner(request, &authorized, client.app.client_id, &user)?;
    let tenant_id = request.tenant_of(&user, verdict)?;
    check_verifier(request, &authorized, verdict)?;
    let asks = if request.version == Version::V1 { "resource" } else { "scope" };
    let scopes = match request.form.field(asks) {
        Some(_) => UserScopes::read(request, tenant_id)?,
        None => authorized.scopes,
    };
    // Last, so that a request that is wrong otherwise does not cost the client its code.
    codes.redeem(code, now).map_err(|fault| no_code(&fault))?;
    verdict.verified(format!("authorization code of {}", user.name));
    verdict.verified(format!("scopes {}", scopes.granted()));
    let access = UserAccess { nonce: authorized.nonce, ..UserAccess::signed_in(user, scopes) };
    Ok(Grant { client, tenant_id, access: Access::User(access) })
}

fn check_owner(
    request: &TokenRequest<'_>,
    authorized: &Authorized,
    client_id: &str,
    user: &User<'_>,
) -> Result<(), EntraError> {
    if authorized.client_id != client_id {
        let owner = &authorized.client_id;
        return Err(EntraError::invalid_grant(70_000, "The provided authorization code is not valid.")
            .because(format!("code: it was issued to application {owner}, not to {client_id}")));
    }
    let owner = authorized.tenant.as_deref().unwrap_or(user.tenant_id);
    let tenant_id = request.tenant.one().unwrap_or(user.tenant_id);
    if owner != tenant_id {
        return Err(EntraError::invalid_grant(700_005, "The code was issued for another tenant.")
            .because(format!("code: it was issued in tenant {owner}, not in {tenant_id}")));
    }
    let (found, expected) = (request.form.required("redirect_uri")?, &authorized.redirect_uri);
    if found != expected {
        let message =
            "The reply address does not match the one provided when requesting the authorization code.";
        return Err(EntraError::invalid_grant(500_112, message)
            .because(format!("redirect_uri: '{found}' is not '{expected}', to which the code was sent")));
    }
    Ok(())
}

fn check_verifier(
    request: &TokenRequest<'_>,
    authorized: &Authorized,
    verdict: &mut Verdict,
) -> Result<(), EntraError> {
    let refused = |reason: &str| {
        let message =
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.";
        Err(EntraError::invalid_grant(501_481, message).because(reason))
    };
    match (&authorized.challenge, request.form.field("code_verifier")) {
        (None, None) => Ok(()),
        (None, Some(_)) => refused("code_verifier: the authorization request had no code_challenge"),
        (Some(_), None) => {
            refused("code_verifier: the parameter is missing, the authorization request had a code_challenge")
        }
        (Some(challenge), Some(verifier)) if challenge.is_met_by(verifier) => {
            verdict.verified("code verifier");
            Ok(())
        }
        (Some(_), Some(_)) => refused("code_verifier: it does not belong to the code_challenge"),
    }
}

fn no_code(fault: &NoCode) -> EntraError {
    match fault {
        NoCode::Unknown => EntraError::invalid_grant(70_000, "The provided authorization code is not valid.")
            .because("code: it was not issued here, or long ago"),
        NoCode::Used => EntraError::invalid_grant(54_005, "OAuth2 Authorization code was already redeemed.")
            .because("code: it was redeemed before"),
        NoCode::Expired => EntraError::invalid_grant(70_008, "The provided authorization code has expired.")
            .because(format!("code: it was valid for {LIFETIME} s")),
    }
}
