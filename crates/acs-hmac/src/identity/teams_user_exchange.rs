//! The exchange of a Teams user's Entra token, checked.

use credential::{AccessToken, CredentialError, CredentialErrorKind};

use crate::operations::identity::{ExchangeTeamsUserToken, TeamsUserExchangeRequest};

pub(super) fn teams_user_exchange(
    entra: &AccessToken,
    app_id: &str,
    user_id: &str,
) -> Result<ExchangeTeamsUserToken, CredentialError> {
    let token = given("Entra token", entra.expose())?;
    let (app_id, user_id) = (given("app id", app_id)?, given("user id", user_id)?);
    Ok(ExchangeTeamsUserToken::new(TeamsUserExchangeRequest::new(token, app_id, user_id)))
}

fn given<'a>(name: &'static str, text: &'a str) -> Result<&'a str, CredentialError> {
    if text.trim().is_empty() {
        return Err(CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            format!("the {name} is empty"),
            "pass the Entra access token of the Teams user, the client id of the application that asked for it and the \
             user's Entra object id",
        ));
    }
    Ok(text)
}
