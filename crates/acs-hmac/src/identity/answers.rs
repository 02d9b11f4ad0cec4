//! The answers of the Identity service, read.

use bytes::Bytes;
use credential::{AccessToken, CredentialError, Secret};
use http::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::communication_user::{CommunicationUser, UserAndToken};
use super::service_error::{service_error, unexpected};
use super::timestamp::parse_timestamp;

const NOT_OURS: &str = "the answer is not one of the Identity service";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreatedBody {
    identity: IdentityBody,
    access_token: Option<TokenBody>,
}

#[derive(Deserialize)]
struct IdentityBody {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenBody {
    token: String,
    expires_on: String,
}

/// Reads the answer to `create` without a token.
pub(crate) fn user(response: &Response<Bytes>) -> Result<CommunicationUser, CredentialError> {
    let CreatedBody { identity, .. } = json(response)?;
    to_user(response, identity)
}

/// Reads the answer to `create` with a token.
pub(crate) fn user_and_token(response: &Response<Bytes>) -> Result<UserAndToken, CredentialError> {
    let CreatedBody { identity, access_token } = json(response)?;
    let token = access_token.ok_or_else(|| {
        unexpected(response, "the Identity service answered without the token that was asked for")
    })?;
    let token = to_token(response, token)?;
    Ok(UserAndToken::new(to_user(response, identity)?, token))
}

/// Reads the answer to `issue`.
pub(crate) fn token(response: &Response<Bytes>) -> Result<AccessToken, CredentialError> {
    to_token(response, json(response)?)
}

/// Reads the answer to `revoke` and `delete`, which has no body; one with a body comes from somebody else.
pub(crate) fn nothing(response: &Response<Bytes>) -> Result<(), CredentialError> {
    refuse_failure(response)?;
    if !response.body().is_empty() {
        return Err(unexpected(response, NOT_OURS));
    }
    Ok(())
}

fn refuse_failure(response: &Response<Bytes>) -> Result<(), CredentialError> {
    if response.status().is_success() { Ok(()) } else { Err(service_error(response)) }
}

fn json<T: DeserializeOwned>(response: &Response<Bytes>) -> Result<T, CredentialError> {
    refuse_failure(response)?;
    // The parser's own error may quote the body, and with it a token.
    serde_json::from_slice(response.body()).map_err(|_| unexpected(response, NOT_OURS))
}

fn to_user(response: &Response<Bytes>, identity: IdentityBody) -> Result<CommunicationUser, CredentialError> {
    if identity.id.is_empty() {
        return Err(unexpected(response, "the Identity service answered with an empty user id"));
    }
    Ok(CommunicationUser::new(identity.id))
}

fn to_token(response: &Response<Bytes>, body: TokenBody) -> Result<AccessToken, CredentialError> {
    let secret = Secret::from(body.token);
    if secret.is_empty() {
        return Err(unexpected(response, "the Identity service answered with an empty token"));
    }
    let expires_at = parse_timestamp(&body.expires_on).ok_or_else(|| {
        unexpected(response, "the Identity service answered with an expiry that is no time")
    })?;
    Ok(AccessToken::new(secret, expires_at))
}
