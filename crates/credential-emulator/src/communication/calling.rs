//! Calls: those that applications make through Call Automation, and those that users make.

use axum::extract::State;
use http::StatusCode;
use serde_json::json;

use super::error::CommunicationError;
use super::fields;
use super::service::Service;
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::services::SharedServices;

const CALL_AUTOMATION: Service = Service {
    bad_signature: Some(("7509", "HMAC-SHA256 validation failed")),
    takes_signed_host: true,
    ..Service::plain()
};

const CALLING: Service = Service::plain();

/// The scopes that start calls; those that only join do not.
const STARTS: [&str; 1] = ["voip"];
const MOST_TARGETS: usize = 100;

/// `POST /calling/callConnections`, the call that an application makes
pub(super) async fn connect(State(services): State<SharedServices>, received: Received) -> Answer {
    CALL_AUTOMATION.serve(&services, &received, |call| {
        let targets = fields::list(&call.body, "targets", MOST_TARGETS)?;
        let callback = fields::text(&call.body, "callbackUri")?;
        if !callback.starts_with("https://") {
            let message = "The callbackUri field is not an https address.";
            return Err(CommunicationError::validation("callbackUri", message));
        }
        let connection = json!({
            "callConnectionId": call.services.ids.guid(),
            "serverCallId": call.services.ids.guid(),
            "correlationId": call.services.ids.guid(),
            "targets": targets,
            "callConnectionState": "connecting",
            "callbackUri": callback,
        });
        Ok(answer::json(StatusCode::CREATED, &connection))
    })
}

/// `POST /calling/calls`, the call that a user makes. How the Calling SDKs do that is not published: this path and its
/// body are the emulator's own, and stand for what those SDKs do with a user access token.
pub(super) async fn start(State(services): State<SharedServices>, received: Received) -> Answer {
    CALLING.serve_user(&services, &received, &STARTS, |call, user| {
        let targets = fields::list(&call.body, "targets", MOST_TARGETS)?;
        let started = json!({
            "callId": call.services.ids.guid(),
            "from": { "rawId": user.user_id, "communicationUser": { "id": user.user_id } },
            "targets": targets,
            "state": "connecting",
        });
        Ok(answer::json(StatusCode::CREATED, &started))
    })
}
