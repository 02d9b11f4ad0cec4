//! The requests that exchange an Entra token for a user access token, as values.

use bytes::Bytes;
use credential::{AccessToken, CredentialError, CredentialErrorKind};
use http::header::AUTHORIZATION;
use http::{Method, Request};
use serde::Serialize;
use zeroize::Zeroizing;

use super::requests::Service;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TeamsBody<'a> {
    token: &'a str,
    app_id: &'a str,
    user_id: &'a str,
}

impl Service {
    /// `POST /teamsUser/:exchangeAccessToken`. The body holds the token, and is wiped once the last holder drops it.
    pub(crate) fn exchange_teams(
        &self,
        entra: &AccessToken,
        app_id: &str,
        user_id: &str,
    ) -> Result<Request<Bytes>, CredentialError> {
        let body = TeamsBody { token: given("Entra token", entra.expose())?, app_id, user_id };
        given("app id", app_id)?;
        given("user id", user_id)?;
        // Growing would leave unwiped copies behind, so the longest possible body fits from the start: JSON writes a
        // byte as six at most.
        let longest = 6 * (body.token.len() + app_id.len() + user_id.len()) + 64;
        let mut json = Zeroizing::new(Vec::with_capacity(longest));
        serde_json::to_writer(&mut *json, &body).map_err(|source| {
            invalid("the request could not be built", "report this, with the source").with_source(source)
        })?;
        self.request(Method::POST, "/teamsUser/:exchangeAccessToken", Some(Bytes::from_owner(json)))
    }

    /// `POST` with an empty object as its body, authorized by the Entra token itself and by nothing else.
    pub(crate) fn exchange_entra(
        &self,
        path: &str,
        entra: &AccessToken,
    ) -> Result<Request<Bytes>, CredentialError> {
        let mut request = self.request(Method::POST, path, Some(Bytes::from_static(b"{}")))?;
        request.headers_mut().insert(AUTHORIZATION, entra.to_header_value()?);
        Ok(request)
    }
}

fn given<'a>(name: &'static str, text: &'a str) -> Result<&'a str, CredentialError> {
    if text.trim().is_empty() {
        return Err(invalid(
            format!("the {name} is empty"),
            "pass the Entra access token of the Teams user, the client id of the application that asked for it and the \
             user's Entra object id",
        ));
    }
    Ok(text)
}

fn invalid(problem: impl Into<std::borrow::Cow<'static, str>>, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix)
}
