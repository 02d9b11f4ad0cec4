//! Where unpredictable bytes come from.

use std::fmt::Debug;
use std::sync::Arc;

use crate::CredentialError;

/// Where unpredictable bytes come from. Tests hand in a fixed sequence.
pub trait Random: Debug + Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`CredentialErrorKind::Unavailable`](crate::CredentialErrorKind::Unavailable) when the source has failed.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CredentialError>;
}

impl<R: Random + ?Sized> Random for Arc<R> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CredentialError> {
        (**self).fill(bytes)
    }
}

/// The operating system's source of random bytes.
#[cfg(feature = "system-random")]
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemRandom;

#[cfg(feature = "system-random")]
impl SystemRandom {
    /// Returns the source behind a shared pointer, the form in which builders keep it.
    pub fn shared() -> Arc<dyn Random> {
        Arc::new(Self)
    }
}

#[cfg(feature = "system-random")]
impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the operating system for random bytes"
    )]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), CredentialError> {
        getrandom::fill(bytes).map_err(|source| {
            CredentialError::new(
                crate::CredentialErrorKind::Unavailable,
                "the operating system gave no random bytes",
                "check that the process may call getrandom or read /dev/urandom",
            )
            .with_source(std::io::Error::other(source.to_string()))
        })
    }
}
