//! What the builders of all credentials collect.

use std::sync::Arc;

#[cfg(not(feature = "reqwest"))]
use credential::CredentialErrorKind;
use credential::{CacheOptions, Clock, CredentialError, Sleep, SystemClock, Transport};

use crate::{Authority, ProtocolVersion};

/// What the builders of all credentials collect besides their flow.
#[derive(Default)]
pub(crate) struct ClientOptions {
    pub(crate) authority: Authority,
    pub(crate) version: ProtocolVersion,
    pub(crate) default_scopes: Vec<String>,
    pub(crate) other_tenants: Vec<String>,
    /// The app handles claims challenges (`cp1`).
    pub(crate) challenges: bool,
    pub(crate) cache: CacheOptions,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    sleep: Option<Arc<dyn Sleep>>,
}

impl ClientOptions {
    pub(crate) fn set_transport(&mut self, transport: Arc<dyn Transport>) {
        self.transport = Some(transport);
    }

    pub(crate) fn set_clock(&mut self, clock: Arc<dyn Clock>) {
        self.clock = Some(clock);
    }

    pub(crate) fn set_sleep(&mut self, sleep: Arc<dyn Sleep>) {
        self.sleep = Some(sleep);
    }

    pub(crate) fn transport(&self) -> Result<Arc<dyn Transport>, CredentialError> {
        self.transport.clone().map_or_else(default_transport, Ok)
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone().unwrap_or_else(SystemClock::shared)
    }

    pub(crate) fn sleep(&self) -> Result<Arc<dyn Sleep>, CredentialError> {
        self.sleep.clone().map_or_else(default_sleep, Ok)
    }
}

#[cfg(feature = "reqwest")]
fn default_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    credential_http::HttpClient::shared()
}

#[cfg(feature = "reqwest")]
#[expect(clippy::unnecessary_wraps, reason = "fails without the feature")]
fn default_sleep() -> Result<Arc<dyn Sleep>, CredentialError> {
    Ok(credential_http::TokioSleep::shared())
}

#[cfg(not(feature = "reqwest"))]
fn default_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    Err(missing("there is no transport to send token requests with"))
}

#[cfg(not(feature = "reqwest"))]
fn default_sleep() -> Result<Arc<dyn Sleep>, CredentialError> {
    Err(missing("there is no way to wait between two questions"))
}

#[cfg(not(feature = "reqwest"))]
fn missing(problem: &'static str) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::NotConfigured,
        problem,
        "give one to the builder, or enable the feature `reqwest` of the crate `entra`",
    )
}

/// The methods of a builder with a field `options: ClientOptions`.
macro_rules! client_options {
    () => {
        /// Uses another authority than the public cloud's.
        #[must_use]
        pub fn authority(mut self, authority: $crate::Authority) -> Self {
            self.options.authority = authority;
            self
        }

        /// Uses another version of the endpoints than v2; scopes are given the same way for both.
        #[must_use]
        pub fn version(mut self, version: $crate::ProtocolVersion) -> Self {
            self.options.version = version;
            self
        }

        /// Asks for this scope when a request names none.
        #[must_use]
        pub fn default_scope(mut self, scope: &str) -> Self {
            self.options.default_scopes = vec![scope.to_owned()];
            self
        }

        /// Lets requests name these tenants besides the credential's own; `*` allows every tenant.
        #[must_use]
        pub fn additionally_allowed_tenants<S: Into<String>>(
            mut self,
            tenants: impl IntoIterator<Item = S>,
        ) -> Self {
            self.options.other_tenants.extend(tenants.into_iter().map(Into::into));
            self
        }

        /// Says that the app answers claims challenges (the client capability `cp1` of Continuous Access Evaluation): tokens
        /// then live for a day or more, and resources revoke them with a challenge.
        ///
        /// Call this only when every 401 is searched for a [`ClaimsChallenge`](credential::ClaimsChallenge), and answered: a
        /// revoked token stays in use otherwise.
        #[must_use]
        pub fn handles_claims_challenges(mut self) -> Self {
            self.options.challenges = true;
            self
        }

        /// Sends through this transport instead of the process-wide HTTP client of `credential-http`.
        #[must_use]
        pub fn transport(mut self, transport: std::sync::Arc<dyn credential::Transport>) -> Self {
            self.options.set_transport(transport);
            self
        }

        /// Sets up the cache: a store that is shared with others, metrics, renewal in the background.
        #[must_use]
        pub fn cache(mut self, options: credential::CacheOptions) -> Self {
            self.options.cache = options;
            self
        }

        /// Uses another clock.
        #[must_use]
        pub fn clock(mut self, clock: std::sync::Arc<dyn credential::Clock>) -> Self {
            self.options.set_clock(clock);
            self
        }
    };
}
pub(crate) use client_options;
