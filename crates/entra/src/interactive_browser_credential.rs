//! Tokens for a person who signs in with the browser.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use credential::{CredentialError, CredentialErrorKind, Random, Sleep};

use crate::browser_sign_in::BrowserSignIn;
use crate::client_options::{ClientOptions, client_options};
use crate::connection::{Connection, ProofSource, proof_options};
use crate::redirect_uri::RedirectUri;
use crate::sign_in_by_hand::ShowUrl;
use crate::sign_in_page::{SignInPage, sign_in_page_options};
use crate::tenant::Tenant;
use crate::user_credential::UserCredential;
use crate::user_options::{UserOptions, user_credential, user_options};
use crate::{Browser, RedirectReceiver, ResponseMode, SignInByHand};

/// As long as Microsoft's SDKs wait.
const PATIENCE: Duration = Duration::from_secs(300);

/// Tokens for a person who signs in with the browser of this machine, by authorization code with PKCE; cached, and renewed
/// with the refresh token, so that the person signs in once.
///
/// Register `http://localhost` under "Mobile and desktop applications". The browser brings the answer to a port of this
/// machine, which is open while the sign-in lasts; dropping the future of `get_token` ends the waiting and closes it.
///
/// # Example
/// With the feature `browser` nothing but tenant, client id and perhaps a way by hand is needed:
/// ```no_run
/// # #[cfg(all(feature = "browser", feature = "reqwest"))]
/// # async fn run() -> Result<(), credential::CredentialError> {
/// use credential::{TokenCredential, TokenRequest};
/// use entra::InteractiveBrowserCredential;
///
/// let credential = InteractiveBrowserCredential::builder("organizations", "11111111-2222-3333-4444-555555555555")
///     .show_url(|url| eprintln!("No browser opens here. Open {url}"))
///     .build()?;
/// let token = credential.get_token(&TokenRequest::new(["https://graph.microsoft.com/User.Read"])).await?;
/// # Ok(())
/// # }
/// ```
pub struct InteractiveBrowserCredential(UserCredential<BrowserSignIn>);

user_credential!(InteractiveBrowserCredential);

impl InteractiveBrowserCredential {
    /// Starts with the tenant, which may be `common`, `organizations` or `consumers`, and the application (client) id.
    pub fn builder(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
    ) -> InteractiveBrowserCredentialBuilder {
        InteractiveBrowserCredentialBuilder {
            tenant: tenant.into(),
            client_id: client_id.into(),
            proof: ProofSource::default(),
            redirect_uri: "http://localhost".to_owned(),
            mode: ResponseMode::default(),
            page: SignInPage::default(),
            patience: PATIENCE,
            ports: Ports::default(),
            options: ClientOptions::default(),
            user: UserOptions::default(),
        }
    }
}

/// Collects what an [`InteractiveBrowserCredential`] is made of; nothing is checked before [`build`](Self::build).
pub struct InteractiveBrowserCredentialBuilder {
    tenant: String,
    client_id: String,
    proof: ProofSource,
    redirect_uri: String,
    mode: ResponseMode,
    page: SignInPage,
    patience: Duration,
    ports: Ports,
    options: ClientOptions,
    user: UserOptions,
}

/// What was given in place of the system's.
#[derive(Default)]
struct Ports {
    browser: Option<Arc<dyn Browser>>,
    receiver: Option<Arc<dyn RedirectReceiver>>,
    by_hand: Option<Arc<dyn SignInByHand>>,
    random: Option<Arc<dyn Random>>,
}

impl InteractiveBrowserCredentialBuilder {
    client_options!();
    user_options!();
    proof_options!();
    sign_in_page_options!(page, prompt, login_hint, domain_hint);

