//! Who issues the tokens.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Endpoint};

use crate::Cloud;
use crate::authority_kind::AuthorityKind;
use crate::tenant::Tenant;

/// Who issues the tokens: a national cloud, Entra at another address, AD FS, Azure AD B2C, or any OpenID Connect server.
///
/// The tenant is not part of it. A path is kept and joined, as Azure Stack and private deployments need.
///
/// | issuer | authority | tenant |
/// | --- | --- | --- |
/// | a national cloud | [`Authority::cloud`] | id or domain |
/// | Entra External ID (CIAM) | [`Authority::parse`] with `<name>.ciamlogin.com` | id, or `<name>.onmicrosoft.com` |
/// | a private or disconnected cloud | [`Authority::parse`], perhaps [`without_instance_discovery`](Self::without_instance_discovery) | id or domain |
/// | AD FS 2019 or newer | [`Authority::parse`] with its host | `adfs` |
/// | Azure AD B2C | [`Authority::b2c`] with its policy | id or domain |
/// | any other OpenID Connect server | [`Authority::open_id`] | [`Authority::NO_TENANT`] |
///
/// The endpoints of the clouds follow a pattern. A credential asks all others for their metadata, once a day, before it sends
/// them anything else, and checks that the metadata is the authority's own; a host that nobody knows must be vouched for by
/// Entra first. The flows without I/O take that as [`AuthorityMetadata`](crate::AuthorityMetadata).
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
pub struct Authority {
    place: Place,
    kind: AuthorityKind,
    /// Entra must vouch for a host that is not known.
    must_be_known: bool,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    Cloud(Cloud),
    Custom(Endpoint),
}

impl Authority {
    /// The tenant to give where the authority has none: that of an OpenID Connect server which is not Entra.
    pub const NO_TENANT: &'static str = "none";

    /// Uses the authority of a national cloud.
    pub const fn cloud(cloud: Cloud) -> Self {
        Self { place: Place::Cloud(cloud), kind: AuthorityKind::Entra, must_be_known: true }
    }

