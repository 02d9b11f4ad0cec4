//! The paths of Azure AD B2C, which name a user flow behind the tenant.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};

use super::{Version, authorize, logout, metadata, token_endpoint};
use crate::answer::Answer;
use crate::received::Received;
use crate::services::SharedServices;

/// Both forms of the path. Everything behind it is as anywhere else.
pub(super) fn routes() -> Router<SharedServices> {
    let mut router = Router::new();
    for root in ["/{tenant}/{policy}", "/tfp/{tenant}/{policy}"] {
        let path = |rest: &str| format!("{root}/{rest}");
        router = router
            .route(&path("v2.0/.well-known/openid-configuration"), get(document))
            .route(&path("discovery/v2.0/keys"), get(keys))
            .route(&path("oauth2/v2.0/authorize"), get(begin).post(begin))
            .route(&path("oauth2/v2.0/token"), post(token))
            .route(&path("oauth2/v2.0/logout"), get(end).post(end));
    }
    router
}

/// Tenant and user flow, as the client wrote them.
fn authority(received: &Received, tenant: &str, policy: &str) -> String {
    let prefix = if received.uri().path().starts_with("/tfp/") { "tfp/" } else { "" };
    format!("{prefix}{tenant}/{policy}")
}

type Names = Path<(String, String)>;

async fn document(State(services): State<SharedServices>, received: Received, Path(names): Names) -> Answer {
    let authority = authority(&received, &names.0, &names.1);
    metadata::document(&services, &received, &authority, Version::V2)
}

async fn keys(State(services): State<SharedServices>, received: Received, Path(names): Names) -> Answer {
    metadata::key_set(&services, &received, &authority(&received, &names.0, &names.1))
}

async fn begin(State(services): State<SharedServices>, received: Received, Path(names): Names) -> Answer {
    let authority = authority(&received, &names.0, &names.1);
    authorize::answer(&services, &received, &authority, Version::V2)
}

async fn token(State(services): State<SharedServices>, received: Received, Path(names): Names) -> Answer {
    let authority = authority(&received, &names.0, &names.1);
    token_endpoint::token(&services, &received, &authority, Version::V2)
}

async fn end(State(services): State<SharedServices>, received: Received, Path(names): Names) -> Answer {
    logout::answer(&services, &received, &authority(&received, &names.0, &names.1))
}
