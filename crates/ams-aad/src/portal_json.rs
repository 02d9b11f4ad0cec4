//! Reads the configuration blocks of the portal, the command line and the samples.

use credential::{CredentialError, CredentialErrorKind, Secret};
use entra::Authority;
use serde_json::{Map, Value};

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
    fn of(block: &Map<String, Value>) -> &'static Self {
        let known = |keys: &Self| keys.names().iter().filter(|name| block.contains_key(**name)).count();
        FAMILIES.iter().rev().max_by_key(|keys| known(keys)).unwrap_or(&FAMILIES[0])
    }
}

/// A block while it is read: gives values away, and keeps a list of those that are not usable.
struct Block {
    values: Map<String, Value>,
    unusable: Vec<String>,
}

impl Block {
    /// Takes a value; the white space around it is dropped.
    fn take(&mut self, name: &'static str) -> Option<String> {
        let problem = match self.values.remove(name) {
            None | Some(Value::Null) => return None,
            Some(Value::String(text)) => match text.trim() {
                "" => return None,
                trimmed if is_placeholder(trimmed) => "a placeholder",
                trimmed if trimmed.len() == text.len() => return Some(text),
                trimmed => return Some(trimmed.to_owned()),
            },
            Some(_) => "not a text",
        };
        self.unusable.push(format!("{name} ({problem})"));
        None
    }

    /// Takes a value that must be there.
    fn require(&mut self, name: &'static str) -> String {
        let known = self.unusable.len();
        self.take(name).unwrap_or_else(|| {
            if self.unusable.len() == known {
                self.unusable.push(format!("{name} (missing)"));
            }
            String::new()
        })
    }

    fn require_tenant(&mut self, keys: &Keys) -> String {
        let known = self.unusable.len();
        let (id, domain) = (self.take(keys.tenant_id), self.take(keys.tenant_domain));
        id.or(domain).unwrap_or_else(|| {
            if self.unusable.len() == known {
                self.unusable.push(format!("{} or {} (missing)", keys.tenant_id, keys.tenant_domain));
            }
            String::new()
        })
    }

    /// The portal and the command line put an English sentence in the place of a secret that they cannot show again.
    fn require_secret(&mut self, name: &'static str) -> Secret {
        let secret = Secret::from(self.require(name));
        if secret.expose().contains(char::is_whitespace) {
            self.unusable.push(format!("{name} (a notice in the secret's place)"));
        }
        secret
    }

    fn finish(self) -> Result<(), CredentialError> {
        if self.unusable.is_empty() {
            return Ok(());
        }
        Err(invalid(
            format!("the API access block cannot be used because of {}", self.unusable.join(", ")),
            "choose or create an app and a new secret on the account's API access page, then copy the whole block",
        ))
    }
}

/// `<your secret>`, `{secret}`, `***`, `xxxxxxxx-xxxx` and the like.
fn is_placeholder(text: &str) -> bool {
    let enclosed = |open, close| text.starts_with(open) && text.ends_with(close);
    let filler = text.len() > 2 && text.bytes().all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'-'));
    enclosed('<', '>') || enclosed('{', '}') || enclosed('[', ']') || filler
}

/// Reads a block.
pub(crate) fn read(json: &str, hosts: Hosts) -> Result<ServicePrincipal, CredentialError> {
    let values = parse(json)?;
    let keys = Keys::of(&values);
    let mut block = Block { values, unusable: Vec::new() };
    let tenant = block.require_tenant(keys);
    let client_id = block.require(keys.client_id);
    let secret = block.require_secret(keys.secret);
    let authority = block.take(keys.authority);
    let arm_audience = block.take(keys.arm_audience);
    let arm_endpoint = block.take(keys.arm_endpoint);
    let account = [keys.subscription, keys.resource_group, keys.account].map(|name| block.take(name));
    let rest_v2_resource = block.take(REST_V2_RESOURCE);
    let rest_v2_endpoint = block.take(REST_V2_ENDPOINT);
    block.finish()?;

    let mut builder = ServicePrincipal::builder(tenant, client_id, secret);
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
        builder = builder.arm_audience(audience);
    }
    if let Some(resource) = rest_v2_resource {
        builder = builder.rest_v2_resource(resource);
    }
    if let [Some(subscription), Some(group), Some(name)] = &account {
        let account = MediaAccount::new(subscription, group, name);
        builder = builder.account(named("the account", account)?);
    }
    builder.build()
}

fn parse(json: &str) -> Result<Map<String, Value>, CredentialError> {
    const FIX: &str =
        "pass the JSON block from the account's API access page, or what az ams account sp create prints";
    let text = json.trim_start_matches('\u{feff}').trim();
    match text.chars().next() {
        None => return Err(invalid("the API access block is empty", FIX)),
        Some('<') => return Err(invalid("the API access block is XML, not JSON", FIX)),
        Some('{') => {}
        Some(_) => return Err(invalid("the API access block is not a JSON object", FIX)),
    }
    serde_json::from_str(text).map_err(|error| {
        // The parser's own text could show a piece of the block.
        let place = format!("line {}, column {}", error.line(), error.column());
        invalid(format!("the API access block is not JSON: it breaks at {place}"), FIX)
    })
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
        invalid(format!("{key} in the API access block: {}", error.problem()), error.fix().to_owned())
    })
}

fn invalid(
    problem: impl Into<std::borrow::Cow<'static, str>>,
    fix: impl Into<std::borrow::Cow<'static, str>>,
) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn families_are_told_by_their_keys() {
        for keys in &FAMILIES {
            let block = format!(r#"{{"{}":"a","{}":"b"}}"#, keys.client_id, keys.account);
            assert_eq!(Keys::of(&parse(&block).unwrap()).client_id, keys.client_id);
        }
        assert_eq!(Keys::of(&Map::new()).client_id, "AadClientId");
    }

    #[test]
    fn placeholders() {
        for text in ["<secret>", "{client-id}", "[id]", "***", "xxxxxxxx-xxxx", "..."] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["a<b>", "x1", "x", "https://login.microsoftonline.com"] {
            assert!(!is_placeholder(text), "{text}");
        }
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
