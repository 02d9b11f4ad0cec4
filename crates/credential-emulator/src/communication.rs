//! Communication Services.

mod authorization;
mod error;
mod identity;
mod scopes;
mod user_token;
mod users;

use axum::Router;
use axum::routing::{delete, post};

pub(crate) use user_token::verify as verify_user_token;
pub use user_token::{UserToken, UserTokenFault};
pub(crate) use users::Users;

use crate::services::SharedServices;

pub(crate) fn routes() -> Router<SharedServices> {
    Router::new()
        .route("/identities", post(identity::create))
        .route("/identities/{id}", delete(identity::delete))
        .route("/identities/{id}/{action}", post(identity::act))
}
