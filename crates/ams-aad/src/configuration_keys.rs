//! The names that the families of configuration blocks have for their keys.

use crate::configuration_block::{Block, Values};

/// The names that one family of blocks has for its keys; where there are several, the first goes first.
pub(crate) struct ConfigurationKeys {
    pub(crate) tenant: &'static [&'static str],
    pub(crate) client_id: &'static [&'static str],
    pub(crate) secret: &'static [&'static str],
    pub(crate) authority: &'static [&'static str],
    /// The whole address of the token endpoint, in place of the authority.
    pub(crate) token_endpoint: &'static [&'static str],
    pub(crate) arm_audience: &'static [&'static str],
    pub(crate) arm_endpoint: &'static [&'static str],
    /// Subscription, resource group and name.
    pub(crate) account: Option<[&'static str; 3]>,
    pub(crate) rest_v2_resource: &'static [&'static str],
    pub(crate) rest_v2_endpoint: &'static [&'static str],
    /// What was for the Access Control Service, which Media Services stopped taking in June 2018.
    pub(crate) retired: &'static [&'static str],
}

/// In the migration block, and harmless in the others.
const REST_V2_RESOURCE: &[&str] = &["AmsApiResource"];
const REST_V2_ENDPOINT: &[&str] = &["AmsRestApiEndpoint"];

/// The portal, `az ams account sp create`, `appsettings.json`, the migration from v2 to v3.
const PORTAL: ConfigurationKeys = ConfigurationKeys {
    tenant: &["AadTenantId", "AadTenantDomain"],
    client_id: &["AadClientId"],
    secret: &["AadSecret"],
    authority: &["AadEndpoint"],
    token_endpoint: &[],
    arm_audience: &["ArmAadAudience"],
    arm_endpoint: &["ArmEndpoint"],
    account: Some(["SubscriptionId", "ResourceGroup", "AccountName"]),
    rest_v2_resource: REST_V2_RESOURCE,
    rest_v2_endpoint: REST_V2_ENDPOINT,
    retired: &[],
};

/// The newer portal, and the samples for Python, which name the authority otherwise.
const NEWER_PORTAL: ConfigurationKeys = ConfigurationKeys {
    tenant: &["AZURE_TENANT_ID", "AZURE_TENANT_DOMAIN"],
    client_id: &["AZURE_CLIENT_ID"],
    secret: &["AZURE_CLIENT_SECRET"],
    authority: &["AZURE_AAD_ENDPOINT", "AADENDPOINT"],
    token_endpoint: &[],
    arm_audience: &["AZURE_ARM_TOKEN_AUDIENCE"],
    arm_endpoint: &["AZURE_ARM_ENDPOINT"],
    account: Some(["AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP", "AZURE_MEDIA_SERVICES_ACCOUNT_NAME"]),
    rest_v2_resource: REST_V2_RESOURCE,
    rest_v2_endpoint: REST_V2_ENDPOINT,
    retired: &[],
};

/// The older samples for Node.js.
const NODE: ConfigurationKeys = ConfigurationKeys {
    tenant: &["AADTENANTID", "AADTENANTDOMAIN"],
    client_id: &["AADCLIENTID"],
    secret: &["AADSECRET"],
    authority: &["AADENDPOINT"],
    token_endpoint: &[],
    arm_audience: &["ARMAADAUDIENCE"],
    arm_endpoint: &["ARMENDPOINT"],
    account: Some(["SUBSCRIPTIONID", "RESOURCEGROUP", "ACCOUNTNAME"]),
    rest_v2_resource: REST_V2_RESOURCE,
    rest_v2_endpoint: REST_V2_ENDPOINT,
    retired: &[],
};

/// The samples for .NET and REST v2 (`app.config`).
const DOTNET_V2: ConfigurationKeys = ConfigurationKeys {
    tenant: &["AMSAADTenantDomain"],
    client_id: &["AMSClientId"],
    secret: &["AMSClientSecret"],
    authority: &[],
    token_endpoint: &[],
    arm_audience: &[],
    arm_endpoint: &[],
    account: None,
    rest_v2_resource: REST_V2_RESOURCE,
    rest_v2_endpoint: &["AMSRESTAPIEndpoint"],
    retired: &[],
};

