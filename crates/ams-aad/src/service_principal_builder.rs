//! Puts a service principal together by hand.

use std::fmt;

use credential::{CacheOptions, CredentialError, CredentialErrorKind};
use entra::{Authority, ClientSecretFlow, ProtocolVersion};

use crate::service_principal::Proof;
use crate::{ArmEndpoint, MediaAccount, MediaCloud, MediaEnvironment, RestV2Endpoint, ServicePrincipal};

/// Collects what a [`ServicePrincipal`] is made of; nothing is checked before [`build`](Self::build).
pub struct ServicePrincipalBuilder(ServicePrincipal);

impl ServicePrincipalBuilder {
    pub(crate) fn new(tenant: String, client_id: String, proof: Proof) -> Self {
        Self(ServicePrincipal {
            tenant,
            client_id,
            proof,
            version: ProtocolVersion::default(),
            clock: None,
            challenges: false,
            cache: CacheOptions::new(),
            environment: MediaEnvironment::default(),
        })
    }

    /// Takes everything at once of which the other methods set one part.
    #[must_use]
    pub fn environment(mut self, environment: MediaEnvironment) -> Self {
        self.0.environment = environment;
        self
    }

    /// Uses another cloud than the public one.
    #[must_use]
    pub fn cloud(self, cloud: MediaCloud) -> Self {
        self.authority(cloud.authority())
    }

    /// Uses another authority than the public cloud's. One that is not a Microsoft cloud's needs resource and audience too.
    #[must_use]
    pub fn authority(mut self, authority: Authority) -> Self {
        self.0.environment.authority = authority;
        self
    }

    /// Uses another resource for REST v2 tokens than the cloud's.
    #[must_use]
    pub fn rest_v2_resource(mut self, resource: impl Into<String>) -> Self {
        self.0.environment.rest_v2_resource = Some(resource.into());
        self
    }

    /// Says where the account's REST v2 service is.
    #[must_use]
    pub fn rest_v2_endpoint(mut self, endpoint: RestV2Endpoint) -> Self {
        self.0.environment.rest_v2_endpoint = Some(endpoint);
        self
    }

    /// Uses another audience for Resource Manager tokens than the cloud's. A trailing slash belongs to it.
    #[must_use]
    pub fn arm_audience(mut self, audience: impl Into<String>) -> Self {
        self.0.environment.arm_audience = Some(audience.into());
        self
    }

    /// Uses another Resource Manager than the cloud's.
    #[must_use]
    pub fn arm_endpoint(mut self, endpoint: ArmEndpoint) -> Self {
        self.0.environment.arm_endpoint = Some(endpoint);
        self
    }

    /// Names the account.
    #[must_use]
    pub fn account(mut self, account: MediaAccount) -> Self {
        self.0.environment.account = Some(account);
        self
    }

    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the tenant, the client id, the secret, the resource or the
    /// audience is empty or not of its form, or the endpoints belong to different clouds.
    pub fn build(self) -> Result<ServicePrincipal, CredentialError> {
        let principal = self.0;
        // A certificate was checked when it was read; the rest is the same for both.
        let flow = match &principal.proof {
            Proof::Secret(secret) => ClientSecretFlow::new(principal.client_id.as_str(), secret.clone())?,
            #[cfg(feature = "certificate")]
            Proof::Certificate(_) => ClientSecretFlow::new(principal.client_id.as_str(), "none")?,
        };
        let audiences = [
            ("REST v2 resource", &principal.environment.rest_v2_resource),
            ("Resource Manager audience", &principal.environment.arm_audience),
        ];
        let any_scope = MediaCloud::Public.rest_v2_scope();
        flow.request(&principal.tenant, any_scope, None).map_err(|error| as_configuration(&error))?;
        for (name, audience) in audiences {
            let Some(audience) = audience else { continue };
            flow.request(&principal.tenant, &format!("{audience}/.default"), None)
                .map_err(|error| no_scope(name, &error))?;
        }
        principal.environment.check_clouds()?;
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

impl fmt::Debug for ServicePrincipalBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServicePrincipalBuilder").field(&self.0).finish()
    }
}