    /// Parses an `https` address, with or without scheme, such as `AZURE_AUTHORITY_HOST` holds. A last segment `/adfs` is
    /// dropped: it stands for AD FS, whose tenant is `adfs`.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] for everything that
    /// [`Endpoint::parse`](credential::Endpoint::parse) refuses, for a path where none belongs: a tenant or token
    /// endpoint given together with the host, and for a host of Azure AD B2C, which has a policy too.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        Self::of_entra(Endpoint::parse("authority", text)?)
    }

    /// Parses like [`Authority::parse`], and also accepts `http` for loopback hosts, where an emulator listens.
    ///
    /// # Errors
    /// Those of [`Authority::parse`].
    pub fn parse_local(text: &str) -> Result<Self, CredentialError> {
        Self::of_entra(Endpoint::parse_local("authority", text)?)
    }

    /// Uses a policy (user flow) of an Azure AD B2C tenant, such as `https://contoso.b2clogin.com` and `B2C_1_signin`, or a
    /// domain of your own that leads there.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the address has a path, or the policy is no name of one.
    pub fn b2c(text: &str, policy: &str) -> Result<Self, CredentialError> {
        let endpoint = Endpoint::parse("authority", text)?;
        if has_path(&endpoint) {
            return Err(invalid(
                "the address of Azure AD B2C has a path",
                "give scheme and host, such as https://contoso.b2clogin.com; the tenant and the policy are given separately",
            ));
        }
        Ok(Self::custom(endpoint, AuthorityKind::b2c(policy)?))
    }

    /// Uses any OpenID Connect server, by its issuer: the address below which `/.well-known/openid-configuration` lies. It has
    /// no tenants; give [`Authority::NO_TENANT`] where one is asked for, and scopes as the server knows them.
    ///
    /// # Errors
    /// Those of [`Endpoint::parse`](credential::Endpoint::parse).
    pub fn open_id(issuer: &str) -> Result<Self, CredentialError> {
        Ok(Self::custom(Endpoint::parse("issuer", issuer)?, AuthorityKind::OpenId))
    }

    /// Parses like [`Authority::open_id`], and also accepts `http` for loopback hosts.
    ///
    /// # Errors
    /// Those of [`Endpoint::parse_local`](credential::Endpoint::parse_local).
    pub fn open_id_local(issuer: &str) -> Result<Self, CredentialError> {
        Ok(Self::custom(Endpoint::parse_local("issuer", issuer)?, AuthorityKind::OpenId))
    }

    /// Trusts the address as it stands: Entra is not asked whether it knows the host, and the endpoints follow Entra's pattern.
    /// For private and disconnected clouds, which Entra does not know.
    #[must_use]
    pub fn without_instance_discovery(mut self) -> Self {
        self.must_be_known = false;
        self
    }

    fn of_entra(endpoint: Endpoint) -> Result<Self, CredentialError> {
        let text = endpoint.to_string();
        let known = Cloud::from_host(endpoint.host());
        if (known.is_some() && has_path(&endpoint)) || text.to_ascii_lowercase().contains("/oauth2/") {
            return Err(invalid(
                "the authority includes a tenant or the path of a token endpoint",
                "give only scheme and host, such as https://login.microsoftonline.com; the tenant is passed separately",
            ));
        }
        if AuthorityKind::is_b2c_host(endpoint.host()) {
            return Err(invalid(
                "the authority is Azure AD B2C, which needs a policy",
                "use Authority::b2c with scheme and host, and the name of the policy",
            ));
        }
        match known {
            Some(cloud) if text == format!("https://{}", cloud.authority_host()) => {
                return Ok(Self::cloud(cloud));
            }
            _ => {}
        }
        // The path may hold letters of any length, so that no byte position is known to be a boundary.
        let before_ad_fs = text
            .len()
            .checked_sub(5)
            .and_then(|at| text.split_at_checked(at))
            .filter(|(host, path)| !host.is_empty() && path.eq_ignore_ascii_case("/adfs"));
        let endpoint = match before_ad_fs {
            Some((host, _)) => Endpoint::parse_local("authority", host)?,
            None => endpoint,
        };
        let kind = AuthorityKind::of_host(endpoint.host());
        Ok(Self::custom(endpoint, kind))
    }

    fn custom(endpoint: Endpoint, kind: AuthorityKind) -> Self {
        Self { place: Place::Custom(endpoint), kind, must_be_known: true }
    }

    /// Returns the cloud that this authority belongs to, also when it was given by another of its names.
    pub fn known_cloud(&self) -> Option<Cloud> {
        match &self.place {
            Place::Cloud(cloud) => Some(*cloud),
            Place::Custom(endpoint) => Cloud::from_host(endpoint.host()),
        }
    }

    /// Returns the host name.
    pub fn host(&self) -> &str {
        match &self.place {
            Place::Cloud(cloud) => cloud.authority_host(),
            Place::Custom(endpoint) => endpoint.host(),
        }
    }

    /// The place without the scheme: host, perhaps port, path and policy.
    pub(crate) fn place(&self) -> String {
        let text = self.to_string();
        text.split_once("://").map_or_else(|| text.clone(), |(_, place)| place.to_owned())
    }

    /// Says whether both are the same place: a cloud under another of its names, or the same address.
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        let is_same_address = self.place == other.place && self.kind == other.kind;
        is_same_address || (self.known_cloud().is_some() && self.known_cloud() == other.known_cloud())
    }

    /// Scheme, host and path.
    pub(crate) fn base(&self) -> Result<Endpoint, CredentialError> {
        match &self.place {
            Place::Custom(endpoint) => Ok(endpoint.clone()),
            Place::Cloud(cloud) => Endpoint::parse("authority", cloud.authority_host()),
        }
    }

    /// What the authority is for this tenant: `adfs` stands for AD FS at any host but the clouds'.
    pub(crate) fn kind_for(&self, tenant: &Tenant) -> AuthorityKind {
        match self.kind {
            AuthorityKind::Entra if tenant.is("adfs") && self.known_cloud().is_none() => AuthorityKind::AdFs,
            _ => self.kind.clone(),
        }
    }

    pub(crate) fn is_open_id(&self) -> bool {
        self.kind == AuthorityKind::OpenId
    }

    /// Says whether the endpoints are in the authority's metadata, and not in the pattern.
    pub(crate) fn needs_metadata(&self, tenant: &Tenant) -> bool {
        self.kind_for(tenant) != AuthorityKind::Entra || self.needs_vouching(tenant)
    }

    /// Says whether Entra must know the host before anything is sent there.
    pub(crate) fn needs_vouching(&self, tenant: &Tenant) -> bool {
        let is_loopback = matches!(&self.place, Place::Custom(endpoint) if endpoint.is_loopback());
        let is_strange = self.known_cloud().is_none() && !is_loopback;
        self.kind_for(tenant) == AuthorityKind::Entra && self.must_be_known && is_strange
    }
}

