//! Reads a user access token's expiry.

use credential::{AccessToken, CredentialError, CredentialErrorKind, jwt_expires_at};

/// Makes an access token of a user access token's text, a JWT that states its own expiry.
///
/// The signature is not checked, which is the service's business. Space around the text is dropped. A text that is no
/// JWT, or one without `exp`, is refused instead of being taken for a token that lives for ever or that has expired:
/// where the expiry is known from elsewhere, use [`AccessToken::new`].
///
/// # Errors
/// [`CredentialErrorKind::UnexpectedAnswer`] when the text is blank or no JWT with an `exp` claim. The token is not in
/// the error.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
///
/// // {"exp":2147483647}
/// let token = acs_hmac::parse_user_token("faketoken.eyJleHAiOjIxNDc0ODM2NDd9.faketoken")?;
/// assert_eq!(token.expires_at(), SystemTime::UNIX_EPOCH + Duration::from_secs(2147483647));
/// # Ok::<(), credential::CredentialError>(())
/// ```
pub fn parse_user_token(text: &str) -> Result<AccessToken, CredentialError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(CredentialError::new(
            CredentialErrorKind::UnexpectedAnswer,
            "the user access token is empty",
            "give the token that the Identity service issued",
        ));
    }
    Ok(AccessToken::new(text, jwt_expires_at(text)?))
}
