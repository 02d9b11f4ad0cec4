//! The Microsoft Entra application that a token is asked for with.

use std::path::PathBuf;

use clap::Args;
use credential::Secret;
use entra::{ClientSecretCredential, ClientSecretCredentialBuilder};

use super::entra_client::EntraClient;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files};

const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";

/// The Microsoft Entra application that a token is asked for with.
#[derive(Args, Debug)]
pub(crate) struct EntraApplication {
    #[command(flatten)]
    pub(crate) client: EntraClient,

    /// A file that holds the client secret, or - for standard input;
    /// else AZURE_CLIENT_SECRET
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    secret_file: Option<PathBuf>,
}

impl EntraApplication {
    /// Returns a builder of the application's credential.
    pub(crate) fn credential(
        &self,
        environment: &Environment,
        files: &Files,
    ) -> Result<ClientSecretCredentialBuilder, Failure> {
        let tenant = self.client.tenant(environment)?;
        let client_id = self.client.client_id(environment)?;
        let secret = self.secret(environment, files)?;
        let authority = self.client.authority(environment)?;
        Ok(ClientSecretCredential::builder(tenant, client_id, secret).authority(authority))
    }

    /// Returns the application's secret.
    pub(crate) fn secret(&self, environment: &Environment, files: &Files) -> Result<Secret, Failure> {
        let secret = match &self.secret_file {
            Some(path) => Some(files.secret(FileFlag::CLIENT_SECRET, path)?),
            None => environment.secret(CLIENT_SECRET)?,
        };
        secret.ok_or_else(|| {
            Failure::bad_input(
                "the client secret is missing",
                "give --secret-file, or set AZURE_CLIENT_SECRET in the environment",
            )
        })
    }

    /// Returns the secret of an application that may do without. The variable's secret is that of the variable's
    /// application: where `--client-id` names another one, which may well be public, it stays here.
    pub(crate) fn secret_if_any(
        &self,
        environment: &Environment,
        files: &Files,
    ) -> Result<Option<Secret>, Failure> {
        match &self.secret_file {
            Some(path) => files.secret(FileFlag::CLIENT_SECRET, path).map(Some),
            None if self.client.is_another_than_the_variables(environment)? => Ok(None),
            None => environment.secret(CLIENT_SECRET),
        }
    }
}
