//! Reads the configuration blocks of the portal, the command line and the samples.

use credential::{CredentialError, CredentialErrorKind};
use entra::Authority;

use crate::portal_block::Block;
use crate::{ArmEndpoint, MediaAccount, RestV2Endpoint, ServicePrincipal};

/// Which endpoints a block may name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hosts {
    /// `https` only.
    Remote,
    /// `http` too, on loopback hosts.
    Local,
}

/// The names that one family of blocks has for its keys.
struct Keys {
    tenant_id: &'static str,
    tenant_domain: &'static str,
    client_id: &'static str,
    secret: &'static str,
    authority: &'static str,
    arm_audience: &'static str,
    arm_endpoint: &'static str,
    subscription: &'static str,
    resource_group: &'static str,
    account: &'static str,
}

/// In the migration block, and harmless in the others.
const REST_V2_RESOURCE: &str = "AmsApiResource";
const REST_V2_ENDPOINT: &str = "AmsRestApiEndpoint";

const FAMILIES: [Keys; 3] = [
    // The portal, `az ams account sp create`, `appsettings.json`.
    Keys {
        tenant_id: "AadTenantId",
        tenant_domain: "AadTenantDomain",
        client_id: "AadClientId",
        secret: "AadSecret",
        authority: "AadEndpoint",
        arm_audience: "ArmAadAudience",
        arm_endpoint: "ArmEndpoint",
        subscription: "SubscriptionId",
        resource_group: "ResourceGroup",
        account: "AccountName",
    },
    // The newer portal.
    Keys {
        tenant_id: "AZURE_TENANT_ID",
        tenant_domain: "AZURE_TENANT_DOMAIN",
        client_id: "AZURE_CLIENT_ID",
        secret: "AZURE_CLIENT_SECRET",
        authority: "AZURE_AAD_ENDPOINT",
        arm_audience: "AZURE_ARM_TOKEN_AUDIENCE",
        arm_endpoint: "AZURE_ARM_ENDPOINT",
        subscription: "AZURE_SUBSCRIPTION_ID",
        resource_group: "AZURE_RESOURCE_GROUP",
        account: "AZURE_MEDIA_SERVICES_ACCOUNT_NAME",
    },
    // The older samples for Node.js.
    Keys {
        tenant_id: "AADTENANTID",
        tenant_domain: "AADTENANTDOMAIN",
        client_id: "AADCLIENTID",
        secret: "AADSECRET",
        authority: "AADENDPOINT",
        arm_audience: "ARMAADAUDIENCE",
        arm_endpoint: "ARMENDPOINT",
        subscription: "SUBSCRIPTIONID",
        resource_group: "RESOURCEGROUP",
        account: "ACCOUNTNAME",
    },
];

impl Keys {
    fn names(&self) -> [&'static str; 10] {
        [
            self.tenant_id,
            self.tenant_domain,
            self.client_id,
            self.secret,
            self.authority,
            self.arm_audience,
            self.arm_endpoint,
            self.subscription,
            self.resource_group,
            self.account,
        ]
    }

    /// The family most of whose names the block has; the portal's when it has none.
    fn of(block: &Block) -> &'static Self {
        let known = |keys: &Self| keys.names().iter().filter(|name| block.has(name)).count();
        FAMILIES.iter().rev().max_by_key(|keys| known(keys)).unwrap_or(&FAMILIES[0])
    }
}

