//! The password grant (RFC 6749, section 4.3), which Entra still serves and advises against.

use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::SERVICE;
use super::client::{self, Kind};
use super::error::EntraError;
use super::grant::{Access, Grant, UserAccess};
use super::scope::UserScopes;
use super::tenant::Authority;
use super::token_request::TokenRequest;
use crate::accounts::{Accounts, CONSUMERS, User};
use crate::answer::{self, Answer};
use crate::services::SharedServices;
use crate::verdict::Verdict;

pub(super) fn check<'a>(request: &TokenRequest<'a>, verdict: &mut Verdict) -> Result<Grant<'a>, EntraError> {
    if matches!(request.tenant.authority, Authority::Common | Authority::Consumers) {
        let message = "The grant type is not supported over the /common or /consumers endpoints.".to_owned();
        return Err(EntraError::bad_request("invalid_request", 9_001_023, message)
            .because("tenant: passwords are taken at organizations or at one tenant only"));
    }
    let directory = request.note_tenant(verdict);
    verdict.verified("grant type password");
    let client = client::authenticate(request, directory, Kind::Any, verdict)?;
    let (name, password) = (request.form.required("username")?, request.form.required("password")?);
    let user = known_user(&request.services.accounts, name, directory)?;
    let home = user.tenant_id;
    // Guests and personal accounts cannot use this grant.
    if home == CONSUMERS || request.tenant.one().is_some_and(|asked| asked != home) {
        return Err(no_such_user(format!(
            "username: {} is at home in tenant {home}, not in {directory}",
            user.name
        )));
    }
    let tenant_id = request.tenant_of(&user, verdict)?;
    check_password(&user, password, verdict)?;
    let scopes = UserScopes::read(request, tenant_id)?;
    request.services.sign_ins.interaction.check(request, &user)?;
    verdict.verified(format!("scopes {}", scopes.granted()));
    Ok(Grant { client, tenant_id, access: Access::User(UserAccess::signed_in(user, scopes)) })
}

fn no_such_user(reason: String) -> EntraError {
    EntraError::invalid_grant(50_034, "The user account does not exist in the directory.").because(reason)
}

/// Finds who has this name. The name is not shown: people type their password in its place.
pub(super) fn known_user<'a>(
    accounts: &'a Accounts,
    name: &str,
    directory: &str,
) -> Result<User<'a>, EntraError> {
    accounts.user(name).ok_or_else(|| {
        let known: Vec<&str> = accounts.users().map(|user| user.name).collect();
        no_such_user(format!("username: nobody in {directory} has it; users are {}", known.join(", ")))
    })
}

pub(super) fn check_password(
    user: &User<'_>,
    password: &str,
    verdict: &mut Verdict,
) -> Result<(), EntraError> {
    if bool::from(password.as_bytes().ct_eq(user.password.as_bytes())) {
        verdict.verified(format!("password of {}", user.name));
        return Ok(());
    }
    let message = "Error validating credentials due to invalid username or password.";
    Err(EntraError::invalid_grant(50_126, message)
        .because(format!("password: it is not the password of {}", user.name)))
}

/// `GET /common/userrealm/{user}`: where clients learn whether a password is Entra's to judge. All are, here.
pub(super) async fn user_realm(State(services): State<SharedServices>, Path(name): Path<String>) -> Answer {
    let accounts = &services.accounts;
    let user = accounts.user(&name);
    let domain = user.as_ref().and_then(|user| accounts.tenants().find(|(id, _)| *id == user.tenant_id));
    let body = json!({
        "ver": "1.0",
        "account_type": if user.is_some() { "Managed" } else { "Unknown" },
        "domain_name": domain.map_or(accounts.tenant_domain.as_str(), |(_, domain)| domain),
        "cloud_instance_name": "emulator",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    });
    Answer::granted(Verdict::of(SERVICE), answer::json(StatusCode::OK, &body))
}
