//! Settings of an exchange, checked before anything is sent.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use credential::{
    AccessKey, CacheOptions, CachedCredential, Clock, CredentialError, CredentialErrorKind, Endpoint, Random,
    SystemClock, SystemRandom, TokenCredential, TokenRequest, Transport,
};

use crate::account_keys::AccountKeys;
use crate::authorization::Input;
use crate::{
    DEFAULT_SCOPE, MixedRealityCredential, MixedRealityStsClient, account_domain, account_id, scope,
};

/// Settings of a [`MixedRealityCredential`] or a [`MixedRealityStsClient`], whose `builder` makes it.
pub struct MixedRealityBuilder<T> {
    account_id: String,
    account_domain: String,
    key: Option<AccessKey>,
    credential: Option<Arc<dyn TokenCredential>>,
    endpoint: Option<Endpoint>,
    scope: Option<String>,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    random: Option<Arc<dyn Random>>,
    cache: CacheOptions,
    builds: PhantomData<fn() -> T>,
}

impl<T> MixedRealityBuilder<T> {
    pub(crate) fn new(account_id: &str, account_domain: &str) -> Self {
        Self {
            account_id: account_id.to_owned(),
            account_domain: account_domain.to_owned(),
            key: None,
            credential: None,
            endpoint: None,
            scope: None,
            transport: None,
            clock: None,
            random: None,
            cache: CacheOptions::new(),
            builds: PhantomData,
        }
    }

    /// Exchanges this account key. It is read at every exchange, so a rotated key is in use at once.
    ///
    /// When the service refuses the key (status 401) and there is a secondary one, that is tried; the one that was taken is
    /// used first from then on, until the keys are rotated.
    #[must_use]
    pub fn account_key(mut self, key: AccessKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Exchanges Entra tokens of this credential, asked for with one scope.
    #[must_use]
    pub fn token_credential(mut self, credential: impl TokenCredential + 'static) -> Self {
        self.credential = Some(Arc::new(credential));
        self
    }

    /// Uses this address instead of `https://sts.<account domain>`: a compatible service, an emulator.
    ///
    /// `http` is possible for this machine only, with [`Endpoint::parse_local`].
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// Asks the token credential for this scope instead of [`DEFAULT_SCOPE`], which is right for accounts of every region.
    #[must_use]
    pub fn scope(mut self, scope: &str) -> Self {
        self.scope = Some(scope.to_owned());
        self
    }

    /// Sends through this transport instead of the process-wide HTTP client of `credential-http`.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Uses another clock: for the cache, and for a `Retry-After` that is a date.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Draws correlation vectors from another source of random bytes.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = Some(random);
        self
    }

    fn client(self) -> Result<MixedRealityStsClient, CredentialError> {
        let account_id = account_id::parse(&self.account_id)?;
        let account_domain = account_domain::parse(&self.account_domain)?;
        let scope = self.scope.map_or_else(|| Ok(DEFAULT_SCOPE.to_owned()), |text| scope::parse(&text))?;
        let input = match (self.key, self.credential) {
            (Some(key), None) => Input::Key(AccountKeys::new(key)),
            (None, Some(credential)) => Input::Token { credential, request: TokenRequest::new([scope]) },
            (None, None) => return Err(no_credential()),
            (Some(_), Some(_)) => return Err(two_credentials()),
        };
        let endpoint = match self.endpoint {
            Some(endpoint) => endpoint,
            None => Endpoint::parse("account domain", &format!("https://sts.{account_domain}"))?,
        };
        let transport = self.transport.map_or_else(default_transport, Ok)?;
        let clock = self.clock.unwrap_or_else(SystemClock::shared);
        let random = self.random.unwrap_or_else(SystemRandom::shared);
        MixedRealityStsClient::new(account_id, endpoint, input, transport, clock, random)
    }
}

impl MixedRealityBuilder<MixedRealityCredential> {
    /// Sets up the cache: a store that is shared with others, metrics, renewal in the background.
    #[must_use]
    pub fn cache(mut self, options: CacheOptions) -> Self {
        self.cache = options;
        self
    }

    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](CredentialErrorKind::InvalidConfiguration) when the account id is not a UUID, the account
    ///   domain not a domain, the scope not a scope, or both an account key and a token credential were given.
    /// - [`NotConfigured`](CredentialErrorKind::NotConfigured) when neither was given, and without a transport when the
    ///   feature `reqwest` is off.
    pub fn build(self) -> Result<MixedRealityCredential, CredentialError> {
        let clock = self.clock.clone().unwrap_or_else(SystemClock::shared);
        let options = self.cache.clone();
        let cached = CachedCredential::new(self.client()?).with_clock(clock).with_options(&options);
        Ok(MixedRealityCredential::cached(cached))
    }
}

impl MixedRealityBuilder<MixedRealityStsClient> {
    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](CredentialErrorKind::InvalidConfiguration) when the account id is not a UUID, the account
    ///   domain not a domain, the scope not a scope, or both an account key and a token credential were given.
    /// - [`NotConfigured`](CredentialErrorKind::NotConfigured) when neither was given, and without a transport when the
    ///   feature `reqwest` is off.
    pub fn build(self) -> Result<MixedRealityStsClient, CredentialError> {
        self.client()
    }
}

fn no_credential() -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::NotConfigured,
        "neither an account key nor a token credential was given for the Mixed Reality account",
        "give one of them; from_environment takes the key from MIXEDREALITY_ACCOUNT_KEY",
    )
}

fn two_credentials() -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        "both an account key and a token credential were given for the Mixed Reality account",
        "give one of them",
    )
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    credential_http::HttpClient::shared()
}

#[cfg(not(feature = "reqwest"))]
fn default_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    Err(CredentialError::new(
        CredentialErrorKind::NotConfigured,
        "there is no transport to send token requests with",
        "give one to the builder, or enable the feature `reqwest` of the crate `mr-sts`",
    ))
}

/// The texts are unchecked yet, and may be a key in the wrong place: none of them is shown.
impl<T> fmt::Debug for MixedRealityBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MixedRealityBuilder").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
