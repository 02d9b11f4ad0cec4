//! The app that uses a Media Services account.

use std::fmt;
use std::sync::Arc;

use credential::{CacheOptions, Clock, CredentialError, Secret, TokenCredential, Transport};
use entra::{Authority, ClientSecretCredential, ProtocolVersion};
#[cfg(feature = "certificate")]
use entra::{ClientCertificate, ClientCertificateCredential};

use crate::configuration_block::Block;
use crate::configuration_reading::{self, Hosts};
use crate::{
    ArmEndpoint, MediaAccount, MediaConfiguration, MediaCredential, MediaEnvironment, RestV2Endpoint,
    ServicePrincipalBuilder,
};

/// The app (service principal) that uses a Media Services account: who it is, where it signs in, and what for.
///
/// # Example
/// ```
/// use ams_aad::ServicePrincipal;
///
/// let block = r#"{
///     "AadClientId": "11111111-2222-3333-4444-555555555555", "AadSecret": "s3cret~", "AadTenantId": "contoso.com",
///     "AadEndpoint": "https://login.microsoftonline.com", "ArmEndpoint": "https://management.azure.com/",
///     "ArmAadAudience": "https://management.core.windows.net/", "AccountName": "myaccount",
///     "ResourceGroup": "my-group", "SubscriptionId": "00000000-0000-0000-0000-000000000001"
/// }"#;
/// let principal = ServicePrincipal::from_portal_json(block)?;
/// assert_eq!(principal.account()?.name(), "myaccount");
///
/// let error = ServicePrincipal::from_portal_json(r#"{"AadTenantId": "contoso.com"}"#).unwrap_err();
/// assert!(error.to_string().contains("AadClientId") && error.to_string().contains("AadSecret"));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct ServicePrincipal {
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) proof: Proof,
    pub(crate) version: ProtocolVersion,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) challenges: bool,
    pub(crate) cache: CacheOptions,
    pub(crate) environment: MediaEnvironment,
}

/// How the app proves that it is the one.
#[derive(Clone)]
pub(crate) enum Proof {
    Secret(Secret),
    #[cfg(feature = "certificate")]
    Certificate(Box<ClientCertificate>),
}

impl ServicePrincipal {
    /// Reads the JSON block of the portal's API access page, of `az ams account sp create`, or of the samples'
    /// `appsettings.json`. The names of the keys tell which; other keys are ignored.
    ///
    /// When the authority is a Microsoft cloud's, the other endpoints must be of the same cloud. With any other authority
    /// they may be anywhere, by `https`.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) naming every key that is missing, holds a placeholder, or holds the
    /// notice that a secret cannot be shown again; or the key whose value is not of its form.
    pub fn from_portal_json(json: &str) -> Result<Self, CredentialError> {
        configuration_reading::read_strictly(Block::parse_json(json)?, Hosts::Remote)
    }

    /// Reads like [`ServicePrincipal::from_portal_json`], and also accepts `http` endpoints on loopback hosts, where an
    /// emulator listens.
    ///
    /// # Errors
    /// Those of [`ServicePrincipal::from_portal_json`].
    pub fn from_portal_json_local(json: &str) -> Result<Self, CredentialError> {
        configuration_reading::read_strictly(Block::parse_json(json)?, Hosts::Local)
    }

    /// Reads a configuration block of any form and origin: see [`MediaConfiguration`].
    ///
    /// # Errors
    /// Those of [`MediaConfiguration::parse`] and [`MediaConfiguration::service_principal`].
    pub fn from_configuration(text: &str) -> Result<Self, CredentialError> {
        MediaConfiguration::parse(text)?.service_principal()
    }

    /// Reads like [`ServicePrincipal::from_configuration`], and also accepts `http` endpoints on loopback hosts, where an
    /// emulator listens.
    ///
    /// # Errors
    /// Those of [`ServicePrincipal::from_configuration`].
    pub fn from_configuration_local(text: &str) -> Result<Self, CredentialError> {
        MediaConfiguration::parse_local(text)?.service_principal()
    }

