//! Client assertions from a certificate's file.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{Clock, CredentialError, CredentialErrorKind, Secret, SystemClock};

use crate::{AssertionRequest, CertificateAssertion, ClientAssertion, ClientCertificate, Files, SystemFiles};

/// Client assertions that the key in a PEM file signs.
///
/// The file is read for each exchange, which happens about once an hour, so that a certificate that somebody replaces is in
/// use without a restart, and the key is in memory only while it signs.
///
/// # Example
/// ```
/// use entra::{CertificateFile, ClientAssertionCredential};
///
/// let file = CertificateFile::new("/etc/app/certificate.pem")?;
/// let credential = ClientAssertionCredential::builder("contoso.com", "11111111-2222-3333-4444-555555555555", file);
/// # let _unused = credential;
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CertificateFile {
    path: PathBuf,
    sends_chain: bool,
    files: Arc<dyn Files>,
    clock: Arc<dyn Clock>,
}

impl CertificateFile {
    /// Reads this file: one private key and its certificate, as [`ClientCertificate::from_pem`] takes them.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the path is empty.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, CredentialError> {
        let path = path.into();
        if path.as_os_str().is_empty() {
            let fix = "give the path of a PEM file that holds the certificate and its private key";
            return Err(invalid("the path of the certificate file is empty", fix));
        }
        Ok(Self { path, sends_chain: false, files: SystemFiles::shared(), clock: SystemClock::shared() })
    }

    /// Sends the certificates along (`x5c`), which an app registration that trusts a subject and issuer needs.
    #[must_use]
    pub fn with_chain(mut self) -> Self {
        self.sends_chain = true;
        self
    }

    /// Reads through these files instead of the machine's.
    #[must_use]
    pub fn with_files(mut self, files: Arc<dyn Files>) -> Self {
        self.files = files;
        self
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

#[async_trait]
impl ClientAssertion for CertificateFile {
    async fn assertion(&self, request: &AssertionRequest) -> Result<Secret, CredentialError> {
        let pem = self.files.read(&self.path).await.map_err(unreadable)?;
        let certificate = ClientCertificate::from_pem(pem.expose())?;
        let certificate = if self.sends_chain { certificate.with_chain() } else { certificate };
        CertificateAssertion::new(certificate).with_clock(self.clock.clone()).assertion(request).await
    }
}

fn invalid(problem: &'static str, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
}

/// The path stays out of the text: a key given in its place would be shown.
fn unreadable(source: io::Error) -> CredentialError {
    use io::ErrorKind::{InvalidData, NotFound, PermissionDenied};
    let error = match source.kind() {
        NotFound => invalid("the certificate file does not exist", "check the path"),
        PermissionDenied => {
            invalid("the certificate file may not be read", "let the process's user read the file")
        }
        InvalidData => invalid(
            "the certificate file is not PEM text",
            "convert it, as with openssl pkcs12 -nodes, and keep the result readable for the process alone",
        ),
        _ => CredentialError::new(
            CredentialErrorKind::Unavailable,
            "reading the certificate file failed",
            "try again; the source has the system's own words",
        ),
    };
    error.with_source(source)
}
