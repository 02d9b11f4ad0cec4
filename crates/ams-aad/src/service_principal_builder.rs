//! Puts a service principal together by hand.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Secret};
use entra::{Authority, ClientSecretFlow, ProtocolVersion};

use crate::{ArmEndpoint, MediaAccount, MediaCloud, RestV2Endpoint, ServicePrincipal};

/// Collects what a [`ServicePrincipal`] is made of; nothing is checked before [`build`](Self::build).
pub struct ServicePrincipalBuilder(ServicePrincipal);

impl ServicePrincipalBuilder {
    pub(crate) fn new(tenant: String, client_id: String, secret: Secret) -> Self {
        Self(ServicePrincipal {
            tenant,
            client_id,
            secret,
            authority: Authority::default(),
            version: ProtocolVersion::default(),
            clock: None,
            rest_v2_resource: None,
            rest_v2_endpoint: None,
            arm_audience: None,
            arm_endpoint: None,
            account: None,
        })
    }

    /// Uses another cloud than the public one.
    #[must_use]
    pub fn cloud(self, cloud: MediaCloud) -> Self {
        self.authority(cloud.authority())
    }

    /// Uses another authority than the public cloud's. One that is not a Microsoft cloud's needs resource and audience too.
    #[must_use]
    pub fn authority(mut self, authority: Authority) -> Self {
        self.0.authority = authority;
        self
    }

    /// Uses another resource for REST v2 tokens than the cloud's.
    #[must_use]
    pub fn rest_v2_resource(mut self, resource: impl Into<String>) -> Self {
        self.0.rest_v2_resource = Some(resource.into());
        self
    }

    /// Says where the account's REST v2 service is.
    #[must_use]
    pub fn rest_v2_endpoint(mut self, endpoint: RestV2Endpoint) -> Self {
        self.0.rest_v2_endpoint = Some(endpoint);
        self
    }

    /// Uses another audience for Resource Manager tokens than the cloud's. A trailing slash belongs to it.
    #[must_use]
    pub fn arm_audience(mut self, audience: impl Into<String>) -> Self {
        self.0.arm_audience = Some(audience.into());
        self
    }

    /// Uses another Resource Manager than the cloud's.
    #[must_use]
    pub fn arm_endpoint(mut self, endpoint: ArmEndpoint) -> Self {
        self.0.arm_endpoint = Some(endpoint);
        self
    }

    /// Names the account.
    #[must_use]
    pub fn account(mut self, account: MediaAccount) -> Self {
        self.0.account = Some(account);
        self
    }

    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the tenant, the client id, the secret, the resource or the
    /// audience is empty or not of its form, or the endpoints belong to different clouds.
    pub fn build(self) -> Result<ServicePrincipal, CredentialError> {
        let principal = self.0;
        let flow = ClientSecretFlow::new(principal.client_id.as_str(), principal.secret.clone())?;
        let audiences = [
            ("REST v2 resource", &principal.rest_v2_resource),
            ("Resource Manager audience", &principal.arm_audience),
        ];
        let any_scope = MediaCloud::Public.rest_v2_scope();
        flow.request(&principal.tenant, any_scope, None).map_err(|error| as_configuration(&error))?;
        for (name, audience) in audiences {
            let Some(audience) = audience else { continue };
            flow.request(&principal.tenant, &format!("{audience}/.default"), None)
                .map_err(|error| no_scope(name, &error))?;
        }
        check_clouds(&principal)?;
        Ok(principal)
    }
}

fn no_scope(name: &str, error: &CredentialError) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        format!("the {name} cannot become a scope: {}", error.problem()),
        "give it as the account's API access page shows it, such as https://management.core.windows.net/",
    )
}

fn as_configuration(error: &CredentialError) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        error.problem().to_owned(),
        error.fix().to_owned(),
    )
}

/// A token of one Microsoft cloud is worth nothing in another, and must not be sent there.
fn check_clouds(principal: &ServicePrincipal) -> Result<(), CredentialError> {
    let Some(cloud) = MediaCloud::of_host(principal.authority.host()) else { return Ok(()) };
    let elsewhere = |other: Option<MediaCloud>| other.is_some_and(|other| other != cloud);
    let of_address = |address: &Option<String>| {
        let host = address.as_deref()?.strip_prefix("https://")?.split('/').next()?;
        MediaCloud::of_host(host)
    };
    let parts = [
        ("REST v2 endpoint", principal.rest_v2_endpoint.as_ref().and_then(RestV2Endpoint::cloud)),
        ("Resource Manager endpoint", principal.arm_endpoint.as_ref().and_then(ArmEndpoint::cloud)),
        ("REST v2 resource", of_address(&principal.rest_v2_resource)),
        ("Resource Manager audience", of_address(&principal.arm_audience)),
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

impl fmt::Debug for ServicePrincipalBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServicePrincipalBuilder").field(&self.0).finish()
    }
}
