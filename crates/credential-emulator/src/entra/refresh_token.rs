//! The refresh token grant (RFC 6749, section 6).

use super::Version;
use super::client::{self, Kind};
use super::error::EntraError;
use super::grant::{Access, Grant, UserAccess};
use super::refresh_tokens::{NoRefresh, Refreshable};
use super::scope::UserScopes;
use super::token_request::TokenRequest;
use crate::verdict::Verdict;

/// A refresh token is bound to user and client, not to resource and tenant: any of either can be asked for.
pub(super) fn check<'a>(request: &TokenRequest<'a>, verdict: &mut Verdict) -> Result<Grant<'a>, EntraError> {
    let directory = request.note_tenant(verdict);
    verdict.verified("grant type refresh_token");
    let client = client::authenticate(request, directory, Kind::Any, verdict)?;
    let token = request.form.required("refresh_token")?;
    let (tokens, now) = (&request.services.sign_ins.refresh_tokens, request.services.clock.epoch_seconds());
    let client_id = client.app.client_id;
    let refused = |fault: NoRefresh| no_refresh(&fault, client_id);
    let known = tokens.find(token, client_id, now).map_err(refused)?;
    let user = request.user_of(&known.user)?;
    let tenant_id = request.tenant_of(&user, verdict)?;
    let scopes = scopes(request, known, tenant_id)?;
    request.services.sign_ins.interaction.check(request, &user)?;
    // Last, so that a request that is wrong otherwise does not cost the client its token.
    let family = tokens.redeem(token, client_id, now).map_err(refused)?;
    verdict.verified(format!("refresh token of {}", user.name));
    verdict.verified(format!("scopes {}", scopes.granted()));
    Ok(Grant {
        client,
        tenant_id,
        access: Access::User(UserAccess { family: Some(family), ..UserAccess::signed_in(user, scopes) }),
    })
}

/// What is asked for now, or else what was asked for first.
fn scopes(request: &TokenRequest<'_>, known: Refreshable, tenant_id: &str) -> Result<UserScopes, EntraError> {
    let asks = match request.version {
        Version::V1 => request.form.field("resource"),
        Version::V2 => request.form.field("scope").or_else(|| request.form.field("resource")),
    };
    let mut scopes = match asks {
        Some(_) => UserScopes::read(request, tenant_id)?,
        None => known.scopes,
    };
    // Entra gives another at each use, asked for or not.
    scopes.offline_access = true;
    Ok(scopes)
}

fn no_refresh(fault: &NoRefresh, client_id: &str) -> EntraError {
    match fault {
        NoRefresh::Unknown => EntraError::invalid_grant(
            70_000,
            "The provided value for the input parameter 'refresh_token' is not valid.",
        )
        .because("refresh_token: it was not issued here, or long ago")
        .with_suberror("bad_token"),
        NoRefresh::OtherClient(owner) => {
            EntraError::invalid_grant(70_000, "The refresh token was issued to another client.")
                .because(format!("refresh_token: it was issued to application {owner}, not to {client_id}"))
                .with_suberror("client_mismatch")
        }
        NoRefresh::Expired => {
            EntraError::invalid_grant(700_082, "The refresh token has expired due to inactivity.")
                .because("refresh_token: it was not used for 90 days")
                .with_suberror("bad_token")
        }
        NoRefresh::Used => EntraError::invalid_grant(
            50_173,
            "The grant was revoked. A fresh token is needed.",
        )
        .because("refresh_token: it was used before, so all that came from the same sign-in are revoked now")
        .with_suberror("bad_token"),
        NoRefresh::SessionEnded => {
            EntraError::invalid_grant(50_173, "The grant was revoked. A fresh token is needed.")
                .because("refresh_token: the user's sessions were revoked; the user must sign in again")
                .with_suberror("bad_token")
        }
        NoRefresh::Revoked => {
            EntraError::invalid_grant(50_173, "The grant was revoked. A fresh token is needed.")
                .because(
                    "refresh_token: an older one of the same sign-in was used twice, which revoked them all",
                )
                .with_suberror("bad_token")
        }
    }
}
