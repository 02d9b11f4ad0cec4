//! How a person signs in where no browser can be opened.

use std::fmt;
use std::fmt::Debug;

use async_trait::async_trait;
use credential::{CredentialError, Secret};

/// How a person signs in where no browser can be opened: over ssh, in a container.
///
/// The person opens the address by hand. On the same machine the answer comes by itself; on another the browser ends at an
/// address that it cannot reach, and the person copies that address from the address bar back to the program.
#[async_trait]
pub trait SignInByHand: Debug + Send + Sync {
    /// Shows `url` to the person, and returns the address that the person pastes in the end; `None` when nothing can be
    /// pasted, so that only the answer of a browser on this machine counts.
    ///
    /// `mistake` says why what was pasted before was not it. The future is dropped once the answer has come by itself.
    ///
    /// # Errors
    /// Any; it ends the sign-in.
    async fn sign_in(
        &self,
        url: &str,
        mistake: Option<&CredentialError>,
    ) -> Result<Option<Secret>, CredentialError>;
}

/// Shows the address, and takes nothing back.
pub(crate) struct ShowUrl<F>(pub(crate) F);

#[async_trait]
impl<F: Fn(&str) + Send + Sync> SignInByHand for ShowUrl<F> {
    async fn sign_in(
        &self,
        url: &str,
        _mistake: Option<&CredentialError>,
    ) -> Result<Option<Secret>, CredentialError> {
        (self.0)(url);
        Ok(None)
    }
}

impl<F> Debug for ShowUrl<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShowUrl")
    }
}
