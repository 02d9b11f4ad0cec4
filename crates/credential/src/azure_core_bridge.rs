//! Any credential of this family as one of `azure_core`, and the other way round.

use std::borrow::Cow;
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::credentials as theirs;
use azure_core::error::ErrorKind;
use azure_core::time::OffsetDateTime;

use crate::{AccessToken, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest};

/// Turns any credential into one that Microsoft's clients for Rust take.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use std::time::{Duration, SystemTime};
/// use credential::{AccessToken, IntoAzureCore, StaticTokenCredential};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ours = StaticTokenCredential::new(AccessToken::new("t0ken", SystemTime::now() + Duration::from_secs(3600)));
/// let theirs: Arc<dyn azure_core::credentials::TokenCredential> = ours.into_azure_core();
/// let token = theirs.get_token(&["https://storage.azure.com/.default"], None).await?;
/// assert_eq!(token.token.secret(), "t0ken");
/// # Ok(())
/// # }
/// ```
pub trait IntoAzureCore: Sized {
    /// Returns this credential in `azure_core`'s form.
    ///
    /// `azure_core` has no place for claims, a tenant, Continuous Access Evaluation or a refused token. A caller who wants
    /// them puts a [`TokenRequest`] into the context of the method options; its scopes are replaced by those of the call. On
    /// failure, our [`CredentialError`] is found in theirs with [`CredentialError::find_in`].
    fn into_azure_core(self) -> Arc<dyn theirs::TokenCredential>;
}

impl<C: TokenCredential + 'static> IntoAzureCore for C {
    fn into_azure_core(self) -> Arc<dyn theirs::TokenCredential> {
        Arc::new(AsAzureCore { credential: self, usual: OnceLock::new() })
    }
}

#[derive(Debug)]
struct AsAzureCore<C> {
    credential: C,
    /// The request of the first call. A client asks for the same scopes each time, so theirs are copied and hashed once.
    usual: OnceLock<TokenRequest>,
}

impl<C: TokenCredential> AsAzureCore<C> {
    /// The token of the usual request, when it is at hand.
    fn at_hand(&self, scopes: &[&str]) -> Option<AccessToken> {
        let usual = self.usual.get().filter(|usual| usual.scopes() == scopes)?;
        self.credential.token_at_hand(usual)
    }

    async fn obtain(
        &self,
        scopes: &[&str],
        asked: Option<TokenRequest>,
    ) -> azure_core::Result<theirs::AccessToken> {
        let own = || scopes.iter().map(|scope| Cow::Owned((*scope).to_owned()));
        let made;
        let request = if let Some(asked) = asked {
            made = asked.with_scopes(own());
            &made
        } else {
            let usual = self.usual.get_or_init(|| TokenRequest::new(own()));
            if usual.scopes() == scopes {
                usual
            } else {
                made = TokenRequest::new(own());
                &made
            }
        };
        let token = self.credential.get_token(request).await.map_err(to_theirs)?;
        Ok(to_their_token(&token))
    }
}

/// Written out instead of `async`, so that a token at hand costs a future as small as itself.
impl<C: TokenCredential> theirs::TokenCredential for AsAzureCore<C> {
    fn get_token<'a, 'b, 'c, 'd, 'e>(
        &'a self,
        scopes: &'b [&'c str],
        options: Option<theirs::TokenRequestOptions<'d>>,
    ) -> Pin<Box<dyn Future<Output = azure_core::Result<theirs::AccessToken>> + Send + 'e>>
    where
        'a: 'e,
        'b: 'e,
        'c: 'e,
        'd: 'e,
        Self: 'e,
    {
        let asked =
            options.as_ref().and_then(|options| options.method_options.context.value::<TokenRequest>());
        if asked.is_none()
            && let Some(token) = self.at_hand(scopes)
        {
            return Box::pin(ready(Ok(to_their_token(&token))));
        }
        Box::pin(self.obtain(scopes, asked.cloned()))
    }
}

fn to_their_token(token: &AccessToken) -> theirs::AccessToken {
    theirs::AccessToken::new(token.expose().to_owned(), to_their_time(token.expires_at()))
}

thread_local! {
    /// The last instant that was converted: a token is handed out many times over, and a date takes divisions.
    static LAST: Cell<(SystemTime, OffsetDateTime)> =
        const { Cell::new((SystemTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH)) };
}

