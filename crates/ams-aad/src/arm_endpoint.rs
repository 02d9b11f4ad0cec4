//! Where Azure Resource Manager is.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Endpoint};

use crate::MediaCloud;

/// The address of Azure Resource Manager, through which REST v3 is reached. Tokens go to no other host.
///
/// # Example
/// ```
/// use ams_aad::{ArmEndpoint, MediaCloud};
///
/// let endpoint = ArmEndpoint::parse("https://management.azure.com/")?;
/// assert_eq!(endpoint, ArmEndpoint::of_cloud(MediaCloud::Public)?);
/// assert!(ArmEndpoint::parse("https://management.example.com").is_err());
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ArmEndpoint(Endpoint);

const NAME: &str = "Resource Manager endpoint";

impl ArmEndpoint {
    /// Uses the address of a cloud.
    ///
    /// # Errors
    /// None in practice: the addresses are constants.
    pub fn of_cloud(cloud: MediaCloud) -> Result<Self, CredentialError> {
        Self::parse(cloud.arm_endpoint())
    }

    /// Parses the address of a cloud's Resource Manager.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is no `https` address or the host is not a Microsoft cloud's.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        let parsed = Self::parse_custom(text)?;
        if MediaCloud::ALL.iter().any(|cloud| parsed.to_string() == cloud.arm_endpoint()) {
            return Ok(parsed);
        }
        Err(CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            format!("the {NAME} is not that of a Microsoft cloud"),
            "give https://management.azure.com or another cloud's, or allow a compatible service explicitly with parse_custom",
        ))
    }

    /// Parses the `https` address of a compatible service or private cloud, on any host.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is no `https` address.
    pub fn parse_custom(text: &str) -> Result<Self, CredentialError> {
        Endpoint::parse(NAME, text).map(Self)
    }

    /// Parses like [`ArmEndpoint::parse_custom`], and also accepts `http` for loopback hosts.
    ///
    /// # Errors
    /// Those of [`ArmEndpoint::parse_custom`].
    pub fn parse_local(text: &str) -> Result<Self, CredentialError> {
        Endpoint::parse_local(NAME, text).map(Self)
    }

    /// Returns the Microsoft cloud that the host belongs to.
    pub fn cloud(&self) -> Option<MediaCloud> {
        MediaCloud::of_host(self.0.host())
    }

    /// Returns the address.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0
    }
}

impl fmt::Display for ArmEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ArmEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ArmEndpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clouds() {
        for cloud in MediaCloud::ALL {
            assert_eq!(ArmEndpoint::of_cloud(*cloud).unwrap().cloud(), Some(*cloud));
        }
    }

    #[test]
    fn other_hosts_are_refused_and_not_echoed() {
        for bad in [
            "",
            "http://management.azure.com",
            "https://management.azure.com/planted",
            "https://management.azure.com:8443",
            "https://planted.management.azure.com",
            "https://login.microsoftonline.com",
        ] {
            let error = ArmEndpoint::parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{bad}");
            assert!(error.to_string().contains(NAME), "{bad}: {error}");
            assert!(!error.to_string().contains("planted"), "{bad}: {error}");
        }
        assert_eq!(ArmEndpoint::parse_custom("rms.example.com/x").unwrap().cloud(), None);
        assert!(ArmEndpoint::parse_local("http://127.0.0.1:1").is_ok());
        assert!(ArmEndpoint::parse_local("http://rms.example.com").is_err());
    }
}
