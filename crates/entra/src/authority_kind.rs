//! What kind of server an authority is.

use credential::{CredentialError, CredentialErrorKind};

use crate::ProtocolVersion;
use crate::endpoint_kind::EndpointKind;
use crate::tenant::Tenant;

/// What kind of server an authority is: where its endpoints and its metadata lie, and what its issuer looks like.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AuthorityKind {
    Entra,
    /// Entra External ID, also called CIAM.
    ExternalId,
    /// Azure AD B2C, with the policy that users sign in through.
    B2c {
        policy: String,
    },
    AdFs,
    /// Any other OpenID Connect server.
    OpenId,
}

/// Where the metadata lies, below what names the issuer (OpenID Connect Discovery, section 4).
const METADATA: &str = ".well-known/openid-configuration";
const B2C_HOSTS: [&str; 4] = [".b2clogin.com", ".b2clogin.cn", ".b2clogin.us", ".b2clogin.de"];
const EXTERNAL_ID_HOST: &str = ".ciamlogin.com";

impl AuthorityKind {
    pub(crate) fn of_host(host: &str) -> Self {
        if Self::is_external_id_host(host) { Self::ExternalId } else { Self::Entra }
    }

    pub(crate) fn is_b2c_host(host: &str) -> bool {
        B2C_HOSTS.iter().any(|suffix| is_below(host, suffix))
    }

    pub(crate) fn is_external_id_host(host: &str) -> bool {
        is_below(host, EXTERNAL_ID_HOST)
    }

    pub(crate) fn b2c(policy: &str) -> Result<Self, CredentialError> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if policy.is_empty() || !policy.bytes().all(is_name) {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the policy is empty, or holds characters other than ASCII letters, digits, `_` and `-`",
                "give the name of the user flow or custom policy, such as B2C_1_signin",
            ));
        }
        Ok(Self::B2c { policy: policy.to_owned() })
    }

    pub(crate) fn policy(&self) -> Option<&str> {
        match self {
            Self::B2c { policy } => Some(policy),
            _ => None,
        }
    }

    /// Says whether the metadata is the same for all tenants.
    pub(crate) fn is_tenant_independent(&self) -> bool {
        matches!(self, Self::AdFs | Self::OpenId)
    }

    /// The path of an endpoint by the pattern.
    pub(crate) fn path(
        &self,
        endpoint: EndpointKind,
        tenant: &Tenant,
        version: ProtocolVersion,
    ) -> Result<String, CredentialError> {
        let (tenant, last) = (tenant.as_str(), endpoint.segment());
        let base = version.base_path();
        match self {
            Self::Entra | Self::ExternalId => Ok(format!("/{tenant}/{base}/{last}")),
            Self::B2c { policy } => Ok(format!("/{tenant}/{policy}/{base}/{last}")),
            // AD FS has one set of endpoints, and reads both `resource` and `scope` there.
            Self::AdFs => Ok(format!("/adfs/oauth2/{last}")),
            Self::OpenId => Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the endpoints of an OpenID Connect server are known from its metadata alone",
                "read the metadata with AuthorityMetadata, and give it to the flow by with_metadata",
            )),
        }
    }

    pub(crate) fn metadata_path(&self, tenant: &Tenant, version: ProtocolVersion) -> String {
        let tenant = tenant.as_str();
        match (self, version) {
            (Self::Entra, ProtocolVersion::V1) => format!("/{tenant}/{METADATA}"),
            (Self::Entra | Self::ExternalId, _) => format!("/{tenant}/v2.0/{METADATA}"),
            (Self::B2c { policy }, _) => format!("/{tenant}/{policy}/v2.0/{METADATA}"),
            (Self::AdFs, _) => format!("/adfs/{METADATA}"),
            (Self::OpenId, _) => format!("/{METADATA}"),
        }
    }
}

/// Says whether the host is one label below the suffix, which begins with a dot.
fn is_below(host: &str, suffix: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host.strip_suffix(suffix).is_some_and(|label| !label.is_empty() && !label.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_by_their_whole_suffix() {
        for good in ["contoso.ciamlogin.com", "Contoso.CIAMLOGIN.com"] {
            assert_eq!(AuthorityKind::of_host(good), AuthorityKind::ExternalId, "{good}");
        }
        for other in
            ["ciamlogin.com", ".ciamlogin.com", "evilciamlogin.com", "a.b.ciamlogin.com", "a.ciamlogin.com.x"]
        {
            assert_eq!(AuthorityKind::of_host(other), AuthorityKind::Entra, "{other}");
        }
        assert!(AuthorityKind::is_b2c_host("contoso.b2clogin.cn"));
        assert!(!AuthorityKind::is_b2c_host("b2clogin.com"));
    }
}
