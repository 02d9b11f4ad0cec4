//! Flows in which an application proves who it is.

use std::path::PathBuf;

use clap::Args;
use credential::Secret;
use entra::{
    AssertionFn, ClientAssertionCredential, ClientCertificate, ClientCertificateCredential, OnBehalfOf,
};

use zeroize::Zeroizing;

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

    /// A PEM or PKCS #12 file (.pfx, .p12) with the certificate and its
    /// private key, or - for standard input; else the path in the variable
    /// AZURE_CLIENT_CERTIFICATE_PATH
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    certificate_file: Option<PathBuf>,

    /// A file that holds the password of a PKCS #12 file; else
    /// AZURE_CLIENT_CERTIFICATE_PASSWORD, else it has none
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    password_file: Option<PathBuf>,

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
        let mut certificate = self.certificate(path, around)?;
        if self.send_chain {
            certificate = certificate.with_chain();
        }
        let builder = ClientCertificateCredential::builder(tenant, client_id, certificate);
        token_of_app!(asked!(builder, self.question, around, self.client).build()?, self.question)
    }
}

impl CertificateArgs {
    /// A PEM text, or a PKCS #12 file: what the file begins with tells.
    fn certificate(
        &self,
        path: Option<PathBuf>,
        around: &Surroundings<'_>,
    ) -> Result<ClientCertificate, Failure> {
        let path = required(path, FileFlag::CERTIFICATE, "AZURE_CLIENT_CERTIFICATE_PATH")?;
        let bytes = Zeroizing::new(around.files.bytes(FileFlag::CERTIFICATE, &path)?);
        // DER begins with a sequence, and PEM with text.
        if bytes.first() != Some(&0x30) {
            return Ok(ClientCertificate::from_pem(&*bytes)?);
        }
        let password = match &self.password_file {
            Some(path) => Some(around.files.secret(FileFlag::PASSWORD, path)?),
            None => around.environment.secret("AZURE_CLIENT_CERTIFICATE_PASSWORD")?,
        };
        Ok(ClientCertificate::from_pkcs12(&*bytes, &password.unwrap_or_else(|| Secret::from("")))?)
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
    files.secret(flag, &required(path, flag, variable)?)
}

fn required(path: Option<PathBuf>, flag: FileFlag, variable: &str) -> Result<PathBuf, Failure> {
    path.ok_or_else(|| {
        Failure::bad_input(
            format_args!("the {} is missing", flag.noun()),
            &format!("give {}, or set {variable} in the environment", flag.flag()),
        )
    })
}
