//! Client assertions from a file that somebody else keeps fresh.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind, Secret};

use crate::{AssertionRequest, ClientAssertion, Files, SystemFiles};

/// Client assertions from a file that somebody else keeps fresh, such as the token that Kubernetes projects into a pod.
///
/// The file is read for each exchange, because it is replaced about every hour while access tokens may live for a day: a
/// text kept from the start has expired by the next exchange. Space around the token is dropped.
#[derive(Clone, Debug)]
pub struct TokenFile {
    path: PathBuf,
    files: Arc<dyn Files>,
}

impl TokenFile {
    /// Reads this file, whose path `AZURE_FEDERATED_TOKEN_FILE` holds in a pod with workload identity.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the path is empty.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, CredentialError> {
        let path = path.into();
        if path.as_os_str().is_empty() {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the path of the federated token file is empty",
                "give the path that AZURE_FEDERATED_TOKEN_FILE holds in the pod",
            ));
        }
        Ok(Self { path, files: SystemFiles::shared() })
    }

    /// Reads through these files instead of the machine's.
    #[must_use]
    pub fn with_files(mut self, files: Arc<dyn Files>) -> Self {
        self.files = files;
        self
    }
}

#[async_trait]
impl ClientAssertion for TokenFile {
    async fn assertion(&self, _request: &AssertionRequest) -> Result<Secret, CredentialError> {
        let text = self.files.read(&self.path).await.map_err(unreadable)?;
        if text.expose().trim().is_empty() {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the federated token file is empty",
                "check whatever writes the file",
            ));
        }
        Ok(Secret::from(text.expose().trim()))
    }
}

/// The path stays out of the text: a token given in its place would be shown.
fn unreadable(source: io::Error) -> CredentialError {
    use io::ErrorKind::{InvalidData, NotFound, PermissionDenied};
    let (kind, problem, fix) = match source.kind() {
        NotFound => (
            CredentialErrorKind::InvalidConfiguration,
            "the federated token file does not exist",
            "check the path, and that the pod uses workload identity",
        ),
        PermissionDenied => (
            CredentialErrorKind::InvalidConfiguration,
            "the federated token file may not be read",
            "let the process's user read the file",
        ),
        InvalidData => (
            CredentialErrorKind::InvalidConfiguration,
            "the federated token file is not text",
            "check that the path leads to the token",
        ),
        _ => (
            CredentialErrorKind::Unavailable,
            "reading the federated token file failed",
            "try again; the source has the system's own words",
        ),
    };
    CredentialError::new(kind, problem, fix).with_source(source)
}
