//! How a person signs in.

use std::fmt;
use std::sync::Arc;

use credential::{CacheOptions, Clock, CredentialError, Secret, Sleep, Transport};
use entra::{DeviceCode, DeviceCodeCredential, ProtocolVersion, UserSession, UsernamePasswordCredential};
#[cfg(feature = "browser")]
use entra::{InteractiveBrowserCredential, InteractiveBrowserCredentialBuilder, NoBrowser, SignInByHand};

#[cfg(feature = "browser")]
use crate::REDIRECT_URI;
#[cfg(feature = "browser")]
use crate::pasted_redirect::PastedRedirect;
use crate::{MediaEnvironment, MediaUser};

/// Collects what a [`MediaUser`] is made of; the last method says how the person signs in.
pub struct MediaUserBuilder {
    tenant: String,
    client_id: Option<String>,
    environment: MediaEnvironment,
    version: ProtocolVersion,
    challenges: bool,
    session: Option<UserSession>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    sleep: Option<Arc<dyn Sleep>>,
    cache: CacheOptions,
}

/// Sets what all builders of users' credentials have.
macro_rules! with_settings {
    ($builder:expr, $settings:expr) => {{
        let settings = $settings;
        let mut builder =
            $builder.authority(settings.environment.authority.clone()).version(settings.version);
        if settings.challenges {
            builder = builder.handles_claims_challenges();
        }
        if let Some(session) = settings.session {
            builder = builder.session(session);
        }
        if let Some(transport) = settings.transport {
            builder = builder.transport(transport);
        }
        if let Some(clock) = settings.clock {
            builder = builder.clock(clock);
        }
        builder.cache(settings.cache)
    }};
}

impl MediaUserBuilder {
    pub(crate) fn new(tenant: String) -> Self {
        Self {
            tenant,
            client_id: None,
            environment: MediaEnvironment::default(),
            version: ProtocolVersion::default(),
            challenges: false,
            session: None,
            transport: None,
            clock: None,
            sleep: None,
            cache: CacheOptions::new(),
        }
    }

    /// Uses another cloud, account and other endpoints than the public cloud's.
    #[must_use]
    pub fn environment(mut self, environment: MediaEnvironment) -> Self {
        self.environment = environment;
        self
    }

    /// Uses another app registration than that of the Media Services SDKs
    /// ([`MediaEnvironment::native_client_id`]), which may be gone since the retirement and may not be allowed to ask for
    /// Resource Manager. Its registration must allow public client flows.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Uses another version of Entra's endpoints than v2.
    #[must_use]
    pub fn version(mut self, version: ProtocolVersion) -> Self {
        self.version = version;
        self
    }

    /// Tells Entra that the app handles claims challenges: see
    /// [`ServicePrincipal::handles_claims_challenges`](crate::ServicePrincipal::handles_claims_challenges).
    #[must_use]
    pub fn handles_claims_challenges(mut self) -> Self {
        self.challenges = true;
        self
    }

    /// Shares the signed-in accounts of this session, instead of beginning one of its own.
    #[must_use]
    pub fn session(mut self, session: UserSession) -> Self {
        self.session = Some(session);
        self
    }

    /// Sends token requests through this transport.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Uses another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets up the cache: a store that is shared with others, metrics, renewal in the background.
    #[must_use]
    pub fn cache(mut self, options: CacheOptions) -> Self {
        self.cache = options;
        self
    }

    /// Waits for the person this way instead of on tokio.
    #[must_use]
    pub fn sleep(mut self, sleep: Arc<dyn Sleep>) -> Self {
        self.sleep = Some(sleep);
        self
    }

    /// Lets the person sign in on another device, with a browser and a code that `prompt` shows.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when an input is empty or not of its
    /// form, or the endpoints belong to different clouds;
    /// [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) without a transport or a way to sleep, when the
    /// feature `reqwest` is off.
    pub fn device_code(
        mut self,
        prompt: impl Fn(&DeviceCode) + Send + Sync + 'static,
    ) -> Result<MediaUser, CredentialError> {
        self.environment.check_clouds()?;
        let environment = self.environment.clone();
        let sleep = self.sleep.take();
        let mut builder = DeviceCodeCredential::builder(&self.tenant, self.app()).prompt(prompt);
        if let Some(sleep) = sleep {
            builder = builder.sleep(sleep);
        }
        let signed_in = Arc::new(with_settings!(builder, self).build()?);
        Ok(MediaUser { environment, signed_in })
    }

    /// Lets the person sign in with the browser of this machine. `configure` sets what the browser's sign-in has besides;
    /// `|builder| builder` leaves all as it is.
    ///
    /// The registration of the Media Services SDKs does not allow the answer to come to this machine: give the
    /// [`client_id`](Self::client_id) of one with the redirect URI `http://localhost`, or use [`paste`](Self::paste).
    ///
    /// # Errors
    /// Those of [`device_code`](Self::device_code).
    #[cfg(feature = "browser")]
    pub fn browser(
        mut self,
        configure: impl FnOnce(InteractiveBrowserCredentialBuilder) -> InteractiveBrowserCredentialBuilder,
    ) -> Result<MediaUser, CredentialError> {
        self.environment.check_clouds()?;
        let environment = self.environment.clone();
        let sleep = self.sleep.take();
        let mut builder = InteractiveBrowserCredential::builder(&self.tenant, self.app());
        if let Some(sleep) = sleep {
            builder = builder.sleep(sleep);
        }
        let signed_in = Arc::new(configure(with_settings!(builder, self)).build()?);
        Ok(MediaUser { environment, signed_in })
    }

    /// Lets the person sign in with any browser, which ends at [`REDIRECT_URI`], where nothing is; the person pastes that
    /// address. It is the way of the Media Services SDKs' own registration, which had a browser window of its own.
    ///
    /// # Errors
    /// Those of [`device_code`](Self::device_code).
    #[cfg(feature = "browser")]
    pub fn paste(self, by_hand: Arc<dyn SignInByHand>) -> Result<MediaUser, CredentialError> {
        self.browser(|builder| {
            builder
                .redirect_uri(REDIRECT_URI)
                .receiver(Arc::new(PastedRedirect))
                .browser(Arc::new(NoBrowser::default()))
                .by_hand(by_hand)
        })
    }

    /// Signs in with a password that the program knows. Discouraged: it fails where a second factor is asked for.
    ///
    /// # Errors
    /// Those of [`device_code`](Self::device_code).
    pub fn username_password(
        self,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Result<MediaUser, CredentialError> {
        self.environment.check_clouds()?;
        let environment = self.environment.clone();
        let builder = UsernamePasswordCredential::builder(&self.tenant, self.app(), username, password);
        let signed_in = Arc::new(with_settings!(builder, self).build()?);
        Ok(MediaUser { environment, signed_in })
    }

    fn app(&self) -> String {
        self.client_id.clone().unwrap_or_else(|| self.environment.native_client_id().to_owned())
    }
}

impl fmt::Debug for MediaUserBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaUserBuilder").field("environment", &self.environment).finish_non_exhaustive()
    }
}
