//! Who issues the tokens.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Endpoint};
use http::Uri;

use crate::tenant::Tenant;
use crate::{Cloud, ProtocolVersion};

/// Who issues the tokens: a national cloud, or any other address.
///
/// The tenant is not part of it. A path is kept and joined, as Azure Stack and private deployments need.
///
/// # Example
/// ```
/// use entra::{Authority, Cloud, ProtocolVersion};
///
/// let authority = Authority::cloud(Cloud::China);
/// assert_eq!(
///     authority.token_endpoint("contoso.cn", ProtocolVersion::V2)?,
///     "https://login.chinacloudapi.cn/contoso.cn/oauth2/v2.0/token"
/// );
/// let stack = Authority::parse("https://login.stack.example/private")?;
/// assert_eq!(stack.to_string(), "https://login.stack.example/private");
/// assert_eq!(stack.known_cloud(), None);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Authority(Place);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    Cloud(Cloud),
    Custom(Endpoint),
}

impl Authority {
    /// Uses the authority of a national cloud.
    pub const fn cloud(cloud: Cloud) -> Self {
        Self(Place::Cloud(cloud))
    }

    /// Parses an `https` address, with or without scheme, such as `AZURE_AUTHORITY_HOST` holds.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] for everything that
    /// [`Endpoint::parse`](credential::Endpoint::parse) refuses, and for a path where none belongs: a tenant or token
    /// endpoint given together with the host.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        Self::checked(Endpoint::parse("authority", text)?)
    }

    /// Parses like [`Authority::parse`], and also accepts `http` for loopback hosts, where an emulator listens.
    ///
    /// # Errors
    /// Those of [`Authority::parse`].
    pub fn parse_local(text: &str) -> Result<Self, CredentialError> {
        Self::checked(Endpoint::parse_local("authority", text)?)
    }

    fn checked(endpoint: Endpoint) -> Result<Self, CredentialError> {
        let text = endpoint.to_string();
        let has_path = !text.ends_with(endpoint.authority());
        let known = Cloud::from_host(endpoint.host());
        if (known.is_some() && has_path) || text.to_ascii_lowercase().contains("/oauth2/") {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the authority includes a tenant or the path of a token endpoint",
                "give only scheme and host, such as https://login.microsoftonline.com; the tenant is passed separately",
            ));
        }
        match known {
            Some(cloud) if text == format!("https://{}", cloud.authority_host()) => Ok(Self::cloud(cloud)),
            _ => Ok(Self(Place::Custom(endpoint))),
        }
    }

    /// Returns the cloud that this authority belongs to, also when it was given by another of its names.
    pub fn known_cloud(&self) -> Option<Cloud> {
        match &self.0 {
            Place::Cloud(cloud) => Some(*cloud),
            Place::Custom(endpoint) => Cloud::from_host(endpoint.host()),
        }
    }

    /// Returns the host name.
    pub fn host(&self) -> &str {
        match &self.0 {
            Place::Cloud(cloud) => cloud.authority_host(),
            Place::Custom(endpoint) => endpoint.host(),
        }
    }

    /// The place without the scheme: host, perhaps port and path.
    pub(crate) fn place(&self) -> String {
        let text = self.to_string();
        text.split_once("://").map_or_else(|| text.clone(), |(_, place)| place.to_owned())
    }

    /// Says whether both are the same place: a cloud under another of its names, or the same address.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        self == other || (self.known_cloud().is_some() && self.known_cloud() == other.known_cloud())
    }

    /// Returns the address of a tenant's token endpoint: what tokens are requested from, and the `aud` of a client
    /// assertion.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the tenant is empty or holds other characters than ASCII
    /// letters, digits, `-` and `.`.
    pub fn token_endpoint(&self, tenant: &str, version: ProtocolVersion) -> Result<Uri, CredentialError> {
        self.token_uri(&Tenant::parse(CredentialErrorKind::InvalidConfiguration, tenant)?, version)
    }

    pub(crate) fn token_uri(
        &self,
        tenant: &Tenant,
        version: ProtocolVersion,
    ) -> Result<Uri, CredentialError> {
        self.uri(tenant, version.token_path())
    }

    /// The address of something below a tenant.
    pub(crate) fn uri(&self, tenant: &Tenant, path: &str) -> Result<Uri, CredentialError> {
        let path = format!("/{}/{path}", tenant.as_str());
        match &self.0 {
            Place::Custom(endpoint) => endpoint.uri(&path),
            Place::Cloud(cloud) => Endpoint::parse("authority", cloud.authority_host())?.uri(&path),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::cloud(Cloud::Public)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Cloud(cloud) => write!(f, "https://{}", cloud.authority_host()),
            Place::Custom(endpoint) => endpoint.fmt(f),
        }
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_clouds_are_recognized() {
        for cloud in Cloud::ALL {
            for text in [cloud.authority_host().to_owned(), format!("https://{}/", cloud.authority_host())] {
                assert_eq!(Authority::parse(&text).unwrap(), Authority::cloud(*cloud));
            }
            for alias in cloud.authority_aliases() {
                let authority = Authority::parse(alias).unwrap();
                assert_eq!((authority.known_cloud(), authority.host()), (Some(*cloud), *alias));
            }
        }
        assert_eq!(Authority::default(), Authority::cloud(Cloud::Public));
    }

    #[test]
    fn a_path_is_joined() {
        for (text, expected) in [
            ("https://login.stack.example/a/b/", "https://login.stack.example/a/b/t/oauth2/token"),
            ("login.stack.example:8443", "https://login.stack.example:8443/t/oauth2/token"),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000/t/oauth2/token"),
            ("https://localhost:5000", "https://localhost:5000/t/oauth2/token"),
            ("login.windows.net", "https://login.windows.net/t/oauth2/token"),
        ] {
            let authority = Authority::parse_local(text).unwrap();
            assert_eq!(authority.token_endpoint("t", ProtocolVersion::V1).unwrap(), expected);
        }
    }

    #[test]
    fn bad_addresses_are_refused_and_not_echoed() {
        for bad in [
            "",
            "http://planted.example",
            "http://127.0.0.1/",
            "https://user:planted@host",
            "https://host?planted",
            "https://login.microsoftonline.com/planted.com",
            "https://login.windows.net/planted.com/",
            "https://planted.example/t/oauth2/v2.0/token",
            "https://planted.example/t/OAuth2/token",
        ] {
            let error = Authority::parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{bad}");
            assert!(error.to_string().contains("authority"), "{bad}: {error}");
            assert!(!error.to_string().contains("planted"), "{bad}: {error}");
        }
        assert!(Authority::parse_local("http://planted.example").is_err());
        assert!(Authority::default().token_endpoint("a/b", ProtocolVersion::V2).is_err());
    }
}
