//! Microsoft Entra: metadata, keys, tokens.

mod account_choice;
mod authorization_code;
mod authorization_codes;
mod authorize;
mod b2c;
mod browser_session;
mod claims;
mod claims_request;
mod client;
mod client_assertion;
mod code_challenge;
mod device_code;
mod device_codes;
mod device_decision;
mod device_page;
mod error;
mod federation;
mod form;
mod grant;
mod interaction;
mod logout;
mod managed_identity;
mod metadata;
mod on_behalf_of;
mod page;
mod password;
mod redirect;
mod refresh_token;
mod refresh_tokens;
mod revocations;
mod scope;
mod sign_in_page;
mod sign_ins;
mod tenant;
mod token_endpoint;
mod token_request;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};

pub(crate) use authorize::sign_in;
pub(crate) use claims::DATED_BACK;
pub use device_codes::{DeviceSignIn, DeviceSignInState};
pub(crate) use device_decision::{DeviceDecision, decide_device};
pub(crate) use federation::assertion as federated_assertion;
pub use redirect::BrowserRedirect;
pub(crate) use revocations::revoke_sessions;
pub(crate) use sign_ins::SignIns;

use crate::services::SharedServices;

const SERVICE: &str = "entra";

pub(crate) fn routes() -> Router<SharedServices> {
    Router::new()
        .merge(b2c::routes())
        .merge(adfs_routes())
        .route("/common/discovery/instance", get(metadata::instance_discovery))
        .route("/federated-issuer/.well-known/openid-configuration", get(federation::metadata))
        .route("/federated-issuer/token", get(federation::token))
        .route("/common/userrealm/{user}", get(password::user_realm))
        .route("/devicelogin", get(device_page::show).post(device_page::decide))
        .route("/{tenant}/oauth2/v2.0/authorize", get(authorize::version_2).post(authorize::version_2))
        .route("/{tenant}/oauth2/authorize", get(authorize::version_1).post(authorize::version_1))
        .route("/{tenant}/oauth2/v2.0/logout", get(logout::end).post(logout::end))
        .route("/{tenant}/oauth2/logout", get(logout::end).post(logout::end))
        .route("/metadata/identity/oauth2/token", get(managed_identity::imds))
        .route("/msi/token", get(managed_identity::app_service))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(device_code::version_2))
        .route("/{tenant}/oauth2/devicecode", post(device_code::version_1))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata::version_2))
        .route("/{tenant}/.well-known/openid-configuration", get(metadata::version_1))
        .route("/{tenant}/discovery/v2.0/keys", get(metadata::keys))
        .route("/{tenant}/discovery/keys", get(metadata::keys))
        .route("/{tenant}/oauth2/v2.0/token", post(token_endpoint::version_2))
        .route("/{tenant}/oauth2/token", post(token_endpoint::version_1))
}

/// ADFS writes a slash behind its endpoints.
fn adfs_routes() -> Router<SharedServices> {
    let named = || Path("adfs".to_owned());
    Router::new()
        .route(
            "/adfs/oauth2/token/",
            post(async move |state, received| token_endpoint::version_1(state, received, named()).await),
        )
        .route(
            "/adfs/oauth2/authorize/",
            get(async move |state, received| authorize::version_1(state, received, named()).await)
                .post(async move |state, received| authorize::version_1(state, received, named()).await),
        )
        .route(
            "/adfs/oauth2/devicecode/",
            post(async move |state, received| device_code::version_1(state, received, named()).await),
        )
}

/// The two generations of endpoints and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}
