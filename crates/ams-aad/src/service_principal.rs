//! The app that uses a Media Services account.

use std::fmt;
use std::sync::Arc;

use credential::{Clock, CredentialError, CredentialErrorKind, Secret, Transport};
use entra::{Authority, ClientSecretCredential, ProtocolVersion};

use crate::media_credential::Api;
use crate::portal_json;
use crate::{ArmEndpoint, MediaAccount, MediaCredential, RestV2Endpoint, ServicePrincipalBuilder};

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
    pub(crate) secret: Secret,
    pub(crate) authority: Authority,
    pub(crate) version: ProtocolVersion,
    pub(crate) clock: Option<Arc<dyn Clock>>,
    pub(crate) rest_v2_resource: Option<String>,
    pub(crate) rest_v2_endpoint: Option<RestV2Endpoint>,
    pub(crate) arm_audience: Option<String>,
    pub(crate) arm_endpoint: Option<ArmEndpoint>,
    pub(crate) account: Option<MediaAccount>,
}

impl ServicePrincipal {
    /// Reads the JSON block of the portal's API access page, of `az ams account sp create`, or of the samples'
    /// `appsettings.json`. The names of the keys tell which; other keys are ignored.
    ///
    /// When the authority is a Microsoft cloud's, the other endpoints must be of the same cloud. With any other authority
    /// they may be anywhere, by `https`.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] naming every key that is missing, holds a placeholder, or holds the
    /// notice that a secret cannot be shown again; or the key whose value is not of its form.
    pub fn from_portal_json(json: &str) -> Result<Self, CredentialError> {
        portal_json::read(json, portal_json::Hosts::Remote)
    }

    /// Reads like [`ServicePrincipal::from_portal_json`], and also accepts `http` endpoints on loopback hosts, where an
    /// emulator listens.
    ///
    /// # Errors
    /// Those of [`ServicePrincipal::from_portal_json`].
    pub fn from_portal_json_local(json: &str) -> Result<Self, CredentialError> {
        portal_json::read(json, portal_json::Hosts::Local)
    }

    /// Starts with the tenant (id or domain), the application (client) id and its secret's value.
    pub fn builder(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> ServicePrincipalBuilder {
        ServicePrincipalBuilder::new(tenant.into(), client_id.into(), secret.into())
    }

    /// Uses another version of Entra's token endpoint than v2.
    #[must_use]
    pub fn with_version(mut self, version: ProtocolVersion) -> Self {
        self.version = version;
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
    /// [`CredentialErrorKind::NotConfigured`] when the authority is not a Microsoft cloud's and no resource was given;
    /// [`CredentialErrorKind::InvalidConfiguration`] when the tenant, the client id or the resource is not of its form.
    pub fn rest_v2_credential(
        &self,
        transport: Arc<dyn Transport>,
    ) -> Result<MediaCredential, CredentialError> {
        let resource = match (&self.rest_v2_resource, self.cloud()) {
            (Some(resource), _) => resource.as_str(),
            (None, Some(cloud)) => cloud.rest_v2_resource(),
            (None, None) => return Err(missing("REST v2 resource", "AmsApiResource", "rest_v2_resource")),
        };
        self.credential(resource, Api::RestV2, transport)
    }

    /// Makes a credential for REST v3, which is reached through Azure Resource Manager. `transport` sends its token
    /// requests.
    ///
    /// # Errors
    /// As [`ServicePrincipal::rest_v2_credential`], for the audience.
    pub fn arm_credential(&self, transport: Arc<dyn Transport>) -> Result<MediaCredential, CredentialError> {
        let audience = match (&self.arm_audience, self.cloud()) {
            (Some(audience), _) => audience.as_str(),
            (None, Some(cloud)) => cloud.arm_audience(),
            (None, None) => {
                return Err(missing("Resource Manager audience", "ArmAadAudience", "arm_audience"));
            }
        };
        self.credential(audience, Api::Arm, transport)
    }

    /// The scope is the audience and `/.default`, appended and never normalized.
    fn credential(
        &self,
        audience: &str,
        api: Api,
        transport: Arc<dyn Transport>,
    ) -> Result<MediaCredential, CredentialError> {
        let scope = format!("{audience}/.default");
        let mut builder = ClientSecretCredential::builder(
            self.tenant.as_str(),
            self.client_id.as_str(),
            self.secret.clone(),
        )
        .authority(self.authority.clone())
        .version(self.version)
        .default_scope(&scope)
        .transport(transport);
        if let Some(clock) = &self.clock {
            builder = builder.clock(clock.clone());
        }
        Ok(MediaCredential::new(builder.build()?, scope, api))
    }

    fn cloud(&self) -> Option<crate::MediaCloud> {
        crate::MediaCloud::of_host(self.authority.host())
    }

    /// Returns who issues the tokens.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Returns the account.
    ///
    /// # Errors
    /// [`CredentialErrorKind::NotConfigured`] when none was given.
    pub fn account(&self) -> Result<&MediaAccount, CredentialError> {
        self.account
            .as_ref()
            .ok_or_else(|| missing("account", "SubscriptionId, ResourceGroup and AccountName", "account"))
    }

    /// Returns where the account's REST v2 service is.
    ///
    /// # Errors
    /// [`CredentialErrorKind::NotConfigured`] when that was not given; it cannot be derived.
    pub fn rest_v2_endpoint(&self) -> Result<&RestV2Endpoint, CredentialError> {
        self.rest_v2_endpoint
            .as_ref()
            .ok_or_else(|| missing("REST v2 endpoint", "AmsRestApiEndpoint", "rest_v2_endpoint"))
    }

    /// Returns where Resource Manager is: as given, or that of the cloud.
    ///
    /// # Errors
    /// [`CredentialErrorKind::NotConfigured`] when none was given and the authority is not a Microsoft cloud's.
    pub fn arm_endpoint(&self) -> Result<ArmEndpoint, CredentialError> {
        match (&self.arm_endpoint, self.cloud()) {
            (Some(endpoint), _) => Ok(endpoint.clone()),
            (None, Some(cloud)) => ArmEndpoint::of_cloud(cloud),
            (None, None) => Err(missing("Resource Manager endpoint", "ArmEndpoint", "arm_endpoint")),
        }
    }
}

fn missing(what: &str, key: &str, method: &str) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::NotConfigured,
        format!("the service principal has no {what}"),
        format!("add {key} to the API access block, or call {method} on the builder"),
    )
}

impl fmt::Debug for ServicePrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServicePrincipal")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("authority", &self.authority)
            .field("version", &self.version)
            .field("rest_v2_endpoint", &self.rest_v2_endpoint)
            .field("arm_endpoint", &self.arm_endpoint)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
