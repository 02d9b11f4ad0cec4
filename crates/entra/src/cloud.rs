//! The national clouds and their constants.

/// A national cloud: where its authority and its resource manager are.
///
/// The German cloud is not listed: it closed on 29 October 2021. Any other place is an
/// [`Authority::parse`](crate::Authority::parse).
///
/// # Example
/// ```
/// use entra::Cloud;
///
/// assert_eq!(Cloud::Public.authority_host(), "login.microsoftonline.com");
/// assert_eq!(Cloud::from_host("LOGIN.windows.net"), Some(Cloud::Public));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cloud {
    /// The worldwide cloud.
    #[default]
    Public,
    /// The cloud in China, which 21Vianet operates.
    China,
    /// The cloud of the United States government.
    UsGovernment,
}

impl Cloud {
    /// Lists all clouds.
    pub const ALL: &'static [Self] = &[Self::Public, Self::China, Self::UsGovernment];

    /// Returns the host that tokens are requested from.
    pub const fn authority_host(self) -> &'static str {
        match self {
            Self::Public => "login.microsoftonline.com",
            Self::China => "login.chinacloudapi.cn",
            Self::UsGovernment => "login.microsoftonline.us",
        }
    }

    /// Returns the other names of that host, which the service treats as the same.
    pub const fn authority_aliases(self) -> &'static [&'static str] {
        match self {
            Self::Public => &["login.windows.net", "login.microsoft.com", "sts.windows.net"],
            Self::China => &["login.partner.microsoftonline.cn"],
            Self::UsGovernment => &["login.usgovcloudapi.net", "login-us.microsoftonline.com"],
        }
    }

    /// Returns the address of Azure Resource Manager, without a trailing slash.
    pub const fn arm_endpoint(self) -> &'static str {
        match self {
            Self::Public => "https://management.azure.com",
            Self::China => "https://management.chinacloudapi.cn",
            Self::UsGovernment => "https://management.usgovcloudapi.net",
        }
    }

    /// Returns the scope of a token for Azure Resource Manager.
    pub const fn arm_scope(self) -> &'static str {
        match self {
            Self::Public => "https://management.azure.com/.default",
            Self::China => "https://management.chinacloudapi.cn/.default",
            Self::UsGovernment => "https://management.usgovcloudapi.net/.default",
        }
    }

    /// Returns the audience that a federated identity credential expects in the assertions of another issuer.
    pub const fn federation_audience(self) -> &'static str {
        match self {
            Self::Public => "api://AzureADTokenExchange",
            Self::China => "api://AzureADTokenExchangeChina",
            Self::UsGovernment => "api://AzureADTokenExchangeUSGov",
        }
    }

    /// Returns the cloud whose authority has this host name, or this alias of it.
    pub fn from_host(host: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|cloud| {
            let is_host = |name: &str| name.eq_ignore_ascii_case(host);
            is_host(cloud.authority_host()) || cloud.authority_aliases().iter().any(|alias| is_host(alias))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_clouds_share_a_constant() {
        let mut seen = HashSet::new();
        for cloud in Cloud::ALL {
            for text in
                [cloud.authority_host(), cloud.arm_endpoint(), cloud.arm_scope(), cloud.federation_audience()]
                    .iter()
                    .chain(cloud.authority_aliases())
            {
                assert!(seen.insert(*text), "{text} stands twice");
            }
            assert_eq!(cloud.arm_scope(), format!("{}/.default", cloud.arm_endpoint()));
        }
    }

    /// The table is what documentation shows.
    #[test]
    fn the_table_says_the_same() {
        let table: serde_json::Value = serde_json::from_str(include_str!("../api/clouds.json")).unwrap();
        let own = Cloud::ALL.iter().map(|cloud| {
            serde_json::json!({
                "cloud": format!("{cloud:?}"),
                "authorityHost": cloud.authority_host(),
                "authorityAliases": cloud.authority_aliases(),
                "armEndpoint": cloud.arm_endpoint(),
                "armScope": cloud.arm_scope(),
                "federationAudience": cloud.federation_audience(),
            })
        });
        assert_eq!(table["rows"], own.collect::<serde_json::Value>());
    }

    #[test]
    fn hosts_lead_to_their_cloud() {
        for cloud in Cloud::ALL {
            assert_eq!(Cloud::from_host(cloud.authority_host()), Some(*cloud));
            for alias in cloud.authority_aliases() {
                assert_eq!(Cloud::from_host(alias), Some(*cloud), "{alias}");
            }
        }
        assert_eq!(Cloud::from_host("login.microsoftonline.com.example.com"), None);
    }
}
