//! User access tokens.

use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::users::NoSuchUser;
use crate::clock::{instant, with_seven_digits};
use crate::services::Services;
use crate::signing_key::SigningFailed;

/// What a user access token says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserToken {
    /// The user, such as `8:acs:...`.
    pub user_id: String,
    /// What the token is good for, such as `chat` and `voip`.
    pub scopes: Vec<String>,
    /// When it ends, by the emulator's clock.
    pub expires_at: SystemTime,
}

/// Why a user access token is not good, or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserTokenFault {
    /// It is not a user access token of this emulator.
    NotIssuedHere,
    /// It has expired.
    Expired,
    /// Its user was deleted.
    UserDeleted,
    /// All tokens of its user were revoked.
    Revoked,
}

/// Why no token was issued.
pub(super) enum NotIssued {
    NoSuchUser,
    SigningFailed,
}

/// Issues a token that ends at an instant, in seconds since 1970, in the service's form: the token and when it ends.
pub(super) fn issue(
    services: &Services,
    id: &str,
    scopes: &[String],
    expires_at: i64,
) -> Result<Value, NotIssued> {
    let now = services.clock.epoch_seconds();
    let token_id = services.ids.guid();
    services.users.add_token(id, token_id.clone(), expires_at, now)?;
    let claims = json!({
        // Without the leading `8:` of the user's id.
        "skypeid": id.strip_prefix("8:").unwrap_or(id),
        "scp": 1792,
        "csi": now.to_string(),
        "exp": expires_at,
        "iat": now,
        "rgn": "emea",
        "acsScope": scopes.join(","),
        "resourceId": services.accounts.acs_resource_id,
        "resourceLocation": "europe",
        // Not a claim of real tokens: tells apart the tokens of one second.
        "jti": token_id,
    });
    let token = services.signing_keys.sign_as_service(&claims)?;
    Ok(json!({ "token": token, "expiresOn": with_seven_digits(instant(expires_at)) }))
}

/// Judges a token as Chat and Calling would.
pub(crate) fn verify(services: &Services, token: &str) -> Result<UserToken, UserTokenFault> {
    let claims = services.signing_keys.verify(token.trim()).map_err(|_| UserTokenFault::NotIssuedHere)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).ok_or(UserTokenFault::NotIssuedHere);
    let user_id = format!("8:{}", text("skypeid")?);
    let expires_at = claims.get("exp").and_then(Value::as_i64).ok_or(UserTokenFault::NotIssuedHere)?;
    if services.clock.epoch_seconds() >= expires_at {
        return Err(UserTokenFault::Expired);
    }
    match services.users.has_token(&user_id, text("jti")?) {
        Err(NoSuchUser) => Err(UserTokenFault::UserDeleted),
        Ok(false) => Err(UserTokenFault::Revoked),
        Ok(true) => {
            let scopes = text("acsScope")?.split(',').map(str::to_owned).collect();
            Ok(UserToken { user_id, scopes, expires_at: instant(expires_at) })
        }
    }
}

/// Says whether the token was issued here for a user, good or no longer.
pub(super) fn is_one(services: &Services, token: &str) -> bool {
    services.signing_keys.verify(token.trim()).is_ok_and(|claims| claims.get("skypeid").is_some())
}

impl From<NoSuchUser> for NotIssued {
    fn from(_: NoSuchUser) -> Self {
        Self::NoSuchUser
    }
}

impl From<SigningFailed> for NotIssued {
    fn from(_: SigningFailed) -> Self {
        Self::SigningFailed
    }
}

impl fmt::Display for UserTokenFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotIssuedHere => "the token is not a user access token of this emulator: issue one here",
            Self::Expired => "the user access token has expired: issue another",
            Self::UserDeleted => "the user of this token was deleted: create another user",
            Self::Revoked => "the tokens of this user were revoked: issue another",
        })
    }
}

impl Error for UserTokenFault {}
