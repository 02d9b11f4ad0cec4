//! How an application provides a new user access token.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{AccessToken, CredentialError};

/// How an application provides a new user access token, commonly by asking its own server.
///
/// It may be called at any time from when the credential is built, but never twice at once by one credential. The
/// future is dropped when nobody needs the token any more. [`refresh_with`] makes one of a closure.
#[async_trait]
pub trait RefreshUserToken: fmt::Debug + Send + Sync {
    /// Returns a token that has not expired.
    ///
    /// # Errors
    /// Whatever getting the token can fail with; no secret may be in it.
    async fn refresh(&self) -> Result<AccessToken, CredentialError>;
}

#[async_trait]
impl<R: RefreshUserToken + ?Sized> RefreshUserToken for Arc<R> {
    async fn refresh(&self) -> Result<AccessToken, CredentialError> {
        (**self).refresh().await
    }
}

/// Makes a refresher of a closure that returns a future.
///
/// # Example
/// ```
/// use acs_hmac::{parse_user_token, refresh_with};
///
/// async fn ask_my_server() -> Result<String, credential::CredentialError> {
///     Ok("faketoken.eyJleHAiOjIxNDc0ODM2NDd9.faketoken".to_owned())
/// }
///
/// let refresher = refresh_with(|| async { parse_user_token(&ask_my_server().await?) });
/// ```
pub fn refresh_with<F, Fut>(refresh: F) -> impl RefreshUserToken
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<AccessToken, CredentialError>> + Send,
{
    Closure(refresh)
}

struct Closure<F>(F);

#[async_trait]
impl<F, Fut> RefreshUserToken for Closure<F>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<AccessToken, CredentialError>> + Send,
{
    async fn refresh(&self) -> Result<AccessToken, CredentialError> {
        (self.0)().await
    }
}

impl<F> fmt::Debug for Closure<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closure")
    }
}
