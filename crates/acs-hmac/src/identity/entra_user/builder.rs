//! The inputs of an Entra user token credential.

use std::borrow::Cow;
use std::sync::Arc;

use credential::{Clock, CredentialError, Endpoint, SystemClock, TokenCredential, TokenRequest, Transport};

use super::EntraUserTokenCredential;
use super::exchange::Exchange;
use super::exchange_kind::{CLIENTS_SCOPE, ExchangeKind};
use crate::communication_client::transport_or_shared;
use crate::identity::as_configuration;

/// Builds an [`EntraUserTokenCredential`].
#[derive(Debug)]
#[must_use]
pub struct EntraUserTokenCredentialBuilder {
    endpoint: Endpoint,
    entra: Arc<dyn TokenCredential>,
    scopes: Vec<Cow<'static, str>>,
    api_version: Option<String>,
    transport: Option<Arc<dyn Transport>>,
    clock: Arc<dyn Clock>,
}

impl EntraUserTokenCredentialBuilder {
    pub(super) fn new(endpoint: Endpoint, entra: Arc<dyn TokenCredential>) -> Self {
        let scopes = vec![CLIENTS_SCOPE.into()];
        Self { endpoint, entra, scopes, api_version: None, transport: None, clock: SystemClock::shared() }
    }

    /// Asks Entra for these scopes instead of [`CLIENTS_SCOPE`](crate::CLIENTS_SCOPE). All must belong to one family.
    pub fn scopes<S: Into<Cow<'static, str>>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Asks for another version of the service's interface than the exchange's own.
    pub fn api_version(mut self, api_version: impl Into<String>) -> Self {
        self.api_version = Some(api_version.into());
        self
    }

    /// Sends requests through this transport. Without one, the feature `reqwest` provides the shared client.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Uses another clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Checks all inputs and builds the credential; nothing is sent.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when there
    /// are no scopes, they do not all belong to one known family, or the api version is no version or one without the
    /// exchange;
    /// [`CredentialErrorKind::NotConfigured`](credential::CredentialErrorKind::NotConfigured) when there is no transport.
    pub fn build(self) -> Result<EntraUserTokenCredential, CredentialError> {
        let Self { endpoint, entra, scopes, api_version, transport, clock } = self;
        let kind = ExchangeKind::of_scopes(&scopes)?;
        let api_version = api_version.unwrap_or_else(|| kind.api_version().to_owned());
        kind.request(&endpoint, &api_version).map_err(as_configuration)?;
        Ok(EntraUserTokenCredential {
            endpoint,
            api_version,
            kind,
            entra,
            request: TokenRequest::new(scopes),
            transport: transport_or_shared(transport)?,
            clock,
            exchange: Exchange::default(),
        })
    }
}
