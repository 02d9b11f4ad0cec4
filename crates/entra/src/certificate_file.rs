//! Client assertions from a certificate's file.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{Clock, CredentialError, CredentialErrorKind, Secret, SystemClock};

use crate::{AssertionRequest, CertificateAssertion, ClientAssertion, ClientCertificate, Files, SystemFiles};

/// Client assertions that the key in a PEM file signs, or with the feature `pkcs12` that in a PKCS #12 file.
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
    password: Option<Secret>,
    sends_chain: bool,
    files: Arc<dyn Files>,
    clock: Arc<dyn Clock>,
}

impl CertificateFile {
    /// Reads this file: one private key and its certificate.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the path is empty.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, CredentialError> {
        let path = path.into();
        if path.as_os_str().is_empty() {
            let fix = "give the path of a PEM file that holds the certificate and its private key";
            return Err(invalid("the path of the certificate file is empty", fix));
        }
        let (files, clock) = (SystemFiles::shared(), SystemClock::shared());
        Ok(Self { path, password: None, sends_chain: false, files, clock })
    }

    /// Opens the file, which is a PKCS #12 file then, with this password.
    #[must_use]
    pub fn with_password(mut self, password: impl Into<Secret>) -> Self {
        self.password = Some(password.into());
        self
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

    /// A PKCS #12 file is DER: a sequence, whose first byte no PEM text begins with.
    fn parse(&self, bytes: &[u8]) -> Result<ClientCertificate, CredentialError> {
        const DER_SEQUENCE: u8 = 0x30;
        if bytes.first() == Some(&DER_SEQUENCE) {
            return from_pkcs12(bytes, self.password.as_ref());
        }
        if self.password.is_some() {
            let fix =
                "leave the password out for PEM, whose key must not be encrypted, or give a PKCS #12 file";
            return Err(invalid("a password was given for a certificate file that is not PKCS #12", fix));
        }
        ClientCertificate::from_pem(bytes)
    }
}

#[cfg(feature = "pkcs12")]
fn from_pkcs12(bytes: &[u8], password: Option<&Secret>) -> Result<ClientCertificate, CredentialError> {
    match password {
        Some(password) => ClientCertificate::from_pkcs12(bytes, password),
        None => ClientCertificate::from_pkcs12(bytes, &Secret::from("")),
    }
}

#[cfg(not(feature = "pkcs12"))]
fn from_pkcs12(_bytes: &[u8], _password: Option<&Secret>) -> Result<ClientCertificate, CredentialError> {
    Err(CredentialError::new(
        CredentialErrorKind::NotConfigured,
        "the certificate file is PKCS #12, and this program is built without that",
        "enable the feature `pkcs12` of the crate `entra`, or convert the file to PEM, as with openssl pkcs12 -nodes",
    ))
}

#[async_trait]
impl ClientAssertion for CertificateFile {
    async fn assertion(&self, request: &AssertionRequest) -> Result<Secret, CredentialError> {
        let bytes = self.files.read_bytes(&self.path).await.map_err(unreadable)?;
        let certificate = self.parse(&bytes)?;
        let certificate = if self.sends_chain { certificate.with_chain() } else { certificate };
        CertificateAssertion::new(certificate).with_clock(self.clock.clone()).assertion(request).await
    }
}

fn invalid(problem: &'static str, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
}

/// The path stays out of the text: a key given in its place would be shown.
fn unreadable(source: io::Error) -> CredentialError {
    use io::ErrorKind::{NotFound, PermissionDenied};
    let error = match source.kind() {
        NotFound => invalid("the certificate file does not exist", "check the path"),
        PermissionDenied => {
            invalid("the certificate file may not be read", "let the process's user read the file")
        }
        _ => CredentialError::new(
            CredentialErrorKind::Unavailable,
            "reading the certificate file failed",
            "try again; the source has the system's own words",
        ),
    };
    error.with_source(source)
}
