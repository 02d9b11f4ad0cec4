//! How commands reach the services.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use credential::Transport;
use credential_http::HttpClient;

use crate::failure::Failure;
use crate::files::{Files, place};

const USER_AGENT: &str = concat!("azcred/", env!("CARGO_PKG_VERSION"));

/// How to reach the services.
#[derive(Args, Debug)]
pub(crate) struct NetworkArgs {
    /// A PEM file with certificates to trust beside the usual ones: that of
    /// `azcred emulator --ca-file`, or of a proxy.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    ca_file: Option<PathBuf>,
}

impl NetworkArgs {
    /// Returns the client that all requests of the command go through.
    pub(crate) fn transport(&self, files: &Files) -> Result<Arc<dyn Transport>, Failure> {
        let mut builder = HttpClient::builder().user_agent(USER_AGENT);
        if let Some(path) = &self.ca_file {
            let pem = files.text("CA", path)?;
            if !pem.contains("-----BEGIN CERTIFICATE-----") {
                let problem = format!("the {} holds no PEM certificate", place("CA", path));
                return Err(Failure::bad_input(
                    problem,
                    "name the file that begins with -----BEGIN CERTIFICATE-----",
                ));
            }
            builder = builder.trust_pem(&pem);
        }
        Ok(Arc::new(builder.build()?))
    }
}