/// Reads a block.
pub(crate) fn read(json: &str, hosts: Hosts) -> Result<ServicePrincipal, CredentialError> {
    let mut block = Block::parse(json)?;
    let keys = Keys::of(&block);
    let tenant = block.require_either(keys.tenant_id, keys.tenant_domain);
    let client_id = block.require(keys.client_id);
    let secret = block.require_secret(keys.secret);
    let authority = block.take(keys.authority);
    let arm_audience = block.take(keys.arm_audience);
    let arm_endpoint = block.take(keys.arm_endpoint);
    let account = block.take_together([keys.subscription, keys.resource_group, keys.account]);
    let rest_v2_resource = block.take(REST_V2_RESOURCE);
    let rest_v2_endpoint = block.take(REST_V2_ENDPOINT);
    block.finish()?;

    let mut builder = ServicePrincipal::builder(tenant.as_str(), client_id.as_str(), secret);
    let authority = match authority {
        Some(text) => named(keys.authority, parse_authority(&text, hosts))?,
        None => Authority::default(),
    };
    let known = authority.known_cloud().is_some();
    builder = builder.authority(authority);
    if let Some(text) = arm_endpoint {
        builder = builder.arm_endpoint(named(keys.arm_endpoint, parse_arm(&text, hosts, known))?);
    }
    if let Some(text) = rest_v2_endpoint {
        builder = builder.rest_v2_endpoint(named(REST_V2_ENDPOINT, parse_rest_v2(&text, hosts, known))?);
    }
    if let Some(audience) = arm_audience {
        builder = builder.arm_audience(audience.as_str());
    }
    if let Some(resource) = rest_v2_resource {
        builder = builder.rest_v2_resource(resource.as_str());
    }
    if let [Some(subscription), Some(group), Some(name)] = &account {
        let account = MediaAccount::new(subscription, group, name);
        builder = builder.account(named("the account", account)?);
    }
    builder.build()
}

fn parse_authority(text: &str, hosts: Hosts) -> Result<Authority, CredentialError> {
    match hosts {
        Hosts::Remote => Authority::parse(text),
        Hosts::Local => Authority::parse_local(text),
    }
}

/// The token of a Microsoft cloud goes to Microsoft's hosts only; that of another authority goes where the block says.
fn parse_arm(text: &str, hosts: Hosts, known_authority: bool) -> Result<ArmEndpoint, CredentialError> {
    match hosts {
        _ if known_authority => ArmEndpoint::parse(text),
        Hosts::Remote => ArmEndpoint::parse_custom(text),
        Hosts::Local => ArmEndpoint::parse_local(text),
    }
}

fn parse_rest_v2(text: &str, hosts: Hosts, known_authority: bool) -> Result<RestV2Endpoint, CredentialError> {
    match hosts {
        _ if known_authority => RestV2Endpoint::parse(text),
        Hosts::Remote => RestV2Endpoint::parse_custom(text),
        Hosts::Local => RestV2Endpoint::parse_local(text),
    }
}

/// Says which key of the block an error is about.
fn named<T>(key: &str, result: Result<T, CredentialError>) -> Result<T, CredentialError> {
    result.map_err(|error| {
        let problem = format!("{key} in the API access block: {}", error.problem());
        CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, error.fix().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn families_are_told_by_their_keys() {
        for keys in &FAMILIES {
            let block = format!(r#"{{"{}":"a","{}":"b"}}"#, keys.client_id, keys.account);
            assert_eq!(Keys::of(&Block::parse(&block).unwrap()).client_id, keys.client_id);
        }
        assert_eq!(Keys::of(&Block::parse("{}").unwrap()).client_id, "AadClientId");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[{\"]?\\PC{0,80}") {
            let _either = read(&text, Hosts::Local);
        }

        #[test]
        fn no_value_panics(tenant in "\\PC{0,12}", id in "\\PC{0,12}", secret in "\\PC{0,12}", url in "(https?://)?\\PC{0,12}") {
            let block = serde_json::json!({
                "AadTenantId": tenant, "AadClientId": id, "AadSecret": secret, "AadEndpoint": url, "ArmEndpoint": url,
                "AmsRestApiEndpoint": url, "ArmAadAudience": url, "AmsApiResource": url,
                "AccountName": id, "ResourceGroup": tenant, "SubscriptionId": secret,
            });
            let _either = read(&block.to_string(), Hosts::Local);
        }
    }
}
