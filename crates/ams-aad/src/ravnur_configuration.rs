//! The configuration of Ravnur Media Services.

use std::fmt;
use std::sync::Arc;

use credential::{CredentialError, Environment, Secret, Transport};

use crate::configuration_block::{Block, Values};
use crate::environment::{block, not_set, of_environment};
use crate::{ArmEndpoint, MediaAccount, RavnurCredential};

/// What a configuration of Ravnur Media Services says: where the service is, which account is meant, and its API key.
///
/// Read are `appsettings.json` with the section `Ravnur`, and the `.env` files of the samples, in JSON, XML or `KEY=value`.
///
/// # Example
/// ```
/// use ams_aad::RavnurConfiguration;
///
/// let configuration = RavnurConfiguration::parse(
///     "RAVNUR_API_ENDPOINT=https://rms-x.azurefd.net/
///      RAVNUR_API_KEY=ap1-key
///      RAVNUR_MEDIA_SERVICES_ACCOUNT_NAME=myaccount
///      AZURE_SUBSCRIPTION_ID=00000000-0000-0000-0000-000000000001
///      AZURE_RESOURCE_GROUP_NAME=my-group",
/// )?;
/// assert_eq!(configuration.endpoint().to_string(), "https://rms-x.azurefd.net");
/// assert_eq!(configuration.account().name(), "myaccount");
/// # Ok::<(), credential::CredentialError>(())
/// ```
pub struct RavnurConfiguration {
    endpoint: ArmEndpoint,
    account: MediaAccount,
    api_key: Secret,
}

/// The names of endpoint, key, subscription, resource group and account, one family after the other.
const FAMILIES: [[&str; 5]; 4] = [
    ["ApiEndpoint", "ApiKey", "SubscriptionId", "ResourceGroupName", "MediaServicesAccountName"],
    ["API_ENDPOINT", "API_KEY", "SUBSCRIPTION_ID", "RESOURCE_GROUP_NAME", "MEDIA_SERVICES_ACCOUNT_NAME"],
    [
        "RAVNUR_API_ENDPOINT",
        "RAVNUR_API_KEY",
        "AZURE_SUBSCRIPTION_ID",
        "AZURE_RESOURCE_GROUP_NAME",
        "RAVNUR_MEDIA_SERVICES_ACCOUNT_NAME",
    ],
    [
        "VITE_RAVNUR_API_ENDPOINT",
        "VITE_RAVNUR_API_KEY",
        "VITE_AZURE_SUBSCRIPTION_ID",
        "VITE_AZURE_RESOURCE_GROUP_NAME",
        "VITE_RAVNUR_MEDIA_SERVICES_ACCOUNT_NAME",
    ],
];

impl RavnurConfiguration {
    /// Reads a block of any form and family. `http` is accepted on this machine, where an emulator listens.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the block cannot be read, or naming the keys that are missing or
    /// whose values are of no use.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        let mut block = Block::parse(text)?;
        block.enter_best(score);
        let known = |names: &&[&str; 5]| names.iter().filter(|name| block.has(name)).count();
        let names = FAMILIES.iter().rev().max_by_key(known).unwrap_or(&FAMILIES[0]);
        let mut require = |name: &'static str| block.require_any(&[name]);
        let [endpoint, key, subscription, group, account] = names.map(&mut require);
        block.check(false).map_err(|error| {
            error.with_fix("take them from the page of the Ravnur account, or from the samples' .env file")
        })?;
        let [endpoint, key] = [endpoint, key].map(Option::unwrap_or_default);
        let [subscription, group, account] = [subscription, group, account].map(Option::unwrap_or_default);
        Ok(Self {
            endpoint: RavnurCredential::endpoint(&endpoint)?,
            account: MediaAccount::new(&subscription, &group, &account)?,
            api_key: Secret::from(key.as_str()),
        })
    }

    /// Reads the variables of the samples: `RAVNUR_API_ENDPOINT`, `RAVNUR_API_KEY`, `AZURE_SUBSCRIPTION_ID`,
    /// `AZURE_RESOURCE_GROUP_NAME` and `RAVNUR_MEDIA_SERVICES_ACCOUNT_NAME`; where neither of the first two is set, `API_ENDPOINT`,
    /// `API_KEY`, `SUBSCRIPTION_ID`, `RESOURCE_GROUP_NAME` and `MEDIA_SERVICES_ACCOUNT_NAME`. `http` is accepted on this machine,
    /// where an emulator listens.
    ///
    /// # Errors
    /// [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) when a variable is missing, with its name;
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when one does not hold what it should.
    ///
    /// # Example
    /// ```
    /// use ams_aad::RavnurConfiguration;
    /// use credential::MapEnvironment;
    ///
    /// // `SystemEnvironment::default()` reads the process's own variables.
    /// let environment = MapEnvironment::new()
    ///     .with("RAVNUR_API_ENDPOINT", "https://rms-x.azurefd.net/")
    ///     .with("RAVNUR_API_KEY", "ap1-key")
    ///     .with("RAVNUR_MEDIA_SERVICES_ACCOUNT_NAME", "myaccount")
    ///     .with("AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000001")
    ///     .with("AZURE_RESOURCE_GROUP_NAME", "my-group");
    /// assert_eq!(RavnurConfiguration::from_environment(&environment)?.account().name(), "myaccount");
    /// # Ok::<(), credential::CredentialError>(())
    /// ```
    pub fn from_environment(environment: &dyn Environment) -> Result<Self, CredentialError> {
        let [_, plain, own, _] = &FAMILIES;
        let mut names = own;
        if missing(environment, &own[..2])?.len() == 2 && missing(environment, &plain[..2])?.len() < 2 {
            names = plain;
        }
        match missing(environment, names)? {
            missing if missing.is_empty() => {}
            missing => return Err(not_set(&missing, "the page of the Ravnur account")),
        }
        Self::parse(&block(environment, names)?).map_err(|error| of_environment(&error))
    }

    /// Returns where the service is.
    pub fn endpoint(&self) -> &ArmEndpoint {
        &self.endpoint
    }

    /// Returns the account.
    pub fn account(&self) -> &MediaAccount {
        &self.account
    }

    /// Makes the credential. `transport` sends its requests.
    ///
    /// # Errors
    /// Those of [`RavnurCredential::new`].
    pub fn credential(&self, transport: Arc<dyn Transport>) -> Result<RavnurCredential, CredentialError> {
        RavnurCredential::new(&self.endpoint, self.account.subscription(), self.api_key.clone(), transport)
    }

    /// Says whether a block has the keys of Ravnur rather than those of Microsoft.
    pub fn is_meant_by(text: &str) -> bool {
        let Ok(mut block) = Block::parse(text) else { return false };
        block.enter_best(score);
        FAMILIES.iter().any(|names| names[..2].iter().all(|name| block.has(name)))
    }
}

