//! Communication Services.

mod assignments;
mod authorization;
mod calling;
mod chat;
mod email;
mod error;
mod exchange;
mod fields;
mod identity;
mod limits;
mod long_running;
mod mailbox;
mod merge_patch;
mod paging;
mod phone_numbers;
mod rooms;
mod scopes;
mod service;
mod sms;
mod threads;
mod user_token;
mod users;

use axum::Router;
use axum::routing::{get, post};

pub(crate) use assignments::Assignments;
pub(crate) use limits::Limits;
pub use mailbox::{Attachment, Email, Mailbox, Sms};
pub(crate) use user_token::verify as verify_user_token;
pub use user_token::{UserToken, UserTokenFault};
pub(crate) use users::Users;

use crate::services::SharedServices;

pub(crate) fn routes() -> Router<SharedServices> {
    let for_users = Router::new()
        .route("/chat/threads", post(chat::create).get(chat::list))
        .route("/chat/threads/{id}", get(chat::get).delete(chat::delete))
        .route("/chat/threads/{id}/messages", post(chat::send).get(chat::messages))
        .route("/chat/threads/{id}/messages/{message}", get(chat::message))
        .route("/calling/calls", post(calling::start));
    for_users
        .route("/identities", post(identity::create))
        .route("/identities/{id}", get(identity::get).delete(identity::delete))
        .route("/identities/{id}/{action}", post(identity::act))
        .route("/teamsUser/{action}", post(exchange::teams_user))
        .merge(access_routes())
        .route("/sms", post(sms::send))
        .route("/sms/optouts:add", post(sms::opt_out))
        .route("/sms/optouts:remove", post(sms::opt_in))
        .route("/sms/optouts:check", post(sms::check_opt_outs))
        .route("/emails:send", post(email::send))
        .route("/emails/operations/{id}", get(email::operation))
        // The service itself is known to link to this.
        .route("//emails/operations/{id}", get(email::operation))
        .route("/phoneNumbers", get(phone_numbers::list))
        .route("/phoneNumbers/{number}", get(phone_numbers::get))
        .route("/phoneNumbers/operations/{id}", get(phone_numbers::operation))
        .route("/availablePhoneNumbers/countries/{country}/{action}", post(phone_numbers::search))
        .route("/availablePhoneNumbers/searchResults/{id}", get(phone_numbers::search_result))
        .route("/rooms", post(rooms::create).get(rooms::list))
        .route("/rooms/{id}", get(rooms::get).patch(rooms::change).delete(rooms::delete))
        .route("/rooms/{id}/participants", get(rooms::participants).patch(rooms::change_participants))
        .route("/calling/callConnections", post(calling::connect))
}

/// What Entra's users exchange their tokens at, and who may.
fn access_routes() -> Router<SharedServices> {
    let teams_assignment =
        get(assignments::get_teams).put(assignments::put_teams).delete(assignments::delete_teams);
    let entra_assignment =
        get(assignments::get_entra).put(assignments::put_entra).delete(assignments::delete_entra);
    let mut router = Router::new()
        .route("/access/entra/assignments", get(assignments::list_entra).patch(assignments::patch_entra))
        .route("/access/entra/assignments/{object}", entra_assignment)
        .route("/access/teamsExtension/tenants/{tenant}/assignments/{object}", teams_assignment);
    // Some SDKs put the path behind an endpoint that ends in a slash.
    for slash in ["/", "//"] {
        router = router
            .route(&format!("{slash}access/entra/{{action}}"), post(exchange::entra))
            .route(&format!("{slash}access/teamsExtension/{{action}}"), post(exchange::teams_extension))
            .route(&format!("{slash}access/teamsPhone/{{action}}"), post(exchange::teams_extension));
    }
    router
}

/// What clients made of the resource, apart from its users.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    sent: mailbox::Sent,
    opt_outs: sms::OptOuts,
    email_operations: long_running::Operations,
    number_searches: long_running::Operations,
    rooms: rooms::Rooms,
    threads: threads::Threads,
}

impl Contents {
    pub(crate) fn mailbox(&self) -> Mailbox {
        self.sent.mailbox()
    }
}
