//! Which cloud or compatible service, which account in it, and where its APIs are.

use credential::{CredentialError, CredentialErrorKind, TokenCredential};
use entra::Authority;

use crate::media_credential::Api;
use crate::{ArmEndpoint, MediaAccount, MediaCloud, MediaCredential, RestV2Endpoint};

/// Who issues tokens for Media Services, what they are for, where the APIs are, and which account is meant.
///
/// Everything but the authority may be left out; what a Microsoft cloud's constants say is then taken from there.
///
/// # Example
/// ```
/// use ams_aad::{MediaCloud, MediaEnvironment, RestV2Endpoint};
///
/// let environment = MediaEnvironment::of_cloud(MediaCloud::China)
///     .with_rest_v2_endpoint(RestV2Endpoint::parse("abc.restv2.chinaeast.media.chinacloudapi.cn")?);
/// assert_eq!(environment.rest_v2_scope()?, "https://rest.media.chinacloudapi.cn/.default");
/// assert_eq!(environment.arm_endpoint()?.to_string(), "https://management.chinacloudapi.cn");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MediaEnvironment {
    pub(crate) authority: Authority,
    pub(crate) rest_v2_resource: Option<String>,
    pub(crate) rest_v2_endpoint: Option<RestV2Endpoint>,
    pub(crate) arm_audience: Option<String>,
    pub(crate) arm_endpoint: Option<ArmEndpoint>,
    pub(crate) account: Option<MediaAccount>,
}

impl MediaEnvironment {
    /// Starts with a cloud's constants.
    pub fn of_cloud(cloud: MediaCloud) -> Self {
        Self::of_authority(cloud.authority())
    }

    /// Starts with who issues the tokens. One that is not a Microsoft cloud's needs resource and audience too.
    pub fn of_authority(authority: Authority) -> Self {
        Self { authority, ..Self::default() }
    }

    /// Uses another resource for REST v2 tokens than the cloud's.
    #[must_use]
    pub fn with_rest_v2_resource(mut self, resource: impl Into<String>) -> Self {
        self.rest_v2_resource = Some(resource.into());
        self
    }

    /// Says where the account's REST v2 service is.
    #[must_use]
    pub fn with_rest_v2_endpoint(mut self, endpoint: RestV2Endpoint) -> Self {
        self.rest_v2_endpoint = Some(endpoint);
        self
    }

    /// Uses another audience for Resource Manager tokens than the cloud's. A trailing slash belongs to it.
    #[must_use]
    pub fn with_arm_audience(mut self, audience: impl Into<String>) -> Self {
        self.arm_audience = Some(audience.into());
        self
    }

    /// Uses another Resource Manager than the cloud's.
    #[must_use]
    pub fn with_arm_endpoint(mut self, endpoint: ArmEndpoint) -> Self {
        self.arm_endpoint = Some(endpoint);
        self
    }

    /// Names the account.
    #[must_use]
    pub fn with_account(mut self, account: MediaAccount) -> Self {
        self.account = Some(account);
        self
    }

    /// Makes a credential for REST v2 of any other one, such as a managed identity of `azure_identity` through
    /// [`FromAzureCore`](https://docs.rs/credential). It is asked for this environment's scope.
    ///
    /// # Errors
    /// Those of [`rest_v2_scope`](Self::rest_v2_scope).
    pub fn rest_v2_credential(
        &self,
        credential: impl TokenCredential + 'static,
    ) -> Result<MediaCredential, CredentialError> {
        Ok(MediaCredential::new(credential, self.rest_v2_scope()?, Api::RestV2))
    }

    /// Makes a credential for REST v3, which is reached through Azure Resource Manager, of any other one. It is asked for
    /// this environment's scope.
    ///
    /// # Errors
    /// Those of [`arm_scope`](Self::arm_scope).
    pub fn arm_credential(
        &self,
        credential: impl TokenCredential + 'static,
    ) -> Result<MediaCredential, CredentialError> {
        Ok(MediaCredential::new(credential, self.arm_scope()?, Api::Arm))
    }

    /// Returns the scope of REST v2 tokens: the resource and `/.default`, appended and never normalized.
    ///
    /// # Errors
    /// [`CredentialErrorKind::NotConfigured`] when the authority is not a Microsoft cloud's and no resource was given.
    pub fn rest_v2_scope(&self) -> Result<String, CredentialError> {
        match (&self.rest_v2_resource, self.cloud()) {
            (Some(resource), _) => Ok(format!("{resource}/.default")),
            (None, Some(cloud)) => Ok(cloud.rest_v2_scope().to_owned()),
            (None, None) => Err(missing("REST v2 resource", "AmsApiResource", "rest_v2_resource")),
        }
    }

    /// Returns the scope of Resource Manager tokens: the audience, with its slash, and `/.default`.
    ///
    /// # Errors
    /// [`CredentialErrorKind::NotConfigured`] when the authority is not a Microsoft cloud's and no audience was given.
    pub fn arm_scope(&self) -> Result<String, CredentialError> {
        match (&self.arm_audience, self.cloud()) {
            (Some(audience), _) => Ok(format!("{audience}/.default")),
            (None, Some(cloud)) => Ok(cloud.arm_scope().to_owned()),
            (None, None) => Err(missing("Resource Manager audience", "ArmAadAudience", "arm_audience")),
        }
    }

    /// Returns the Microsoft cloud that the authority belongs to.
    pub fn cloud(&self) -> Option<MediaCloud> {
        MediaCloud::of_host(self.authority.host())
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
    /// [`CredentialErrorKind::NotConfigured`] when that was not given; it cannot be derived, but Resource Manager can be
    /// asked: [`ArmClient::rest_v2_endpoint`](crate::ArmClient::rest_v2_endpoint).
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

    /// Returns the client id of the Media Services SDKs, with which users sign in; that of the public cloud where the
    /// authority is not a Microsoft cloud's.
    pub fn native_client_id(&self) -> &'static str {
        self.cloud().unwrap_or_default().native_client_id()
    }

    /// Checks that everything belongs to one cloud: a token of one Microsoft cloud is worth nothing in another, and must not
    /// be sent there.
    pub(crate) fn check_clouds(&self) -> Result<(), CredentialError> {
        let Some(cloud) = self.cloud() else { return Ok(()) };
        let elsewhere = |other: Option<MediaCloud>| other.is_some_and(|other| other != cloud);
        let of_address = |address: &Option<String>| {
            let host = address.as_deref()?.strip_prefix("https://")?.split('/').next()?;
            MediaCloud::of_host(host)
        };
        let parts = [
            ("REST v2 endpoint", self.rest_v2_endpoint.as_ref().and_then(RestV2Endpoint::cloud)),
            ("Resource Manager endpoint", self.arm_endpoint.as_ref().and_then(ArmEndpoint::cloud)),
            ("REST v2 resource", of_address(&self.rest_v2_resource)),
            ("Resource Manager audience", of_address(&self.arm_audience)),
        ];
        match parts.into_iter().find(|(_, other)| elsewhere(*other)) {
            None => Ok(()),
            Some((name, _)) => Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                format!("the {name} and the authority belong to different clouds"),
                "take both from the account's API access page",
            )),
        }
    }
}

fn missing(what: &str, key: &str, method: &str) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::NotConfigured,
        format!("the configuration has no {what}"),
        format!("add {key} to the API access block, or call {method} on the builder"),
    )
}
