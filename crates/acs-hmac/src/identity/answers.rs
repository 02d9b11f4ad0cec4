//! The answers of the Identity service, in this crate's own types.

use bytes::Bytes;
use credential::{AccessToken, CredentialError};
use http::Response;

use super::communication_user::{CommunicationUser, UserAndToken};
use crate::operations::identity::{self, CreateUser, IssueAccessToken};
use crate::wire::{self, Operation};

/// Reads the answer to the creation of a user without a token.
pub(crate) fn user(response: &Response<Bytes>) -> Result<CommunicationUser, CredentialError> {
    to_user(response, CreateUser::read(response)?.identity)
}

/// Reads the answer to the creation of a user with a token, and to the exchanges that name the user.
pub(crate) fn user_and_token(response: &Response<Bytes>) -> Result<UserAndToken, CredentialError> {
    let created = CreateUser::read(response)?;
    let token = created.access_token.ok_or_else(|| {
        unexpected(response, "the Identity service answered without the token that was asked for")
    })?;
    let token = to_token(response, token)?;
    Ok(UserAndToken::new(to_user(response, created.identity)?, token))
}

/// Reads the answer to all that returns a token alone.
pub(crate) fn token(response: &Response<Bytes>) -> Result<AccessToken, CredentialError> {
    to_token(response, IssueAccessToken::read(response)?)
}

fn to_user(response: &Response<Bytes>, user: identity::User) -> Result<CommunicationUser, CredentialError> {
    if user.id.is_empty() {
        return Err(unexpected(response, "the Identity service answered with an empty user id"));
    }
    Ok(CommunicationUser::new(user.id))
}

fn to_token(
    response: &Response<Bytes>,
    token: identity::UserAccessToken,
) -> Result<AccessToken, CredentialError> {
    if token.token.is_empty() {
        return Err(unexpected(response, "the Identity service answered with an empty token"));
    }
    let expires_at = token.expires_on.time().ok_or_else(|| {
        unexpected(response, "the Identity service answered with an expiry that is no time")
    })?;
    Ok(AccessToken::new(token.token, expires_at))
}

fn unexpected(response: &Response<Bytes>, problem: &'static str) -> CredentialError {
    wire::unexpected(&identity::SERVICE, response, problem)
}
