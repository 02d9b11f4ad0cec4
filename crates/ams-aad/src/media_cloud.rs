//! The constants of Media Services, cloud by cloud.

use entra::{Authority, Cloud};

/// The redirect address of the native client ids. It is no loopback address: only an embedded browser can catch it.
pub const REDIRECT_URI: &str = "https://AzureMediaServicesNativeSDK";

/// A national cloud in which Media Services ran, with its constants.
///
/// The German cloud is not listed: it closed on 29 October 2021, and nobody issues its tokens any more. For a
/// compatible service under its names, give the [`Authority`], the resource, the audience and the endpoints
/// (`parse_custom`) one by one to [`ServicePrincipalBuilder`](crate::ServicePrincipalBuilder).
///
/// # Example
/// ```
/// use ams_aad::MediaCloud;
///
/// let china = MediaCloud::China;
/// assert_eq!(china.rest_v2_resource(), "https://rest.media.chinacloudapi.cn");
/// assert_eq!(china.arm_scope(), "https://management.core.chinacloudapi.cn//.default");
/// assert_eq!(MediaCloud::of_host("management.chinacloudapi.cn"), Some(china));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaCloud {
    /// The worldwide cloud.
    #[default]
    Public,
    /// The cloud in China, which 21Vianet operates.
    China,
    /// The cloud of the United States government.
    UsGovernment,
}

impl MediaCloud {
    /// Lists all clouds.
    pub const ALL: &'static [Self] = &[Self::Public, Self::China, Self::UsGovernment];

    /// Returns the cloud as `entra` knows it.
    pub const fn cloud(self) -> Cloud {
        match self {
            Self::Public => Cloud::Public,
            Self::China => Cloud::China,
            Self::UsGovernment => Cloud::UsGovernment,
        }
    }

    /// Returns the authority that issues the tokens.
    pub const fn authority(self) -> Authority {
        Authority::cloud(self.cloud())
    }

    /// Returns the resource that REST v2 tokens are for; it has no trailing slash.
    pub const fn rest_v2_resource(self) -> &'static str {
        match self {
            Self::Public => "https://rest.media.azure.net",
            Self::China => "https://rest.media.chinacloudapi.cn",
            Self::UsGovernment => "https://rest.media.usgovcloudapi.net",
        }
    }

    /// Returns the scope of REST v2 tokens.
    pub const fn rest_v2_scope(self) -> &'static str {
        match self {
            Self::Public => "https://rest.media.azure.net/.default",
            Self::China => "https://rest.media.chinacloudapi.cn/.default",
            Self::UsGovernment => "https://rest.media.usgovcloudapi.net/.default",
        }
    }

    /// Returns what the names of Media Services hosts end in.
    pub const fn media_host_suffix(self) -> &'static str {
        match self {
            Self::Public => ".media.azure.net",
            Self::China => ".media.chinacloudapi.cn",
            Self::UsGovernment => ".media.usgovcloudapi.net",
        }
    }

    /// Returns the address of Azure Resource Manager, without a trailing slash.
    pub const fn arm_endpoint(self) -> &'static str {
        self.cloud().arm_endpoint()
    }

    /// Returns the audience of tokens for Azure Resource Manager; its trailing slash belongs to it.
    pub const fn arm_audience(self) -> &'static str {
        match self {
            Self::Public => "https://management.core.windows.net/",
            Self::China => "https://management.core.chinacloudapi.cn/",
            Self::UsGovernment => "https://management.core.usgovcloudapi.net/",
        }
    }

    /// Returns the scope of tokens for Azure Resource Manager: the audience and `/.default`, with both slashes.
    pub const fn arm_scope(self) -> &'static str {
        match self {
            Self::Public => "https://management.core.windows.net//.default",
            Self::China => "https://management.core.chinacloudapi.cn//.default",
            Self::UsGovernment => "https://management.core.usgovcloudapi.net//.default",
        }
    }

    /// Returns the client id of the Media Services SDKs, a public client for users who sign in.
    pub const fn native_client_id(self) -> &'static str {
        match self {
            Self::Public | Self::China => "d476653d-842c-4f52-862d-397463ada5e7",
            Self::UsGovernment => "68dac91e-cab5-461b-ab4a-ec7dcff0bd67",
        }
    }

    /// Returns the cloud that a host of Entra, Resource Manager or Media Services belongs to.
    pub fn of_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        let authority = Cloud::from_host(&host);
        Self::ALL.iter().copied().find(|cloud| {
            let host_of =
                |address: &'static str| address.trim_start_matches("https://").trim_end_matches('/');
            authority == Some(cloud.cloud())
                || host == host_of(cloud.arm_endpoint())
                || host == host_of(cloud.arm_audience())
                || host.ends_with(cloud.media_host_suffix())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_the_resources_and_default() {
        for cloud in MediaCloud::ALL {
            assert_eq!(cloud.rest_v2_scope(), format!("{}/.default", cloud.rest_v2_resource()));
            assert_eq!(cloud.arm_scope(), format!("{}/.default", cloud.arm_audience()));
            assert!(cloud.rest_v2_resource().ends_with(cloud.media_host_suffix()));
        }
    }

    /// The table is what documentation shows.
    #[test]
    fn the_table_says_the_same() {
        let table: serde_json::Value = serde_json::from_str(include_str!("../api/clouds.json")).unwrap();
        let own = MediaCloud::ALL.iter().map(|cloud| {
            serde_json::json!({
                "cloud": format!("{cloud:?}"),
                "restV2Resource": cloud.rest_v2_resource(),
                "restV2Scope": cloud.rest_v2_scope(),
                "mediaHostSuffix": cloud.media_host_suffix(),
                "armAudience": cloud.arm_audience(),
                "armScope": cloud.arm_scope(),
                "nativeClientId": cloud.native_client_id(),
            })
        });
        assert_eq!(table["rows"], own.collect::<serde_json::Value>());
    }

    #[test]
    fn hosts_lead_to_their_cloud() {
        for cloud in MediaCloud::ALL {
            for address in [cloud.rest_v2_resource(), cloud.arm_endpoint(), cloud.arm_audience()] {
                let host = address.trim_start_matches("https://").trim_end_matches('/');
                assert_eq!(MediaCloud::of_host(host), Some(*cloud), "{address}");
            }
            assert_eq!(MediaCloud::of_host(cloud.cloud().authority_host()), Some(*cloud));
        }
        for other in ["media.azure.net.example.com", "xmedia.azure.net", "localhost", ""] {
            assert_eq!(MediaCloud::of_host(other), None, "{other}");
        }
    }
}
