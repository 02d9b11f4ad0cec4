//! Media Services: REST v2, and v3 through Azure Resource Manager; compatible services. All show the same assets.

mod arm;
mod assets;
mod error;
mod mkio;
mod ravnur;
mod rest_v2;

use axum::Router;
use axum::routing::{any, get, post, put};

pub(crate) use assets::Assets;
pub(crate) use mkio::token as mkio_token;

use crate::services::SharedServices;

pub(crate) fn routes() -> Router<SharedServices> {
    let mut router = Router::new()
        .route("/subscriptions/{*path}", get(arm::read))
        .route("/Subscriptions/{*path}", get(arm::read))
        .route("/auth/token", post(ravnur::token))
        // Clients put the path behind an endpoint that ends in a slash.
        .route("//auth/token", post(ravnur::token))
        .route("/api/v1/user/profile", get(mkio::profile))
        .route("/api/profile", put(mkio::legacy_profile));
    // The entry that was the same for all accounts, and led each to its own address.
    for root in ["/legacy", "/legacy/"] {
        router = router.route(root, any(rest_v2::moved));
    }
    router = router.route("/legacy/{*entity}", any(rest_v2::moved));
    // Documentation writes both cases.
    for root in ["/api", "/API"] {
        router = router
            .route(root, get(rest_v2::service_root))
            .route(&format!("{root}/"), get(rest_v2::service_root))
            .route(&format!("{root}/Assets"), get(rest_v2::list_assets).post(rest_v2::create_asset))
            .route(&format!("{root}/MediaProcessors"), get(rest_v2::list_processors))
            .route(&format!("{root}/{{*entity}}"), get(rest_v2::unknown_entity));
    }
    router
}