/// The Postman environment for REST v2.
const POSTMAN_V2: ConfigurationKeys = ConfigurationKeys {
    tenant: &["TenantID"],
    client_id: &["ClientID"],
    secret: &["ClientSecret"],
    authority: &[],
    token_endpoint: &["AzureADSTSEndpoint"],
    arm_audience: &[],
    arm_endpoint: &[],
    account: None,
    rest_v2_resource: REST_V2_RESOURCE,
    rest_v2_endpoint: &["RESTAPIEndpoint"],
    retired: &[],
};

/// The Postman environment and collection for REST v3.
const POSTMAN_V3: ConfigurationKeys = ConfigurationKeys {
    tenant: &["aadTenantDomain"],
    client_id: &["aadClientId"],
    secret: &["aadClientSecret"],
    authority: &[],
    token_endpoint: &[],
    arm_audience: &["arm-resource"],
    arm_endpoint: &["baseUrl"],
    account: Some(["subscriptionId", "resourceGroup", "accountName"]),
    rest_v2_resource: REST_V2_RESOURCE,
    rest_v2_endpoint: REST_V2_ENDPOINT,
    retired: &[],
};

/// The Spring Boot starter, for REST v2.
const SPRING: ConfigurationKeys = ConfigurationKeys {
    tenant: &["azure.mediaservices.tenant"],
    client_id: &["azure.mediaservices.client-id"],
    secret: &["azure.mediaservices.client-secret"],
    authority: &[],
    token_endpoint: &[],
    arm_audience: &[],
    arm_endpoint: &[],
    account: None,
    rest_v2_resource: REST_V2_RESOURCE,
    rest_v2_endpoint: &["azure.mediaservices.rest-api-endpoint"],
    retired: &["azure.mediaservices.account-key"],
};

/// The portal's goes first, and is meant when a block has no key of any.
const FAMILIES: [&ConfigurationKeys; 7] =
    [&PORTAL, &NEWER_PORTAL, &NODE, &DOTNET_V2, &POSTMAN_V2, &POSTMAN_V3, &SPRING];

impl ConfigurationKeys {
    /// The family most of whose names the block has.
    pub(crate) fn of(block: &Block) -> &'static Self {
        let known = |keys: &Self| keys.names().filter(|name| block.has(name)).count();
        FAMILIES.iter().rev().max_by_key(|keys| known(keys)).copied().unwrap_or(&PORTAL)
    }

    /// How many names of one family there are among the keys, for the family that has most.
    pub(crate) fn score(values: &Values) -> usize {
        let known = |keys: &Self| keys.names().filter(|name| values.contains_key(*name)).count();
        FAMILIES.iter().map(|keys| known(keys)).max().unwrap_or_default()
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        let lists = [
            self.tenant,
            self.client_id,
            self.secret,
            self.authority,
            self.token_endpoint,
            self.arm_audience,
            self.arm_endpoint,
            self.rest_v2_resource,
            self.rest_v2_endpoint,
            self.retired,
        ];
        lists.into_iter().flatten().copied().chain(self.account.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_told_by_their_keys() {
        for keys in FAMILIES {
            let block = format!(r#"{{"{}":"a","{}":"b"}}"#, keys.client_id[0], keys.secret[0]);
            assert_eq!(ConfigurationKeys::of(&Block::parse(&block).unwrap()).client_id, keys.client_id);
        }
        assert_eq!(ConfigurationKeys::of(&Block::parse("{}").unwrap()).client_id, ["AadClientId"]);
    }

    /// What `require_any` reads must be there in every family.
    #[test]
    fn every_family_has_the_names_of_an_app() {
        for keys in FAMILIES {
            assert!(!keys.tenant.is_empty() && !keys.client_id.is_empty() && !keys.secret.is_empty());
        }
    }
}
