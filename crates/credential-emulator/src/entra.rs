//! Microsoft Entra: metadata, keys, tokens.

mod error;
mod grant;
mod metadata;
mod token_endpoint;

use axum::Router;
use axum::routing::{get, post};

use crate::services::SharedServices;

const SERVICE: &str = "entra";

pub(crate) fn routes() -> Router<SharedServices> {
    Router::new()
        .route("/common/discovery/instance", get(metadata::instance_discovery))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(metadata::version_2))
        .route("/{tenant}/.well-known/openid-configuration", get(metadata::version_1))
        .route("/{tenant}/discovery/v2.0/keys", get(metadata::keys))
        .route("/{tenant}/discovery/keys", get(metadata::keys))
        .route("/{tenant}/oauth2/v2.0/token", post(token_endpoint::version_2))
        .route("/{tenant}/oauth2/token", post(token_endpoint::version_1))
}

/// The two generations of endpoints and tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    V1,
    V2,
}
