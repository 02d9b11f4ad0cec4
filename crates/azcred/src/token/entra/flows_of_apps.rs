//! Flows in which an application proves who it is.

use std::path::PathBuf;

use clap::Args;
use credential::Secret;
use entra::{
    AssertionFn, ClientAssertionCredential, ClientCertificate, ClientCertificateCredential, OnBehalfOf,
};

use super::flow::{Surroundings, asked, token_of_app};
use super::token_question::TokenQuestion;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files};
use crate::token::PrintedToken;
use crate::token::entra_application::EntraApplication;
use crate::token::entra_client::EntraClient;

/// With a client secret.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment, next_line_help = true, after_help = EXIT_STATUS)]
pub(crate) struct SecretArgs {
    #[command(flatten)]
    pub(crate) question: TokenQuestion,

    #[command(flatten)]
    application: EntraApplication,
}

pub(super) const EXIT_STATUS: &str =
    "Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input.";

impl SecretArgs {
    pub(crate) async fn token(&self, around: &Surroundings<'_>) -> Result<PrintedToken, Failure> {
        let builder = self.application.credential(around.environment, around.files)?;
        token_of_app!(asked!(builder, self.question, around, self.application.client).build()?, self.question)
    }
}

/// With a certificate and its private key.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token entra certificate --certificate-file app.pem --scope $scope

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input."
)]
pub(crate) struct CertificateArgs {
    #[command(flatten)]
    pub(crate) question: TokenQuestion,

    #[command(flatten)]
    client: EntraClient,

    /// A PEM file with the certificate and its private key, or - for standard
    /// input; else the path in AZURE_CLIENT_CERTIFICATE_PATH
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    certificate_file: Option<PathBuf>,

    /// Sends the certificate along, for registrations by subject and issuer.
    #[arg(long)]
    send_chain: bool,
}

impl CertificateArgs {
    pub(crate) async fn token(&self, around: &Surroundings<'_>) -> Result<PrintedToken, Failure> {
        let tenant = self.client.tenant(around.environment)?;
        let client_id = self.client.client_id(around.environment)?;
        let path =
            given_path(self.certificate_file.as_ref(), around.environment, "AZURE_CLIENT_CERTIFICATE_PATH")?;
        let pem = secret_of(path, around.files, FileFlag::CERTIFICATE, "AZURE_CLIENT_CERTIFICATE_PATH")?;
        let mut certificate = ClientCertificate::from_pem(pem.expose())?;
        if self.send_chain {
            certificate = certificate.with_chain();
        }
        let builder = ClientCertificateCredential::builder(tenant, client_id, certificate);
        token_of_app!(asked!(builder, self.question, around, self.client).build()?, self.question)
    }
}

/// With an assertion of another issuer that Entra trusts.
///
/// Workload identity federation: the token that Kubernetes, GitHub or another
/// issuer gave the program, in a file.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token entra assertion --assertion-file token.jwt --scope $scope

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input."
)]
pub(crate) struct AssertionArgs {
    #[command(flatten)]
    pub(crate) question: TokenQuestion,

    #[command(flatten)]
    client: EntraClient,

    /// A file that holds the assertion, or - for standard input; else the
    /// path in AZURE_FEDERATED_TOKEN_FILE
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    assertion_file: Option<PathBuf>,
}

impl AssertionArgs {
    pub(crate) async fn token(&self, around: &Surroundings<'_>) -> Result<PrintedToken, Failure> {
        let tenant = self.client.tenant(around.environment)?;
        let client_id = self.client.client_id(around.environment)?;
        let path =
            given_path(self.assertion_file.as_ref(), around.environment, "AZURE_FEDERATED_TOKEN_FILE")?;
        let assertion = secret_of(path, around.files, FileFlag::ASSERTION, "AZURE_FEDERATED_TOKEN_FILE")?;
        let assertion = AssertionFn::new(move |_request| {
            let assertion = assertion.clone();
            async move { Ok(assertion) }
        });
        let builder = ClientAssertionCredential::builder(tenant, client_id, assertion);
        token_of_app!(asked!(builder, self.question, around, self.client).build()?, self.question)
    }
}

/// For a service, on behalf of the user who called it.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    override_usage = "\
azcred token entra on-behalf-of [OPTIONS] --scope <SCOPE>
                                       --user-token-file <FILE>",
    after_help = "\
Examples:
  azcred token entra on-behalf-of --user-token-file - --scope $scope < token

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input."
)]
pub(crate) struct OnBehalfOfArgs {
    #[command(flatten)]
    pub(crate) question: TokenQuestion,

    #[command(flatten)]
    application: EntraApplication,

    /// A file that holds the access token that the service was called with,
    /// or - for standard input
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    user_token_file: PathBuf,
}

impl OnBehalfOfArgs {
    pub(crate) async fn token(&self, around: &Surroundings<'_>) -> Result<PrintedToken, Failure> {
        let client = &self.application.client;
        let (tenant, client_id) = (client.tenant(around.environment)?, client.client_id(around.environment)?);
        let secret = self.application.secret(around.environment, around.files)?;
        let user_token = around.files.secret(FileFlag::USER_TOKEN, &self.user_token_file)?;
        let builder = OnBehalfOf::builder(tenant, client_id).client_secret(secret);
        let service = asked!(builder, self.question, around, client).build()?;
        token_of_app!(service.user(user_token)?, self.question)
    }
}

/// The path of a flag, else of a variable.
fn given_path(
    flag: Option<&PathBuf>,
    environment: &Environment,
    variable: &str,
) -> Result<Option<PathBuf>, Failure> {
    Ok(flag.cloned().or(environment.text(variable)?.map(PathBuf::from)))
}

/// The content of a file that must be given.
fn secret_of(
    path: Option<PathBuf>,
    files: &Files,
    flag: FileFlag,
    variable: &str,
) -> Result<Secret, Failure> {
    let path = path.ok_or_else(|| {
        Failure::bad_input(
            format_args!("the {} is missing", flag.noun()),
            &format!("give {}, or set {variable} in the environment", flag.flag()),
        )
    })?;
    files.secret(flag, &path)
}
