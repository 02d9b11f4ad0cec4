//! A user access token that an application provides and keeps fresh.

use std::sync::Arc;

use async_trait::async_trait;
use credential::{AccessToken, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest};

use super::UserTokenCredentialBuilder;
use super::background::Background;
use super::keeper::Keeper;

/// Provides a user access token for Chat and Calling, and keeps it fresh with a refresher of the application's.
///
/// Scopes, tenant and claims of a request are ignored: whoever issued the token decided them.
///
/// What the official SDKs call `CommunicationTokenCredential`. Where they differ, this is what holds here:
///
/// - A token without a refresher is returned as it is, even when it has expired (all SDKs): the service decides.
/// - With a refresher, a token that has 2 minutes or less left is renewed on demand (.NET, Python); one that has less
///   than 4 minutes when it comes, half-way. Callers get the still valid token meanwhile, and also when the refresh fails.
/// - One refresh at a time. Callers without a valid token wait for it and share its result or its failure.
/// - A refresher that returns an expired or empty token, or the one that the service has refused, has failed; the token
///   is not kept.
/// - With [`UserTokenCredentialBuilder::refresh_proactively`], a background task refreshes 10 minutes before the expiry,
///   from when the credential is built (JavaScript, Java, .NET), and at once when there is no valid token. Within those
///   10 minutes it waits for half of the remaining life, and 1 second at least.
/// - After failures the refresher is left alone for 5 s, doubling up to 5 minutes, or for as long as the error's
///   `retry_after()` says, up to an hour. Only a caller without a valid token does not wait for that. The background
///   task goes on; in the official SDKs it ends with the first failure.
/// - Dropping the credential ends the background task at once, and drops a refresh that is under way.
///
/// # Example
/// ```
/// use acs_hmac::{UserTokenCredential, parse_user_token, refresh_with};
/// use credential::{TokenCredential, TokenRequest};
///
/// async fn ask_my_server() -> Result<String, credential::CredentialError> {
///     Ok("faketoken.eyJleHAiOjIxNDc0ODM2NDd9.faketoken".to_owned())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// let credential = UserTokenCredential::builder()
///     .refresher(refresh_with(|| async { parse_user_token(&ask_my_server().await?) }))
///     .build()?;
/// let token = credential.get_token(&TokenRequest::default()).await?;
/// assert!(token.expose().starts_with("faketoken."));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UserTokenCredential {
    source: Source,
    /// Ends the background task when the credential is dropped.
    _background: Option<Background>,
}

#[derive(Debug)]
pub(super) enum Source {
    Fixed(AccessToken),
    Kept(Arc<Keeper>),
}

impl UserTokenCredential {
    /// Provides this token, and no other.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the text is not a JWT with an `exp` claim.
    pub fn from_token(token: &str) -> Result<Self, CredentialError> {
        Self::builder().token(token).build()
    }

    /// Starts a credential with an initial token, a refresher, or both.
    pub fn builder() -> UserTokenCredentialBuilder {
        UserTokenCredentialBuilder::new()
    }

    pub(super) fn new(source: Source, background: Option<Background>) -> Self {
        Self { source, _background: background }
    }
}

#[async_trait]
impl TokenCredential for UserTokenCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        match &self.source {
            Source::Kept(keeper) => keeper.token(request).await,
            Source::Fixed(token) if request.refuses(token) => Err(CredentialError::new(
                CredentialErrorKind::Refused,
                "the service refused the user access token",
                "give a new token, or a refresher that provides one; it may have expired or been revoked",
            )),
            Source::Fixed(token) => Ok(token.clone()),
        }
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        match &self.source {
            Source::Kept(keeper) => keeper.fresh(request),
            Source::Fixed(token) => (!request.refuses(token)).then(|| token.clone()),
        }
    }
}
