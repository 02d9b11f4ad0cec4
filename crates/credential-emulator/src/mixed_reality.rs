//! Mixed Reality: the token service, and Remote Rendering as a service that takes its tokens.

mod remote_rendering;
mod sessions;
mod token_service;

use axum::Router;
use axum::routing::get;

pub(crate) use sessions::Sessions;

use crate::services::SharedServices;

pub(crate) fn routes() -> Router<SharedServices> {
    let mut router = Router::new();
    // SDKs write the first form to the token service and the second to Remote Rendering; documentation the second to both.
    for root in ["/Accounts", "/accounts"] {
        let session =
            get(remote_rendering::get).put(remote_rendering::create).patch(remote_rendering::update);
        router = router
            .route(&format!("{root}/{{account}}/token"), get(token_service::token))
            .route(&format!("{root}/{{account}}/sessions"), get(remote_rendering::list))
            .route(&format!("{root}/{{account}}/sessions/{{session}}"), session)
            .route(
                &format!("{root}/{{account}}/sessions/{{session}}/{{action}}"),
                axum::routing::post(remote_rendering::act),
            );
    }
    router
}
