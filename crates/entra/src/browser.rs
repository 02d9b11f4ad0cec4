//! How a person's browser is opened.

use std::fmt::Debug;

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind};

/// How a person's browser is opened. Tests, and apps with a window of their own, hand in theirs.
#[async_trait]
pub trait Browser: Debug + Send + Sync {
    /// Has the browser open `url`, an `http` or `https` address. The answer of the sign-in may come before this returns.
    ///
    /// # Errors
    /// Any, when no browser could be opened: the person is then led by hand, where the credential has a way to.
    async fn open(&self, url: &str) -> Result<(), CredentialError>;
}

/// No browser at all, as on a machine without a screen: the person is led by hand from the start.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NoBrowser;

#[async_trait]
impl Browser for NoBrowser {
    async fn open(&self, _url: &str) -> Result<(), CredentialError> {
        Err(no_browser("there is no browser to sign in with"))
    }
}

pub(crate) fn no_browser(problem: &'static str) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::NotConfigured,
        problem,
        "give the credential a way by hand (by_hand), or sign in with the device code",
    )
}
