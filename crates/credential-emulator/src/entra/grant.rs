//! What a client is granted.

use super::client::{self, Client, Kind};
use super::error::EntraError;
use super::scope::{self, UserScopes};
use super::token_request::TokenRequest;
use super::{authorization_code, device_code, on_behalf_of, password, refresh_token};
use crate::accounts::User;
use crate::verdict::Verdict;

/// Tokens to issue: all of it was checked.
pub(super) struct Grant<'a> {
    pub(super) client: Client<'a>,
    pub(super) tenant_id: &'a str,
    pub(super) access: Access<'a>,
}

/// In whose name.
pub(super) enum Access<'a> {
    /// The application's own: the audience, exactly as the client wrote it.
    App(String),
    User(UserAccess<'a>),
}

/// In the name of a user.
pub(super) struct UserAccess<'a> {
    pub(super) user: User<'a>,
    pub(super) scopes: UserScopes,
    /// What the id token repeats to the client.
    pub(super) nonce: Option<String>,
    /// The refresh tokens that the new one continues.
    pub(super) family: Option<u64>,
}

impl<'a> UserAccess<'a> {
    /// The user signed in for this.
    pub(super) fn signed_in(user: User<'a>, scopes: UserScopes) -> Self {
        Self { user, scopes, nonce: None, family: None }
    }
}

const ON_BEHALF_OF: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Checks a token request: tenant, grant type, application, its proof, and what the grant type asks for, in the order in
/// which Entra complains.
pub(super) fn check<'a>(request: &TokenRequest<'a>, verdict: &mut Verdict) -> Result<Grant<'a>, EntraError> {
    match request.form.required("grant_type")? {
        "client_credentials" => client_credentials(request, verdict),
        // The second name is older than the specification, and still sent.
        DEVICE_CODE | "device_code" => device_code::check(request, verdict),
        "authorization_code" => authorization_code::check(request, verdict),
        "refresh_token" => refresh_token::check(request, verdict),
        ON_BEHALF_OF => on_behalf_of::check(request, verdict),
        "password" => password::check(request, verdict),
        other => Err(unsupported(other)),
    }
}

/// RFC 6749, section 4.4.2.
fn client_credentials<'a>(
    request: &TokenRequest<'a>,
    verdict: &mut Verdict,
) -> Result<Grant<'a>, EntraError> {
    let tenant_id = request.tenant.of_app()?;
    verdict.verified(format!("tenant {tenant_id}"));
    verdict.verified("grant type client_credentials");
    let client = client::authenticate(request, tenant_id, Kind::Confidential, verdict)?;
    let resource = scope::resource_of_app(request, tenant_id)?;
    verdict.verified(format!("resource {resource}"));
    Ok(Grant { client, tenant_id, access: Access::App(resource) })
}

fn unsupported(found: &str) -> EntraError {
    let message = format!("The app requested an unsupported grant type '{found}'.");
    EntraError::bad_request("unsupported_grant_type", 70_003, message)
        .because(format!("grant_type: '{found}' is not served, only {}", GRANT_TYPES.join(", ")))
}

/// The grant types that are served, for the metadata.
pub(super) const GRANT_TYPES: [&str; 6] =
    ["authorization_code", "client_credentials", DEVICE_CODE, "refresh_token", ON_BEHALF_OF, "password"];
