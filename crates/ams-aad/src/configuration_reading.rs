//! Reads the configuration blocks of the portal, the command line and the samples.

use credential::{CredentialError, CredentialErrorKind};
use entra::Authority;

use crate::configuration_block::Block;
use crate::configuration_keys::ConfigurationKeys;
use crate::media_configuration::App;
use crate::{
    ArmEndpoint, MediaAccount, MediaConfiguration, MediaEnvironment, RestV2Endpoint, ServicePrincipal,
};

/// Which endpoints a block may name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Hosts {
    /// `https` only.
    Remote,
    /// `http` too, on loopback hosts.
    Local,
}

/// Reads a block that must hold an app.
pub(crate) fn read_strictly(block: Block, hosts: Hosts) -> Result<ServicePrincipal, CredentialError> {
    read(block, hosts, Needs::App)?.service_principal()
}

/// Reads a block; whether it holds an app is asked later.
pub(crate) fn read_leniently(block: Block, hosts: Hosts) -> Result<MediaConfiguration, CredentialError> {
    read(block, hosts, Needs::NoApp)
}

#[derive(Clone, Copy, PartialEq)]
enum Needs {
    App,
    NoApp,
}

fn read(mut block: Block, hosts: Hosts, needs: Needs) -> Result<MediaConfiguration, CredentialError> {
    block.enter_best(ConfigurationKeys::score);
    let keys = ConfigurationKeys::of(&block);
    let tenant = block.require_any(keys.tenant);
    let client_id = block.require_any(keys.client_id);
    let secret = block.require_secret(keys.secret);
    if secret.is_none() {
        block.refuse_retired(keys.retired);
    }
    let authority = block.take_any(keys.authority);
    let token_endpoint = block.take_any(keys.token_endpoint);
    let arm_audience = block.take_any(keys.arm_audience);
    let arm_endpoint = block.take_any(keys.arm_endpoint);
    let account = keys.account.map(|names| block.take_together(names));
    let rest_v2_resource = block.take_any(keys.rest_v2_resource);
    let rest_v2_endpoint = block.take_any(keys.rest_v2_endpoint);
    block.check(needs == Needs::NoApp)?;

    let authority = match (authority, token_endpoint) {
        (Some(text), _) => named(keys.authority, parse_authority(&text, hosts))?,
        (None, Some(text)) => named(keys.token_endpoint, parse_token_endpoint(&text, hosts))?,
        (None, None) => Authority::default(),
    };
    let known = authority.known_cloud().is_some();
    // Entra does not know private clouds, whose address whoever wrote the block has named beside the secret.
    let authority = if known { authority } else { authority.without_instance_discovery() };
    let mut environment = MediaEnvironment::of_authority(authority);
    if let Some(text) = arm_endpoint {
        environment =
            environment.with_arm_endpoint(named(keys.arm_endpoint, parse_arm(&text, hosts, known))?);
    }
    if let Some(text) = rest_v2_endpoint {
        let endpoint = named(keys.rest_v2_endpoint, parse_rest_v2(&text, hosts, known))?;
        environment = environment.with_rest_v2_endpoint(endpoint);
    }
    environment.arm_audience = arm_audience.map(|text| text.as_str().to_owned());
    environment.rest_v2_resource = rest_v2_resource.map(|text| text.as_str().to_owned());
    if let Some([Some(subscription), Some(group), Some(name)]) = &account {
        let account = MediaAccount::new(subscription, group, name);
        environment = environment.with_account(named(&["the account"], account)?);
    }
    let app = App { tenant, client_id, secret };
    MediaConfiguration::new(block.form(), app, environment, block.into_unusable())
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

/// `<authority>/<tenant>/oauth2/token`, of which the authority is wanted.
fn parse_token_endpoint(text: &str, hosts: Hosts) -> Result<Authority, CredentialError> {
    let (scheme, rest) = text.split_once("://").unwrap_or(("https", text));
    let host = rest.split('/').next().unwrap_or_default();
    parse_authority(&format!("{scheme}://{host}"), hosts)
}

/// Says which key of the block an error is about.
fn named<T>(keys: &[&str], result: Result<T, CredentialError>) -> Result<T, CredentialError> {
    result.map_err(|error| {
        let key = keys.join(" or ");
        let problem = format!("{key} in the API access block: {}", error.problem());
        CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, error.fix().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_text(text: &str) -> Result<MediaConfiguration, CredentialError> {
        read_leniently(Block::parse(text)?, Hosts::Local)
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[{<\"]?\\PC{0,80}|([A-Za-z.-]{1,8} ?= ?[\"']?\\PC{0,12}\n){1,5}|(<add [a-z]{3,5}=\"[ -~]{0,9}\" ?/?>){1,3}") {
            let _either = read_text(&text);
        }

        #[test]
        fn no_value_panics(tenant in "\\PC{0,12}", id in "\\PC{0,12}", secret in "\\PC{0,12}", url in "(https?://)?\\PC{0,12}") {
            let block = serde_json::json!({
                "AadTenantId": tenant, "AadClientId": id, "AadSecret": secret, "AadEndpoint": url, "ArmEndpoint": url,
                "AmsRestApiEndpoint": url, "ArmAadAudience": url, "AmsApiResource": url,
                "AccountName": id, "ResourceGroup": tenant, "SubscriptionId": secret,
            });
            let _either = read_text(&block.to_string());
        }
    }
}
