//! Where the browser brings the answer of a sign-in.

use std::fmt::Debug;

use async_trait::async_trait;
use credential::CredentialError;

use crate::{AuthorizationRequest, AuthorizationResponse};

/// Where the browser brings the answer of a sign-in. `LoopbackReceiver` (feature `browser`) listens on this machine; an app
/// with a scheme or a window of its own hands in another.
#[async_trait]
pub trait RedirectReceiver: Debug + Send + Sync {
    /// Begins to wait. `redirect_uri` is the one of the app registration.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when nothing can be received there,
    /// and [`Unavailable`](credential::CredentialErrorKind::Unavailable) when that fails for now.
    async fn listen(&self, redirect_uri: &str) -> Result<Box<dyn PendingRedirect>, CredentialError>;
}

/// A receiver that waits, until it is dropped.
#[async_trait]
pub trait PendingRedirect: Debug + Send + Sync {
    /// Returns the redirect URI to sign in with: the registered one, with the port that is listened on.
    fn redirect_uri(&self) -> &str;

    /// Returns the first response that [answers](AuthorizationRequest::is_answered_by) `request`; what does not is turned
    /// away. Dropping the future stops the wait, and it may be called again.
    ///
    /// # Errors
    /// [`Unavailable`](credential::CredentialErrorKind::Unavailable) when nothing can be received any more.
    async fn receive(
        &mut self,
        request: &AuthorizationRequest,
    ) -> Result<AuthorizationResponse, CredentialError>;
}