fn has_path(endpoint: &Endpoint) -> bool {
    !endpoint.to_string().ends_with(endpoint.authority())
}

fn invalid(problem: &'static str, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
}

impl Default for Authority {
    fn default() -> Self {
        Self::cloud(Cloud::Public)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Cloud(cloud) => write!(f, "https://{}", cloud.authority_host())?,
            Place::Custom(endpoint) => endpoint.fmt(f)?,
        }
        self.kind.policy().map_or(Ok(()), |policy| write!(f, "/{policy}"))
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

    /// Whether such a path is taken is up to the parser of addresses; it must not end the program.
    #[test]
    fn a_path_of_long_letters_is_no_panic() {
        for end in ["¥𑬃", "𑬃a", "é", "ഇഈഉ"] {
            let _either = Authority::parse(&format!("https://login.example/ஆ{end}"));
        }
        for ad_fs in ["https://adfs.example/adfs", "https://adfs.example/ADFS/"] {
            assert_eq!(Authority::parse(ad_fs).unwrap().to_string(), "https://adfs.example");
        }
    }

    #[test]
    fn only_strangers_need_vouching() {
        for (authority, tenant, vouching, metadata) in [
            (Authority::default(), "t", false, false),
            (Authority::parse("login.windows.net").unwrap(), "t", false, false),
            (Authority::parse_local("http://localhost:1").unwrap(), "t", false, false),
            (Authority::parse("login.stack.example").unwrap(), "t", true, true),
            (
                Authority::parse("login.stack.example").unwrap().without_instance_discovery(),
                "t",
                false,
                false,
            ),
            (Authority::parse("fs.example").unwrap().without_instance_discovery(), "adfs", false, true),
            (Authority::parse("contoso.ciamlogin.com").unwrap(), "t", false, true),
            (Authority::b2c("contoso.b2clogin.com", "p").unwrap(), "t", false, true),
            (Authority::open_id("id.example").unwrap(), "none", false, true),
        ] {
            let tenant = Tenant::parse(CredentialErrorKind::InvalidConfiguration, tenant).unwrap();
            assert_eq!(authority.needs_metadata(&tenant), metadata, "{authority}");
            assert_eq!(authority.needs_vouching(&tenant), vouching, "{authority}");
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
            "https://planted.b2clogin.com",
        ] {
            let error = Authority::parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{bad}");
            assert!(error.to_string().contains("authority"), "{bad}: {error}");
            assert!(!error.to_string().contains("planted"), "{bad}: {error}");
        }
        assert!(Authority::parse_local("http://planted.example").is_err());
        for bad in ["", "planted/..", "a b", "../x", ".", "plänted"] {
            let error = Authority::b2c("contoso.b2clogin.com", bad).expect_err(bad);
            assert!(error.to_string().contains("policy") && !error.to_string().contains("planted"));
        }
        assert!(Authority::b2c("https://contoso.b2clogin.com/t", "p").is_err());
    }
}
