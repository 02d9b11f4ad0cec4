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
use crate::answer::{self, Answer};
use crate::services::SharedServices;
use crate::verdict::Verdict;

pub(super) fn check<'a>(request: &TokenRequest<'a>, verdict: &mut Verdict) -> Result<Grant<'a>, EntraError> {
    if matches!(request.tenant.authority, Authority::Common | Authority::Consumers) {
        let message = "The grant type is not supported over the /common or /consumers endpoints.".to_owned();
        return Err(EntraError::bad_request("invalid_request", 9_001_023, message)
            .because("tenant: passwords are taken at organizations or at one tenant only"));
    }
    let tenant_id = request.user_tenant(verdict);
    verdict.verified("grant type password");
    let client = client::authenticate(request, tenant_id, Kind::Any, verdict)?;
    let accounts = &request.services.accounts;
    let (name, password) = (request.form.required("username")?, request.form.required("password")?);
    if !name.eq_ignore_ascii_case(&accounts.user_name) || tenant_id != accounts.tenant_id {
        // The name is not shown: people type their password in its place.
        return Err(EntraError::invalid_grant(50_034, "The user account does not exist in the directory.")
            .because(format!(
                "username: it is not {} of tenant {}",
                accounts.user_name, accounts.tenant_id
            )));
    }
    if !bool::from(password.as_bytes().ct_eq(accounts.user_password.as_bytes())) {
        return Err(EntraError::invalid_grant(
            50_126,
            "Error validating credentials due to invalid username or password.",
        )
        .because(format!("password: it is not the password of {}", accounts.user_name)));
    }
    verdict.verified(format!("password of {}", accounts.user_name));
    let scopes = UserScopes::read(request, tenant_id)?;
    request.services.sign_ins.interaction.check(request)?;
    verdict.verified(format!("scopes {}", scopes.granted()));
    Ok(Grant { client, tenant_id, access: Access::User(UserAccess::signed_in(scopes)) })
}

/// `GET /common/userrealm/{user}`: where clients learn whether a password is Entra's to judge. All are, here.
pub(super) async fn user_realm(State(services): State<SharedServices>, Path(name): Path<String>) -> Answer {
    let body = json!({
        "ver": "1.0",
        "account_type": if name.eq_ignore_ascii_case(&services.accounts.user_name) { "Managed" } else { "Unknown" },
        "domain_name": services.accounts.tenant_domain,
        "cloud_instance_name": "emulator",
        "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    });
    Answer::granted(Verdict::of(SERVICE), answer::json(StatusCode::OK, &body))
}
