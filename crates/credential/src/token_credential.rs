//! The trait that every credential implements.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{AccessToken, CredentialError, CredentialIdentity, TokenRequest};

/// Anything that can provide an access token.
///
/// Object-safe: store it as `Arc<dyn TokenCredential>`. Implementations cancel cleanly when the future is
/// dropped, and never put a secret into `Debug` or an error.
///
/// # Example
/// ```
/// use async_trait::async_trait;
/// use credential::{AccessToken, CredentialError, TokenCredential, TokenRequest};
/// use std::time::SystemTime;
///
/// #[derive(Debug)]
/// struct FromVault;
///
/// #[async_trait]
/// impl TokenCredential for FromVault {
///     async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
///         Ok(AccessToken::new("from the vault", SystemTime::now() + std::time::Duration::from_secs(3600)))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), CredentialError> {
/// let token = FromVault.get_token(&TokenRequest::default()).await?;
/// assert_eq!(token.expose(), "from the vault");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait TokenCredential: Debug + Send + Sync {
    /// Returns a token for the request.
    ///
    /// # Errors
    /// A [`CredentialError`] whose kind tells what to do; [`CredentialError::is_transient`] says whether trying
    /// again later can help.
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError>;

    /// Returns a token that is at hand and not due for renewal: no waiting, no I/O, no allocation. `None`, the default, says
    /// nothing about what [`get_token`](Self::get_token) would return.
    ///
    /// A credential that caches answers from its cache, so that callers on a hot path are spared the future that
    /// [`get_token`](Self::get_token) allocates.
    ///
    /// # Example
    /// ```
    /// use credential::{AccessToken, CredentialError, TokenCredential, TokenRequest};
    ///
    /// async fn token(credential: &dyn TokenCredential, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
    ///     match credential.token_at_hand(request) {
    ///         Some(token) => Ok(token),
    ///         None => credential.get_token(request).await,
    ///     }
    /// }
    /// # let expires_at = std::time::SystemTime::now() + std::time::Duration::from_secs(3600);
    /// # let fixed = credential::StaticTokenCredential::new(AccessToken::new("t0ken", expires_at));
    /// # assert_eq!(fixed.token_at_hand(&TokenRequest::default()).map(|token| token.expose().len()), Some(5));
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(token(&fixed, &TokenRequest::default()))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        let _nothing_at_hand = request;
        None
    }

    /// Returns whose tokens these are, for whoever shares them with others. `None`, the default, when that is not known, or
    /// not yet, as before a person has signed in: such tokens are not shared.
    fn identity(&self) -> Option<CredentialIdentity> {
        None
    }
}

/// What `async_trait` makes of an `async fn`.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<AccessToken, CredentialError>> + Send + 'a>>;

/// Written out instead of `async`, so that the inner future is passed on and not wrapped into one more on the heap: a call
/// on an `Arc<dyn TokenCredential>` goes through here.
macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<C: TokenCredential + ?Sized> TokenCredential for $pointer {
            fn get_token<'a, 'b, 'c>(&'a self, request: &'b TokenRequest) -> Answer<'c>
            where
                'a: 'c,
                'b: 'c,
                Self: 'c,
            {
                (**self).get_token(request)
            }

            fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
                (**self).token_at_hand(request)
            }

            fn identity(&self) -> Option<CredentialIdentity> {
                (**self).identity()
            }
        }
    )*};
}
forward!(Arc<C>, Box<C>, &C);
