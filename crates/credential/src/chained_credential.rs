//! Several credentials, tried in order.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use crate::{
    AccessToken, CredentialError, CredentialErrorKind, CredentialIdentity, TokenCredential, TokenRequest,
};

const NOBODY: usize = usize::MAX;

/// Several credentials, tried in the order in which they were added.
///
/// Only "not configured" leads on to the next one. A credential that is configured and fails ends the search: going on
/// would sign in as somebody else than the one that was set up. Whoever answers first is asked alone from then on.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
/// use async_trait::async_trait;
/// use credential::{
///     AccessToken, ChainedCredential, CredentialError, CredentialErrorKind, StaticTokenCredential, TokenCredential,
///     TokenRequest,
/// };
///
/// #[derive(Debug)]
/// struct NotHere;
///
/// #[async_trait]
/// impl TokenCredential for NotHere {
///     async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
///         let (what, fix) = ("no vault is configured", "set its address");
///         Err(CredentialError::new(CredentialErrorKind::NotConfigured, what, fix))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), CredentialError> {
/// let token = AccessToken::new("t0ken", SystemTime::now() + Duration::from_secs(60));
/// let chain = ChainedCredential::new().then("vault", NotHere).then("fixed token", StaticTokenCredential::new(token));
/// assert_eq!(chain.get_token(&TokenRequest::default()).await?.expose(), "t0ken");
/// assert_eq!(chain.answered_by(), Some("fixed token"));
/// # Ok(())
/// # }
/// ```
pub struct ChainedCredential {
    links: Vec<Link>,
    answered: AtomicUsize,
}

struct Link {
    name: Cow<'static, str>,
    credential: Arc<dyn TokenCredential>,
}

impl Default for ChainedCredential {
    fn default() -> Self {
        Self::new()
    }
}

impl ChainedCredential {
    /// Starts without credentials.
    pub fn new() -> Self {
        Self { links: Vec::new(), answered: AtomicUsize::new(NOBODY) }
    }

    /// Adds a credential, under a name by which errors and [`ChainedCredential::answered_by`] call it.
    #[must_use]
    pub fn then(
        mut self,
        name: impl Into<Cow<'static, str>>,
        credential: impl TokenCredential + 'static,
    ) -> Self {
        self.links.push(Link { name: name.into(), credential: Arc::new(credential) });
        self
    }

    /// Returns the name of the credential that answers, once one has.
    pub fn answered_by(&self) -> Option<&str> {
        self.links.get(self.answered.load(Ordering::Relaxed)).map(|link| link.name.as_ref())
    }

    fn nobody(account: &[(&str, CredentialError)]) -> CredentialError {
        let mut problem = "no credential of the chain is configured".to_owned();
        for (name, error) in account {
            // Writing to a String does not fail.
            let _infallible = write!(problem, "; {name}: {} ({})", error.problem(), error.fix());
        }
        CredentialError::new(CredentialErrorKind::NotConfigured, problem, "configure one of them")
    }

    /// The failure of a configured credential, told as such: kind, ids and source stay what they were.
    fn failed(
        name: &str,
        passed_over: &[(&str, CredentialError)],
        error: CredentialError,
    ) -> CredentialError {
        let before: Vec<&str> = passed_over.iter().map(|(name, _)| *name).collect();
        let note = if before.is_empty() {
            format!("{name}: {}", error.problem())
        } else {
            format!("{name} (after {}, not configured): {}", before.join(", "), error.problem())
        };
        error.with_problem(note)
    }
}

#[async_trait]
impl TokenCredential for ChainedCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        if let Some(link) = self.links.get(self.answered.load(Ordering::Relaxed)) {
            return link
                .credential
                .get_token(request)
                .await
                .map_err(|error| Self::failed(&link.name, &[], error));
        }
        let mut passed_over = Vec::new();
        for (index, link) in self.links.iter().enumerate() {
            match link.credential.get_token(request).await {
                Ok(token) => {
                    self.answered.store(index, Ordering::Relaxed);
                    note_chosen(&link.name, passed_over.len());
                    return Ok(token);
                }
                Err(error) if error.kind() == CredentialErrorKind::NotConfigured => {
                    passed_over.push((link.name.as_ref(), error));
                }
                Err(error) => return Err(Self::failed(&link.name, &passed_over, error)),
            }
        }
        Err(Self::nobody(&passed_over))
    }

    /// That of whoever answers, once somebody has.
    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.links.get(self.answered.load(Ordering::Relaxed))?.credential.token_at_hand(request)
    }

    /// Whose tokens these are, once it is known who answers.
    fn identity(&self) -> Option<CredentialIdentity> {
        self.links.get(self.answered.load(Ordering::Relaxed))?.credential.identity()
    }
}

/// Which credential signs in is the first question when it is the wrong one.
fn note_chosen(name: &str, passed_over: usize) {
    #[cfg(feature = "cache")]
    tracing::info!(credential = name, passed_over, "credential chosen");
    #[cfg(not(feature = "cache"))]
    let _untold = (name, passed_over);
}

impl fmt::Debug for ChainedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.links.iter().map(|link| link.name.as_ref()).collect();
        f.debug_struct("ChainedCredential")
            .field("links", &names)
            .field("answered_by", &self.answered_by())
            .finish()
    }
}
