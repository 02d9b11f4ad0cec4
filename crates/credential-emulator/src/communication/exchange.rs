//! What users get for their Entra tokens: user access tokens.

use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::json;

use super::error::CommunicationError;
use super::identity::{IDENTITY, issue_until};
use super::{fields, limits};
use crate::answer::{self, Answer};
use crate::audience;
use crate::bearer::{self, Caller, Delegated, Expected};
use crate::received::Received;
use crate::services::{Services, SharedServices};
use crate::verdict::Verdict;

/// What an exchange takes.
struct Exchange {
    audiences: &'static [&'static str],
    /// The scopes of which the Entra token must have one, each with what the user access token is good for then.
    scopes: &'static [(&'static str, &'static str)],
}

/// Teams users, whose calls and chats a program takes part in.
const TEAMS_USER: Exchange = Exchange {
    audiences: &audience::TEAMS,
    scopes: &[("Teams.ManageCalls", "voip"), ("Teams.ManageChats", "chat")],
};

/// Teams Phone extensibility.
const TEAMS_EXTENSION: Exchange =
    Exchange { audiences: &audience::TEAMS, scopes: &[("TeamsExtension.ManageCalls", "voip")] };

/// Entra users.
const CLIENTS: Exchange = Exchange {
    audiences: &audience::COMMUNICATION,
    scopes: &[
        ("VoIP", "voip"),
        ("VoIP.Join", "voip.join"),
        ("Chat", "chat"),
        ("Chat.Join", "chat.join"),
        ("Chat.Join.Limited", "chat.join.limited"),
    ],
};

/// An Entra token that was found good for an exchange.
struct Exchanged<'a> {
    caller: Caller<'a>,
    object_id: String,
    /// What the user access token is good for.
    scopes: Vec<String>,
}

/// `POST /teamsUser/:exchangeAccessToken`: the resource's owner passes the user's token on.
pub(super) async fn teams_user(
    State(services): State<SharedServices>,
    received: Received,
    Path(action): Path<String>,
) -> Answer {
    IDENTITY.serve(&services, &received, |call| {
        check_action(&action)?;
        call.count(limits::EXCHANGE, "")?;
        let (token, app_id) = (fields::text(&call.body, "token")?, fields::text(&call.body, "appId")?);
        let user_id = fields::text(&call.body, "userId")?;
        let exchanged = TEAMS_USER.judge(&services, token, &mut Verdict::of("communication"))?;
        let (app, user) = (exchanged.caller.app.client_id, &exchanged.object_id);
        if !app_id.eq_ignore_ascii_case(app) {
            return Err(invalid(format!("appId: the token was issued to application {app}")));
        }
        if !user_id.eq_ignore_ascii_case(user) {
            return Err(invalid(format!("userId: the token speaks for user {user}")));
        }
        let id = format!("8:orgid:{user}");
        services.users.know(&id);
        let token = issue_until(&services, &id, &exchanged.scopes, exchanged.caller.expires_at)?;
        Ok(answer::json(StatusCode::OK, &token))
    })
}

/// `POST /access/entra/:exchangeAccessToken`
pub(super) async fn entra(
    State(services): State<SharedServices>,
    received: Received,
    Path(action): Path<String>,
) -> Answer {
    own_token(&services, &received, &action, &CLIENTS, |exchanged, resource| {
        Ok(format!("8:acs:{resource}_wf_{}_{}", exchanged.caller.tenant_id, exchanged.object_id))
    })
}

/// `POST /access/teamsExtension/:exchangeAccessToken`, and its older name `teamsPhone`
pub(super) async fn teams_extension(
    State(services): State<SharedServices>,
    received: Received,
    Path(action): Path<String>,
) -> Answer {
    own_token(&services, &received, &action, &TEAMS_EXTENSION, |exchanged, resource| {
        let (tenant, user) = (&exchanged.caller.tenant_id, &exchanged.object_id);
        let client_id = exchanged.caller.app.client_id;
        if !services.assignments.allows_teams(tenant, user, client_id) {
            let reason = format!("assignment: user {user} has none for application {client_id}");
            return Err(CommunicationError::forbidden(reason));
        }
        Ok(format!("8:acs:{resource}_{tenant}_{user}"))
    })
}

/// The user's program brings the token itself, as the request's authorization.
fn own_token(
    services: &Services,
    received: &Received,
    action: &str,
    exchange: &Exchange,
    user_id: impl FnOnce(&Exchanged<'_>, &str) -> Result<String, CommunicationError>,
) -> Answer {
    let judge = |verdict: &mut Verdict| {
        let token = received.header("authorization").and_then(|text| text.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = token.ok_or_else(|| {
            let reason = "authorization: the header is not 'Bearer' and a user's Entra token";
            CommunicationError::denied(reason.to_owned())
        })?;
        exchange.judge(services, token, verdict)
    };
    IDENTITY.serve_after(services, received, judge, |call, exchanged| {
        check_action(action)?;
        call.count(limits::EXCHANGE, "")?;
        let id = user_id(exchanged, &services.accounts.acs_resource_id)?;
        services.users.know(&id);
        let token = issue_until(services, &id, &exchanged.scopes, exchanged.caller.expires_at)?;
        Ok(answer::json(StatusCode::OK, &json!({ "identity": { "id": id }, "accessToken": token })))
    })
}

impl Exchange {
    fn judge<'a>(
        &self,
        services: &'a Services,
        token: &str,
        verdict: &mut Verdict,
    ) -> Result<Exchanged<'a>, CommunicationError> {
        let expected = Expected { audiences: self.audiences, or_own_origin: false };
        let mut caller = bearer::verify_token(services, token, &expected, verdict)
            .map_err(|fault| invalid(format!("Entra token: {fault}")))?;
        let Some(Delegated { object_id, scopes: found }) = caller.user.take() else {
            return Err(invalid(
                "Entra token: it is an application's own, nobody stands behind it".to_owned(),
            ));
        };
        let is_found =
            |(scope, _): &&(&str, &str)| found.iter().any(|found| found.eq_ignore_ascii_case(scope));
        let scopes: Vec<String> =
            self.scopes.iter().filter(is_found).map(|(_, scope)| (*scope).to_owned()).collect();
        if scopes.is_empty() {
            let known: Vec<&str> = self.scopes.iter().map(|(scope, _)| *scope).collect();
            let (found, known) = (found.join(" "), known.join(", "));
            return Err(invalid(format!("scp: the Entra token has '{found}', this exchange takes {known}")));
        }
        verdict.verified(format!("scopes {}", found.join(" ")));
        Ok(Exchanged { caller, object_id, scopes })
    }
}

fn check_action(action: &str) -> Result<(), CommunicationError> {
    if action == ":exchangeAccessToken" {
        return Ok(());
    }
    let reason = format!("action: '{action}' is not served, only :exchangeAccessToken");
    Err(CommunicationError::not_found("The action was not found.", reason))
}

/// What recordings of the service show.
fn invalid(reason: String) -> CommunicationError {
    let message = "Provided access token is not valid.";
    CommunicationError::new(StatusCode::UNAUTHORIZED, "InvalidAccessToken", message, reason)
}