    /// Starts with the tenant (id or domain), the application (client) id and its secret's value.
    pub fn builder(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> ServicePrincipalBuilder {
        ServicePrincipalBuilder::new(tenant.into(), client_id.into(), Proof::Secret(secret.into()))
    }

    /// Starts with the tenant (id or domain), the application (client) id and a certificate with its private key.
    #[cfg(feature = "certificate")]
    pub fn certificate_builder(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        certificate: ClientCertificate,
    ) -> ServicePrincipalBuilder {
        let proof = Proof::Certificate(Box::new(certificate));
        ServicePrincipalBuilder::new(tenant.into(), client_id.into(), proof)
    }

    /// Uses another version of Entra's token endpoint than v2.
    #[must_use]
    pub fn with_version(mut self, version: ProtocolVersion) -> Self {
        self.version = version;
        self
    }

    /// Tells Entra that the app handles claims challenges, so that access which was revoked ends at once instead of with the
    /// token (Continuous Access Evaluation). The clients and `MediaAuthorizer::send` do handle them.
    #[must_use]
    pub fn handles_claims_challenges(mut self) -> Self {
        self.challenges = true;
        self
    }

    /// Sets up the caches of its credentials: a store that is shared with others, metrics, renewal in the background.
    #[must_use]
    pub fn with_cache(mut self, options: CacheOptions) -> Self {
        self.cache = options;
        self
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Makes a credential for REST v2. `transport` sends its token requests.
    ///
    /// # Errors
    /// [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) when the authority is not a Microsoft cloud's and no resource was given;
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the tenant, the client id or the resource is not of its form.
    pub fn rest_v2_credential(
        &self,
        transport: Arc<dyn Transport>,
    ) -> Result<MediaCredential, CredentialError> {
        let own = self.environment.rest_v2_scope()?;
        self.environment.rest_v2_credential(self.credential(&own, transport)?)
    }

    /// Makes a credential for REST v3, which is reached through Azure Resource Manager. `transport` sends its token
    /// requests.
    ///
    /// # Errors
    /// As [`ServicePrincipal::rest_v2_credential`], for the audience.
    pub fn arm_credential(&self, transport: Arc<dyn Transport>) -> Result<MediaCredential, CredentialError> {
        let own = self.environment.arm_scope()?;
        self.environment.arm_credential(self.credential(&own, transport)?)
    }

    fn credential(
        &self,
        scope: &str,
        transport: Arc<dyn Transport>,
    ) -> Result<Arc<dyn TokenCredential>, CredentialError> {
        let (tenant, client_id) = (self.tenant.as_str(), self.client_id.as_str());
        // The builders are of different types with the same methods.
        macro_rules! built {
            ($builder:expr) => {{
                let builder = $builder
                    .authority(self.environment.authority.clone())
                    .version(self.version)
                    .default_scope(scope)
                    .cache(self.cache.clone())
                    .transport(transport);
                let builder = if self.challenges { builder.handles_claims_challenges() } else { builder };
                let builder = match &self.clock {
                    Some(clock) => builder.clock(clock.clone()),
                    None => builder,
                };
                Ok(Arc::new(builder.build()?))
            }};
        }
        match &self.proof {
            Proof::Secret(secret) => {
                built!(ClientSecretCredential::builder(tenant, client_id, secret.clone()))
            }
            #[cfg(feature = "certificate")]
            Proof::Certificate(certificate) => {
                built!(ClientCertificateCredential::builder(tenant, client_id, (**certificate).clone()))
            }
        }
    }

    /// Returns which cloud, which account, and where its APIs are.
    pub fn environment(&self) -> &MediaEnvironment {
        &self.environment
    }

    /// Returns who issues the tokens.
    pub fn authority(&self) -> &Authority {
        &self.environment.authority
    }

    /// Returns the account.
    ///
    /// # Errors
    /// [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) when none was given.
    pub fn account(&self) -> Result<&MediaAccount, CredentialError> {
        self.environment.account()
    }

    /// Returns where the account's REST v2 service is.
    ///
    /// # Errors
    /// [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) when that was not given; it cannot be derived.
    pub fn rest_v2_endpoint(&self) -> Result<&RestV2Endpoint, CredentialError> {
        self.environment.rest_v2_endpoint()
    }

    /// Returns where Resource Manager is: as given, or that of the cloud.
    ///
    /// # Errors
    /// [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) when none was given and the authority is not a Microsoft cloud's.
    pub fn arm_endpoint(&self) -> Result<ArmEndpoint, CredentialError> {
        self.environment.arm_endpoint()
    }
}

impl fmt::Debug for ServicePrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServicePrincipal")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("authority", &self.environment.authority)
            .field("version", &self.version)
            .field("rest_v2_endpoint", &self.environment.rest_v2_endpoint)
            .field("arm_endpoint", &self.environment.arm_endpoint)
            .field("account", &self.environment.account)
            .finish_non_exhaustive()
    }
}
