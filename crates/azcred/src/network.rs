//! How commands reach the services.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use credential::Transport;
use credential_http::HttpClient;

use crate::emulator_reasons::EmulatorReasons;
use crate::failure::Failure;
use crate::files::{FileFlag, Files, place};

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
        let builder = HttpClient::builder().user_agent(USER_AGENT);
        if let Some(path) = &self.ca_file {
            let pem = files.text(FileFlag::CA, path)?;
            let no_certificate = || {
                let problem = format!("the {} holds no PEM certificate", place(FileFlag::CA, path));
                Failure::bad_input(problem, "name the file that begins with -----BEGIN CERTIFICATE-----")
            };
            if !pem.contains("-----BEGIN CERTIFICATE-----") {
                return Err(no_certificate());
            }
            // Everything else that the client is made of is fixed, so that it can only be this file.
            let client = builder.trust_pem(&pem).build().map_err(|_| no_certificate())?;
            return Ok(Arc::new(EmulatorReasons(client)));
        }
        Ok(Arc::new(EmulatorReasons(builder.build()?)))
    }
}