    /// Has the browser come back to this address of the app registration instead of `http://localhost`. Without a port a free
    /// one is taken, which Entra allows for `localhost`.
    #[must_use]
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.redirect_uri = redirect_uri.into();
        self
    }

    /// Has the answer come in another way than as a posted form.
    #[must_use]
    pub fn response_mode(mut self, mode: ResponseMode) -> Self {
        self.mode = mode;
        self
    }

    /// Gives up when the person has not finished after this long, instead of after 5 minutes.
    #[must_use]
    pub fn sign_in_timeout(mut self, timeout: Duration) -> Self {
        self.patience = timeout;
        self
    }

    /// Shows the address to the person when no browser can be opened; the person opens it on this machine.
    #[must_use]
    pub fn show_url(self, show: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.by_hand(Arc::new(ShowUrl(show)))
    }

    /// Leads the person by hand when no browser can be opened, and takes the address that the person pastes.
    #[must_use]
    pub fn by_hand(mut self, by_hand: Arc<dyn SignInByHand>) -> Self {
        self.ports.by_hand = Some(by_hand);
        self
    }

    /// Opens this browser instead of the person's default one.
    #[must_use]
    pub fn browser(mut self, browser: Arc<dyn Browser>) -> Self {
        self.ports.browser = Some(browser);
        self
    }

    /// Receives the answer this way instead of on a port of this machine.
    #[must_use]
    pub fn receiver(mut self, receiver: Arc<dyn RedirectReceiver>) -> Self {
        self.ports.receiver = Some(receiver);
        self
    }

    /// Takes state, nonce and code verifier from here instead of from the operating system.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.ports.random = Some(random);
        self
    }

    /// Waits for the person's time to be over this way instead of on tokio.
    #[must_use]
    pub fn sleep(mut self, sleep: Arc<dyn Sleep>) -> Self {
        self.options.set_sleep(sleep);
        self
    }

    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](CredentialErrorKind::InvalidConfiguration) when an input is empty or not of its form, or
    ///   the account is of another app or authority.
    /// - [`NotConfigured`](CredentialErrorKind::NotConfigured) without a browser, a receiver or randomness when the feature
    ///   `browser` is off, and without a transport or a way to sleep when `reqwest` is off.
    pub fn build(self) -> Result<InteractiveBrowserCredential, CredentialError> {
        let tenant = Tenant::parse(CredentialErrorKind::InvalidConfiguration, &self.tenant)?;
        self.page.check()?;
        let sign_in = BrowserSignIn {
            redirect_uri: RedirectUri::parse(&self.redirect_uri)?,
            mode: self.mode,
            page: self.page,
            patience: self.patience,
            sleep: self.options.sleep()?,
            browser: self.ports.browser.map_or_else(default_browser, Ok)?,
            receiver: self.ports.receiver.map_or_else(default_receiver, Ok)?,
            random: self.ports.random.map_or_else(default_random, Ok)?,
            by_hand: self.ports.by_hand,
        };
        let connection = Connection::new(self.client_id, self.proof, &self.options)?;
        UserCredential::new(tenant, connection, sign_in, self.options, self.user)
            .map(InteractiveBrowserCredential)
    }
}

#[cfg(feature = "browser")]
mod defaults {
    use super::{Arc, Browser, CredentialError, Random, RedirectReceiver};

    type Made<T> = Result<Arc<T>, CredentialError>;

    pub(super) fn default_browser() -> Made<dyn Browser> {
        Ok(Arc::new(crate::SystemBrowser))
    }

    pub(super) fn default_receiver() -> Made<dyn RedirectReceiver> {
        Ok(Arc::new(crate::LoopbackReceiver::new()))
    }

    pub(super) fn default_random() -> Made<dyn Random> {
        Ok(credential::SystemRandom::shared())
    }
}

#[cfg(not(feature = "browser"))]
mod defaults {
    use super::{Arc, Browser, CredentialError, CredentialErrorKind, Random, RedirectReceiver};

    type Made<T> = Result<Arc<T>, CredentialError>;

    fn missing(problem: &'static str) -> CredentialError {
        CredentialError::new(
            CredentialErrorKind::NotConfigured,
            problem,
            "give one to the builder, or enable the feature `browser` of the crate `entra`",
        )
    }

    pub(super) fn default_browser() -> Made<dyn Browser> {
        Err(missing("there is no browser to sign in with"))
    }

    pub(super) fn default_receiver() -> Made<dyn RedirectReceiver> {
        Err(missing("there is nothing that receives the answer of the sign-in"))
    }

    pub(super) fn default_random() -> Made<dyn Random> {
        Err(missing("there is no source of random bytes for the sign-in"))
    }
}
use defaults::{default_browser, default_random, default_receiver};

impl fmt::Debug for InteractiveBrowserCredentialBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InteractiveBrowserCredentialBuilder")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("response_mode", &self.mode)
            .field("authority", &self.options.authority)
            .finish_non_exhaustive()
    }
}
