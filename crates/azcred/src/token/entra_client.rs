//! Whom a token is asked of, and for which application.

use clap::Args;
use entra::Authority;

use crate::address;
use crate::environment::Environment;
use crate::failure::Failure;

const CLIENT_ID: &str = "AZURE_CLIENT_ID";

/// Whom a token is asked of, and for which application.
#[derive(Args, Debug)]
pub(crate) struct EntraClient {
    /// The tenant's id or domain; else AZURE_TENANT_ID.
    #[arg(long)]
    tenant: Option<String>,

    /// The application's (client) id; else AZURE_CLIENT_ID.
    #[arg(long)]
    client_id: Option<String>,

    /// The host that issues Entra tokens; else AZURE_AUTHORITY_HOST,
    /// else https://login.microsoftonline.com. http only on loopback.
    #[arg(long, value_name = "URL", verbatim_doc_comment)]
    authority: Option<String>,

    /// Trusts the authority as it stands, for a private or disconnected
    /// cloud: Entra is not asked whether it knows the host.
    #[arg(long, verbatim_doc_comment)]
    without_instance_discovery: bool,
}

impl EntraClient {
    /// The tenant that an application signs in to.
    pub(crate) fn tenant(&self, environment: &Environment) -> Result<String, Failure> {
        environment.flag_or(self.tenant.as_ref(), "AZURE_TENANT_ID", "tenant")
    }

    /// The tenant that a person signs in to: without one, any for work and school.
    pub(crate) fn tenant_of_person(&self, environment: &Environment) -> Result<String, Failure> {
        let given =
            self.tenant.clone().map_or_else(|| environment.text("AZURE_TENANT_ID"), |own| Ok(Some(own)))?;
        Ok(given.unwrap_or_else(|| "organizations".to_owned()))
    }

    pub(crate) fn client_id(&self, environment: &Environment) -> Result<String, Failure> {
        environment.flag_or(self.client_id.as_ref(), CLIENT_ID, "client id")
    }

    /// Says whether the flag names another application than the variable.
    pub(crate) fn is_another_than_the_variables(&self, environment: &Environment) -> Result<bool, Failure> {
        let Some(flag) = &self.client_id else { return Ok(false) };
        Ok(environment.text(CLIENT_ID)?.is_some_and(|variable| !variable.eq_ignore_ascii_case(flag)))
    }

    pub(crate) fn authority(&self, environment: &Environment) -> Result<Authority, Failure> {
        let authority = self.named_authority(environment)?;
        Ok(if self.without_instance_discovery { authority.without_instance_discovery() } else { authority })
    }

    fn named_authority(&self, environment: &Environment) -> Result<Authority, Failure> {
        if let Some(text) = &self.authority {
            return address::authority("--authority", text);
        }
        let name = "AZURE_AUTHORITY_HOST";
        environment
            .text(name)?
            .map_or_else(|| Ok(Authority::default()), |text| address::authority(name, &text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_trusted_as_it_stands_only_when_asked_for() {
        let address = "https://login.stack.example";
        let client = |without_instance_discovery| EntraClient {
            tenant: None,
            client_id: None,
            authority: Some(address.to_owned()),
            without_instance_discovery,
        };
        let authority = |client: EntraClient| client.authority(&Environment::of(&[])).unwrap();
        let parsed = Authority::parse(address).unwrap();
        assert_eq!(authority(client(false)), parsed);
        assert_eq!(authority(client(true)), parsed.clone().without_instance_discovery());
        assert_ne!(parsed, parsed.clone().without_instance_discovery());
    }
}
