//! The trait that every credential implements.

use std::fmt::Debug;
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

    /// Returns whose tokens these are, for whoever shares them with others. `None`, the default, when that is not known, or
    /// not yet, as before a person has signed in: such tokens are not shared.
    fn identity(&self) -> Option<CredentialIdentity> {
        None
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<C: TokenCredential + ?Sized> TokenCredential for $pointer {
            async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
                (**self).get_token(request).await
            }

            fn identity(&self) -> Option<CredentialIdentity> {
                (**self).identity()
            }
        }
    )*};
}
forward!(Arc<C>, Box<C>, &C);