fn missing(
    environment: &dyn Environment,
    names: &[&'static str],
) -> Result<Vec<&'static str>, CredentialError> {
    let mut missing = Vec::new();
    for name in names {
        if environment.var(name)?.is_none() {
            missing.push(*name);
        }
    }
    Ok(missing)
}

fn score(values: &Values) -> usize {
    let known = |names: &[&str; 5]| names.iter().filter(|name| values.contains_key(**name)).count();
    FAMILIES.iter().map(known).max().unwrap_or_default()
}

impl fmt::Debug for RavnurConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RavnurConfiguration")
            .field("endpoint", &self.endpoint)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use credential::{CredentialErrorKind, MapEnvironment};

    use super::*;

    #[test]
    fn every_family_is_told_by_its_keys() {
        for names in FAMILIES {
            let values =
                ["rms.example/auth/token", "k3y", "00000000-0000-0000-0000-000000000001", "g", "abc"];
            let lines: String =
                names.iter().zip(values).map(|(name, value)| format!("{name}={value}\n")).collect();
            assert!(RavnurConfiguration::is_meant_by(&lines), "{lines}");
            let configuration = RavnurConfiguration::parse(&lines).unwrap();
            assert_eq!(configuration.endpoint().to_string(), "https://rms.example");
            assert!(!format!("{configuration:?}").contains("k3y"));

            let without = lines.replacen(names[1], "OTHER", 1);
            let error = RavnurConfiguration::parse(&without).unwrap_err();
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(error.problem().contains(&format!("{} (missing)", names[1])), "{error}");
        }
        for other in ["", "{}", "AadSecret=x", "planted"] {
            assert!(!RavnurConfiguration::is_meant_by(other), "{other}");
        }
    }

    #[test]
    fn variables_of_the_environment() {
        let values = ["https://rms.example", "pl4nted", "00000000-0000-0000-0000-000000000001", "g", "abc"];
        for names in &FAMILIES[1..3] {
            let all: MapEnvironment = names.iter().copied().zip(values).collect();
            let configuration = RavnurConfiguration::from_environment(&all).unwrap();
            assert_eq!(configuration.endpoint().to_string(), "https://rms.example");
            for name in names {
                let error = RavnurConfiguration::from_environment(&all.clone().with(*name, "")).unwrap_err();
                assert_eq!(error.kind(), CredentialErrorKind::NotConfigured);
                assert_eq!(error.problem(), format!("{name} is not set"), "{error}");
            }
            let bad = all.with(names[0], "http://pl4nted.example");
            let error = RavnurConfiguration::from_environment(&bad).unwrap_err();
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(!error.to_string().contains("pl4nted"), "{error}");
        }
        let error = RavnurConfiguration::from_environment(&MapEnvironment::new()).unwrap_err();
        assert!(error.problem().starts_with("RAVNUR_API_ENDPOINT, RAVNUR_API_KEY"), "{error}");
    }

    #[test]
    fn a_section_is_found() {
        let json = r#"{"Logging":{},"Ravnur":{"SubscriptionId":"1-2","ResourceGroupName":"g","MediaServicesAccountName":"abc",
            "ApiEndpoint":"http://localhost:5000/","ApiKey":"k3y"}}"#;
        let configuration = RavnurConfiguration::parse(json).unwrap();
        assert_eq!(configuration.account().resource_group(), "g");
        assert!(configuration.endpoint().endpoint().is_loopback());
    }
}
