//! The Microsoft Entra application that a token is asked for with.

use std::path::PathBuf;

use clap::Args;
use credential::Secret;
use entra::{Authority, ClientSecretCredential, ClientSecretCredentialBuilder};

use crate::address;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files};

/// The Microsoft Entra application that a token is asked for with.
#[derive(Args, Debug)]
pub(crate) struct EntraApplication {
    /// The tenant's id or domain; else AZURE_TENANT_ID.
    #[arg(long)]
    tenant: Option<String>,

    /// The application's (client) id; else AZURE_CLIENT_ID.
    #[arg(long)]
    client_id: Option<String>,

    /// A file that holds the client secret, or - for standard input;
    /// else AZURE_CLIENT_SECRET
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    secret_file: Option<PathBuf>,

    /// The host that issues Entra tokens; else AZURE_AUTHORITY_HOST,
    /// else https://login.microsoftonline.com. http only on loopback.
    #[arg(long, value_name = "URL", verbatim_doc_comment)]
    authority: Option<String>,
}

impl EntraApplication {
    /// Returns a builder of the application's credential.
    pub(crate) fn credential(
        &self,
        environment: &Environment,
        files: &Files,
    ) -> Result<ClientSecretCredentialBuilder, Failure> {
        let tenant = environment.flag_or(self.tenant.as_ref(), "AZURE_TENANT_ID", "tenant")?;
        let client_id = environment.flag_or(self.client_id.as_ref(), "AZURE_CLIENT_ID", "client id")?;
        let secret = self.secret(environment, files)?;
        Ok(ClientSecretCredential::builder(tenant, client_id, secret).authority(self.authority(environment)?))
    }

    fn secret(&self, environment: &Environment, files: &Files) -> Result<Secret, Failure> {
        if let Some(path) = &self.secret_file {
            return files.secret(FileFlag::CLIENT_SECRET, path);
        }
        environment.secret("AZURE_CLIENT_SECRET")?.ok_or_else(|| {
            Failure::bad_input(
                "the client secret is missing",
                "give --secret-file, or set AZURE_CLIENT_SECRET in the environment",
            )
        })
    }

    fn authority(&self, environment: &Environment) -> Result<Authority, Failure> {
        if let Some(text) = &self.authority {
            return address::authority("--authority", text);
        }
        let name = "AZURE_AUTHORITY_HOST";
        environment
            .text(name)?
            .map_or_else(|| Ok(Authority::default()), |text| address::authority(name, &text))
    }
}
