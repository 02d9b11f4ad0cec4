//! Communication Services Identity: users and their access tokens.

use axum::extract::{Path, State};
use bytes::Bytes;
use credential::Clock;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::error::CommunicationError;
use super::user_token::{self, NotIssued};
use super::users::NoSuchUser;
use super::{authorization, scopes};
use crate::answer::{self, Answer};
use crate::clock::rfc3339;
use crate::received::{Received, is_dated_version};
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

const SUPPORTED_VERSIONS: &str = "2021-03-07, 2022-06-01, 2022-10-01, 2023-10-01, 2025-06-30";

type Outcome = Result<Response<Bytes>, CommunicationError>;

/// `POST /identities`
pub(super) async fn create(State(services): State<SharedServices>, received: Received) -> Answer {
    serve(&services, &received, |body| {
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
    serve(&services, &received, |_| {
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
    serve(&services, &received, |body| match action.as_str() {
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
            Err(CommunicationError::new(
                StatusCode::NOT_FOUND,
                "NotFound",
                "The action was not found.",
                reason,
            ))
        }
    })
}

/// Checks who calls, the version and the body's form, and has the operation answer.
fn serve(services: &Services, received: &Received, operation: impl FnOnce(&Value) -> Outcome) -> Answer {
    let mut verdict = Verdict::of("communication");
    let result = authorization::check(services, received, &mut verdict)
        .and_then(|()| check_version(received, &mut verdict))
        .and_then(|()| body(received))
        .and_then(|body| operation(&body));
    let answer = match result {
        Ok(response) => Answer::granted(verdict, response),
        Err(error) => {
            let response = error.response();
            Answer::refused(verdict, error.reason, response)
        }
    };
    answer.map_response(|response| set_headers(services, received, response))
}

/// Any version that looks like one is served: this emulator speaks for all.
fn check_version(received: &Received, verdict: &mut Verdict) -> Result<(), CommunicationError> {
    let refuse =
        |code, message, reason| Err(CommunicationError::new(StatusCode::BAD_REQUEST, code, message, reason));
    match received.query("api-version") {
        None => refuse(
            "ApiVersionUnspecified",
            "An API version is required, but was not specified.",
            "api-version: the query parameter is missing".to_owned(),
        ),
        Some(version) if !is_dated_version(&version) => refuse(
            "InvalidApiVersion",
            "The API version is not valid.",
            format!("api-version: '{version}' is not a date such as 2023-10-01"),
        ),
        Some(version) => {
            verdict.verified(format!("api-version {version}"));
            Ok(())
        }
    }
}

/// No body and an empty object mean the same.
fn body(received: &Received) -> Result<Value, CommunicationError> {
    if received.body().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(received.body()).ok().filter(Value::is_object).ok_or_else(|| {
        let reason = "body: it is not a JSON object".to_owned();
        CommunicationError::new(
            StatusCode::BAD_REQUEST,
            "ValidationError",
            "The request body is not valid.",
            reason,
        )
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
    CommunicationError::new(StatusCode::NOT_FOUND, "NotFound", "The identity was not found.", reason)
}

fn set_headers(services: &Services, received: &Received, response: &mut Response<Bytes>) {
    let now = rfc3339(services.clock.now()).replace(['-', ':'], "");
    answer::set_header(response, "ms-cv", &services.ids.correlation_vector());
    answer::set_header(response, "x-azure-ref", &format!("{now}-emulator-{}", services.ids.guid()));
    answer::set_header(response, "api-supported-versions", SUPPORTED_VERSIONS);
    answer::set_header(response, "request-context", "appId=");
    if let Some(id) = received.header("x-ms-client-request-id") {
        answer::set_header(response, "x-ms-client-request-id", id);
    }
}
