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
        if let Some(text) = &self.authority {
            return address::authority("--authority", text);
        }
        let name = "AZURE_AUTHORITY_HOST";
        environment
            .text(name)?
            .map_or_else(|| Ok(Authority::default()), |text| address::authority(name, &text))
    }
}
