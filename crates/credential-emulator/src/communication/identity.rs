//! Communication Services Identity: users and their access tokens.

use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::error::CommunicationError;
use super::scopes;
use super::service::{Call, Service};
use super::user_token::{self, NotIssued};
use super::users::NoSuchUser;
use crate::answer::{self, Answer};
use crate::received::Received;
use crate::services::{Services, SharedServices};

const IDENTITY: Service = Service {
    supported_versions: Some("2021-03-07, 2022-06-01, 2022-10-01, 2023-10-01, 2025-06-30"),
    code_in_header: false,
    bad_signature: None,
};

/// `POST /identities`
pub(super) async fn create(State(services): State<SharedServices>, received: Received) -> Answer {
    IDENTITY.serve(&services, &received, |Call { body, .. }| {
        let scopes = scopes::scopes(body.get("createTokenWithScopes"))?;
        let minutes = scopes::minutes(body.get("expiresInMinutes"))?;
        let id = format!("8:acs:{}_{}", services.accounts.acs_resource_id, services.ids.guid());
        services.users.add(id.clone());
        let mut created = json!({ "identity": { "id": id } });
        if !scopes.is_empty() {
            created["accessToken"] = issue(&services, &id, &scopes, minutes)?;
        }
        Ok(answer::json(StatusCode::CREATED, &created))
    })
}

/// `DELETE /identities/{id}`
pub(super) async fn delete(
    State(services): State<SharedServices>,
    received: Received,
    Path(id): Path<String>,
) -> Answer {
    IDENTITY.serve(&services, &received, |_| {
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
    IDENTITY.serve(&services, &received, |Call { body, .. }| match action.as_str() {
        ":issueAccessToken" => {
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
    user_token::issue(services, id, scopes, minutes).map_err(|not_issued| match not_issued {
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
