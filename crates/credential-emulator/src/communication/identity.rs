//! Communication Services Identity: users and their access tokens.

use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::error::CommunicationError;
use super::service::Service;
use super::user_token::{self, NotIssued};
use super::users::NoSuchUser;
use super::{fields, limits, scopes};
use crate::answer::{self, Answer};
use crate::clock::{instant, with_seven_digits};
use crate::received::Received;
use crate::services::{Services, SharedServices};

/// How long a client's own name for a user can be, in characters.
const LONGEST_CUSTOM_ID: usize = 256;

pub(super) const IDENTITY: Service = Service {
    supported_versions: Some("2021-03-07, 2022-06-01, 2022-10-01, 2023-10-01, 2025-06-30"),
    ..Service::plain()
};

/// `POST /identities`
pub(super) async fn create(State(services): State<SharedServices>, received: Received) -> Answer {
    IDENTITY.serve(&services, &received, |call| {
        let body = &call.body;
        call.count(limits::CREATE, "")?;
        let scopes = scopes::scopes(body.get("createTokenWithScopes"))?;
        let minutes = scopes::minutes(body.get("expiresInMinutes"))?;
        let custom_id = custom_id(body)?;
        let fresh = || format!("8:acs:{}_{}", services.accounts.acs_resource_id, services.ids.guid());
        let (id, is_new) = services.users.add(custom_id, fresh);
        let mut created = json!({ "identity": { "id": id } });
        if !scopes.is_empty() {
            created["accessToken"] = issue(&services, &id, &scopes, minutes)?;
        }
        // Only the newest preview tells the two apart; it has another name for the field, too.
        let is_known = !is_new && body.get("externalId").is_some();
        let status = if is_known { StatusCode::OK } else { StatusCode::CREATED };
        Ok(answer::json(status, &created))
    })
}

/// `GET /identities/{id}`: previews since 2025 only.
pub(super) async fn get(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    IDENTITY.serve(&services, &received, |_| {
        let user = services.users.find(&id).map_err(|NoSuchUser| unknown_user(&id))?;
        let issued_at = user.last_token_issued_at.map(|at| with_seven_digits(instant(at)));
        let shown = json!({ "id": id, "customId": user.custom_id, "lastTokenIssuedAt": issued_at });
        Ok(answer::json(StatusCode::OK, &shown))
    })
}

/// The client's own name for the user: the same name is the same user again.
fn custom_id(body: &Value) -> Result<Option<String>, CommunicationError> {
    let name = if body.get("externalId").is_some() { "externalId" } else { "customId" };
    let Some(text) = fields::optional_text(body, name)? else { return Ok(None) };
    if (1..=LONGEST_CUSTOM_ID).contains(&text.chars().count()) {
        return Ok(Some(text.to_owned()));
    }
    let message = format!("The {name} field must have 1 to {LONGEST_CUSTOM_ID} characters.");
    Err(CommunicationError::validation(name, message))
}

/// `DELETE /identities/{id}`
pub(super) async fn delete(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    IDENTITY.serve(&services, &received, |call| {
        call.count(limits::DELETE, "")?;
        services.users.remove(&id).map_err(|NoSuchUser| unknown_user(&id))?;
        Ok(answer::empty(StatusCode::NO_CONTENT))
    })
}

/// `POST /identities/{id}/:issueAccessToken` and `POST /identities/{id}/:revokeAccessTokens`
pub(super) async fn act(
    State(services): State<SharedServices>,
    received: Received,
    Path((id, action)): Path<(String, String)>,
) -> Answer {
    IDENTITY.serve(&services, &received, |call| match action.as_str() {
        ":issueAccessToken" => {
            call.count(limits::ISSUE, "")?;
            let body = &call.body;
            let scopes = scopes::scopes(body.get("scopes"))?;
            if scopes.is_empty() {
                return Err(CommunicationError::validation(
                    "Scopes",
                    "Scopes: The Scopes field is required.",
                ));
            }
            let minutes = scopes::minutes(body.get("expiresInMinutes"))?;
            Ok(answer::json(StatusCode::OK, &issue(&services, &id, &scopes, minutes)?))
        }
        ":revokeAccessTokens" => {
            call.count(limits::REVOKE, "")?;
            services.users.revoke_tokens(&id).map_err(|NoSuchUser| unknown_user(&id))?;
            Ok(answer::empty(StatusCode::NO_CONTENT))
        }
        _ => {
            let reason =
                format!("action: '{action}' is not served, only :issueAccessToken and :revokeAccessTokens");
            Err(CommunicationError::not_found("The action was not found.", reason))
        }
    })
}

fn issue(
    services: &Services,
    id: &str,
    scopes: &[String],
    minutes: i64,
) -> Result<Value, CommunicationError> {
    issue_until(services, id, scopes, services.clock.epoch_seconds() + minutes * 60)
}

/// Issues a user access token that ends at an instant, in seconds since 1970.
pub(super) fn issue_until(
    services: &Services,
    id: &str,
    scopes: &[String],
    expires_at: i64,
) -> Result<Value, CommunicationError> {
    user_token::issue(services, id, scopes, expires_at).map_err(|not_issued| match not_issued {
        NotIssued::NoSuchUser => unknown_user(id),
        NotIssued::SigningFailed => CommunicationError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            "The token could not be issued.",
            "signature: the token could not be signed".to_owned(),
        ),
    })
}

fn unknown_user(id: &str) -> CommunicationError {
    let reason = format!("identity: '{id}' was never created here, or was deleted");
    CommunicationError::not_found("The identity was not found.", reason)
}
