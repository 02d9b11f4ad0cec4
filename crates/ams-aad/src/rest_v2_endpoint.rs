//! Where an account's REST v2 service is.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Endpoint};

use crate::MediaCloud;

/// The address of an account's REST v2 service, such as `https://myaccount.restv2.westus2-2.media.azure.net/api`.
///
/// Tokens go to no other host. The region in the name is not always the account's location: copy the address from the
/// portal's API access page.
///
/// # Example
/// ```
/// use ams_aad::{MediaCloud, RestV2Endpoint};
///
/// let endpoint = RestV2Endpoint::parse("https://myaccount.restv2.westus2-2.media.azure.net")?;
/// assert_eq!(endpoint.to_string(), "https://myaccount.restv2.westus2-2.media.azure.net/api");
/// assert_eq!(endpoint.cloud(), Some(MediaCloud::Public));
/// assert!(RestV2Endpoint::parse("https://media.example.com/api").is_err());
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RestV2Endpoint(Endpoint);

const NAME: &str = "REST v2 endpoint";

const GLOBAL_HOST: &str = "media.windows.net";

impl RestV2Endpoint {
    /// Parses the address of a Media Services account, or `https://media.windows.net/API`, where accounts of before 2017
    /// began: a [`RestV2Client`](crate::RestV2Client) finds the way from there. Without a path, `/api` is added.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is no `https` address or its host is not
    /// `<account>.restv2.<region>.media.azure.net` or that of another cloud.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        let parsed = Self::parse_custom(text)?;
        if is_account_host(parsed.0.host()) || parsed.is_global() {
            return Ok(parsed);
        }
        Err(CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            format!("the {NAME}'s host is not one of Media Services"),
            "give https://<account>.restv2.<region>.media.azure.net/api from the portal's API access page, or allow a \
             compatible service explicitly with parse_custom",
        ))
    }

    /// Parses the `https` address of a compatible service, on any host.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is no `https` address.
    pub fn parse_custom(text: &str) -> Result<Self, CredentialError> {
        Endpoint::parse(NAME, text).and_then(Self::with_path)
    }

    /// Parses like [`RestV2Endpoint::parse_custom`], and also accepts `http` for loopback hosts.
    ///
    /// # Errors
    /// Those of [`RestV2Endpoint::parse_custom`].
    pub fn parse_local(text: &str) -> Result<Self, CredentialError> {
        Endpoint::parse_local(NAME, text).and_then(Self::with_path)
    }

    fn with_path(endpoint: Endpoint) -> Result<Self, CredentialError> {
        let text = endpoint.to_string();
        if text.ends_with(endpoint.authority()) {
            return Endpoint::parse_local(NAME, &format!("{text}/api")).map(Self);
        }
        Ok(Self(endpoint))
    }

    /// Returns the Microsoft cloud that the host belongs to.
    pub fn cloud(&self) -> Option<MediaCloud> {
        if self.is_global() { Some(MediaCloud::Public) } else { MediaCloud::of_host(self.0.host()) }
    }

    /// Says whether it is the old entry for all accounts, which sends each to its cluster.
    pub(crate) fn is_global(&self) -> bool {
        self.0.host() == GLOBAL_HOST
    }

    /// Returns the account's name, where the host holds it.
    pub(crate) fn account_name(&self) -> Option<&str> {
        let host = self.0.host();
        is_account_host(host).then(|| host.split('.').next()).flatten()
    }

    /// Returns the address.
    pub fn endpoint(&self) -> &Endpoint {
        &self.0
    }
}

/// `<account>.restv2.<region>` and a cloud's suffix; the account's name has 3 to 24 lower-case letters and digits.
fn is_account_host(host: &str) -> bool {
    let label = |text: &str, extra: &[u8]| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || extra.contains(&b))
    };
    MediaCloud::ALL.iter().filter_map(|cloud| host.strip_suffix(cloud.media_host_suffix())).any(|rest| {
        let mut labels = rest.split('.');
        let (account, service, region) = (labels.next(), labels.next(), labels.next());
        account.is_some_and(|text| (3..=24).contains(&text.len()) && label(text, b""))
            && service == Some("restv2")
            && region.is_some_and(|text| label(text, b"-"))
            && labels.next().is_none()
    })
}

impl fmt::Display for RestV2Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for RestV2Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RestV2Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_hosts() {
        for (text, expected) in [
            (
                "https://AMS000003.restv2.westus2-2.media.azure.net/api/",
                "https://ams000003.restv2.westus2-2.media.azure.net/api",
            ),
            (
                "abc.restv2.chinaeast.media.chinacloudapi.cn",
                "https://abc.restv2.chinaeast.media.chinacloudapi.cn/api",
            ),
            (
                "https://abc.restv2.usgovva.media.usgovcloudapi.net/API",
                "https://abc.restv2.usgovva.media.usgovcloudapi.net/API",
            ),
            ("https://media.windows.net/API/", "https://media.windows.net/API"),
        ] {
            assert_eq!(RestV2Endpoint::parse(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn other_hosts_are_refused_and_not_echoed() {
        for bad in [
            "",
            "http://abc.restv2.westus.media.azure.net/api",
            "https://planted.example.com",
            "https://restv2.westus.media.azure.net/planted",
            "https://ab.restv2.westus.media.azure.net/planted",
            "https://planted.restv2.media.azure.net",
            "https://planted.restv2.a.b.media.azure.net",
            "https://planted.restv2.westus.media.azure.net.example.com",
            "https://planted.streaming.westus.media.azure.net",
            "https://a_c.restv2.westus.media.azure.net/planted",
            "https://localhost/planted",
            "https://planted.media.windows.net/",
            "https://media.windows.net.planted.example.com/",
        ] {
            let error = RestV2Endpoint::parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{bad}");
            assert!(error.to_string().contains(NAME), "{bad}: {error}");
            assert!(!error.to_string().contains("planted"), "{bad}: {error}");
        }
    }

    #[test]
    fn custom_and_local_hosts_are_asked_for() {
        let custom = RestV2Endpoint::parse_custom("https://media.example.com/v2/").unwrap();
        assert_eq!((custom.to_string().as_str(), custom.cloud()), ("https://media.example.com/v2", None));
        assert!(RestV2Endpoint::parse_custom("http://127.0.0.1:1").is_err());
        assert_eq!(
            RestV2Endpoint::parse_local("http://127.0.0.1:1").unwrap().to_string(),
            "http://127.0.0.1:1/api"
        );
        assert!(RestV2Endpoint::parse_local("http://media.example.com").is_err());
    }
}