/// Their times end with the year 9999, which is what "never" is taken for.
fn to_their_time(instant: SystemTime) -> OffsetDateTime {
    const END: Duration = Duration::from_secs(253_402_300_799);
    let (known, theirs) = LAST.get();
    if known == instant {
        return theirs;
    }
    let theirs = OffsetDateTime::from(instant.min(SystemTime::UNIX_EPOCH + END));
    LAST.set((instant, theirs));
    theirs
}

/// The kinds that `azure_core` retries by itself are for a transport, not for a credential that has retried already.
fn to_theirs(error: CredentialError) -> azure_core::Error {
    let text = error.to_string();
    azure_core::Error::with_error(ErrorKind::Credential, error, text)
}

/// A credential of Microsoft's crates, as one of this family.
///
/// # Example
/// ```
/// use credential::{AccessToken, FromAzureCore, IntoAzureCore, StaticTokenCredential, TokenCredential, TokenRequest};
/// use std::time::{Duration, SystemTime};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let token = AccessToken::new("t0ken", SystemTime::now() + Duration::from_secs(3600));
/// # let theirs = StaticTokenCredential::new(token).into_azure_core();
/// // `theirs` is, say, what `azure_identity::ClientSecretCredential::new` returned.
/// let ours = FromAzureCore::new(theirs);
/// let token = ours.get_token(&TokenRequest::new(["https://storage.azure.com/.default"])).await?;
/// assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FromAzureCore(Arc<dyn theirs::TokenCredential>);

impl FromAzureCore {
    /// Uses tokens of a credential in `azure_core`'s form.
    ///
    /// It keeps its own cache, if it has one. A request's tenant, claims and refused token travel as a [`TokenRequest`]
    /// in the context of the method options, where only a credential of this family looks for them.
    pub fn new(credential: Arc<dyn theirs::TokenCredential>) -> Self {
        Self(credential)
    }
}

#[async_trait]
impl TokenCredential for FromAzureCore {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let scopes: Vec<&str> = request.scopes().iter().map(AsRef::as_ref).collect();
        let mut options = theirs::TokenRequestOptions::default();
        options.method_options.context.insert(request.clone());
        let token = self.0.get_token(&scopes, Some(options)).await.map_err(to_ours)?;
        Ok(AccessToken::new(token.token.secret().to_owned(), SystemTime::from(token.expires_on)))
    }
}

fn to_ours(error: azure_core::Error) -> CredentialError {
    if let Some(ours) = CredentialError::find_in(&error) {
        return ours.clone();
    }
    let (kind, fix) = match error.kind() {
        ErrorKind::HttpResponse { status, .. } if u16::from(*status) == 429 => {
            (CredentialErrorKind::Throttled, "try again later")
        }
        ErrorKind::HttpResponse { status, .. } if u16::from(*status) == 408 || u16::from(*status) >= 500 => {
            (CredentialErrorKind::Unavailable, "try again later")
        }
        ErrorKind::Connection | ErrorKind::Io => {
            (CredentialErrorKind::Unreachable, "check the network, and the address that it was given")
        }
        ErrorKind::DataConversion => {
            (CredentialErrorKind::UnexpectedAnswer, "check the address, and any proxy in between")
        }
        _ => (CredentialErrorKind::Refused, "check what it was built with; the source has its own words"),
    };
    let ours = CredentialError::new(kind, "the azure_core credential failed", fix);
    let ours = match error.kind() {
        ErrorKind::HttpResponse { status, error_code, .. } => {
            let ours = match http::StatusCode::from_u16(u16::from(*status)) {
                Ok(status) => ours.with_status(status),
                Err(_) => ours,
            };
            error_code.iter().fold(ours, |ours, code| ours.with_code(code))
        }
        _ => ours,
    };
    ours.with_source(AzureCoreError(error))
}

/// An error of `azure_core`: the source of what [`FromAzureCore`] fails with.
///
/// `Debug` shows what `Display` shows, because theirs shows the whole response.
pub struct AzureCoreError(azure_core::Error);

impl AzureCoreError {
    /// Returns the error itself.
    pub fn inner(&self) -> &azure_core::Error {
        &self.0
    }
}

impl fmt::Display for AzureCoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for AzureCoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AzureCoreError({})", self.0)
    }
}

impl Error for AzureCoreError {}
