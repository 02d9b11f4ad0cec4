//! A certificate with its private key.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use credential::{CredentialError, CredentialErrorKind, Secret};
use serde_json::{Value, json};

use crate::AssertionRequest;
use crate::certificate_chain::{ordered_chain, validity};
use crate::certificate_key::{KeyForm, invalid, only_key};
use crate::pem::{PemProblem, read_pem};

/// Entra takes up to ten minutes; Microsoft's libraries use all of them.
const LIFE: Duration = Duration::from_secs(600);

/// A certificate with its RSA private key, which prove who an app is. Clones share one key.
///
/// What it signs: PS256 with the SHA-256 thumbprint; for AD FS, RS256 with the SHA-1 thumbprint. Entra documents both under
/// "certificate credentials".
#[derive(Clone)]
pub struct ClientCertificate {
    key: Arc<RsaKeyPair>,
    /// The certificate itself first, then its issuer, and so on.
    chain: Arc<[Vec<u8>]>,
    not_before: SystemTime,
    not_after: SystemTime,
    sends_chain: bool,
}

impl ClientCertificate {
    /// Reads a PEM text with one private key (`PRIVATE KEY` or `RSA PRIVATE KEY`, not encrypted), its certificate and perhaps
    /// those of the issuers, in any order.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when something is missing or broken, the key is encrypted, no RSA key or
    /// shorter than 2048 bits, or no certificate belongs to the key.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, CredentialError> {
        let text = std::str::from_utf8(pem.as_ref()).map_err(|_| {
            invalid(
                "the certificate is not PEM text",
                "read a PKCS #12 file (.pfx, .p12) with from_pkcs12 of the feature `pkcs12`, or convert it, as with openssl pkcs12 -nodes",
            )
        })?;
        let blocks = read_pem(text).map_err(pem_problem)?;
        let keys = blocks.iter().filter(|block| block.label.ends_with("PRIVATE KEY"));
        let key = only_key(keys.map(|block| (KeyForm::of_label(block.label), &block.der[..])))?;
        let certificates = blocks.iter().filter(|block| block.label == "CERTIFICATE");
        Self::of(key, certificates.map(|block| block.der.to_vec()).collect())
    }

    /// Reads a PKCS #12 file (`.pfx`, `.p12`), as Windows, Key Vault and OpenSSL write it, with one private key, its certificate
    /// and perhaps those of the issuers. The password may be empty.
    ///
    /// Encrypted with AES (PBES2), or the older way with triple DES or 40-bit RC2.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the file is none or damaged, the password is wrong, the encryption is
    /// another, something is missing, the key is no RSA key or shorter than 2048 bits, or no certificate belongs to the key.
    ///
    /// # Example
    /// ```
    /// use credential::Secret;
    /// use entra::ClientCertificate;
    ///
    /// # let bytes = include_bytes!("../tests/data/pkcs12/modern.pfx");
    /// // `bytes` is what the file holds.
    /// let certificate = ClientCertificate::from_pkcs12(bytes, &Secret::from("pl4nted päss"))?;
    /// assert_eq!(certificate.thumbprint().len(), 40);
    /// # Ok::<(), credential::CredentialError>(())
    /// ```
    #[cfg(feature = "pkcs12")]
    pub fn from_pkcs12(file: impl AsRef<[u8]>, password: &Secret) -> Result<Self, CredentialError> {
        let content = crate::pkcs12::read_pkcs12(file.as_ref(), password)?;
        let key = only_key(content.keys.iter().map(|der| (KeyForm::Pkcs8, &der[..])))?;
        Self::of(key, content.certificates)
    }

    fn of(key: RsaKeyPair, certificates: Vec<Vec<u8>>) -> Result<Self, CredentialError> {
        let chain = ordered_chain(certificates, &key)?;
        let (not_before, not_after) = validity(&chain[0])?;
        Ok(Self { key: Arc::new(key), chain: chain.into(), not_before, not_after, sends_chain: false })
    }

    /// Sends the certificates along (`x5c`), which an app registration that trusts a subject and issuer needs.
    #[must_use]
    pub fn with_chain(mut self) -> Self {
        self.sends_chain = true;
        self
    }

    /// Returns when the certificate begins to be valid.
    pub fn not_before(&self) -> SystemTime {
        self.not_before
    }

    /// Returns when the certificate expires.
    pub fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Returns the thumbprint that the app registration shows: SHA-1 in upper-case hexadecimal.
    pub fn thumbprint(&self) -> String {
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.chain[0]);
        hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// Checks that the certificate is valid at an instant.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is not yet, or no more.
    pub fn check_valid_at(&self, now: SystemTime) -> Result<(), CredentialError> {
        if now > self.not_after {
            return Err(invalid(
                "the client certificate has expired",
                "give a newer one, and upload it to the app registration",
            ));
        }
        if now < self.not_before {
            return Err(invalid(
                "the client certificate is not valid yet",
                "set this machine's clock, or wait until the certificate begins to be valid",
            ));
        }
        Ok(())
    }

    /// Signs a client assertion that is valid for ten minutes (RFC 7523, section 3). `id` is used once.
    pub(crate) fn assertion(
        &self,
        request: &AssertionRequest,
        now: SystemTime,
        id: &str,
    ) -> Result<Secret, CredentialError> {
        self.check_valid_at(now)?;
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let payload = json!({
            "aud": request.token_endpoint(),
            "iss": request.client_id(),
            "sub": request.client_id(),
            "jti": id,
            "nbf": seconds,
            "iat": seconds,
            "exp": seconds + LIFE.as_secs(),
        });
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&self.header(request)), encode(&payload));
        let padding: &'static dyn RsaEncoding =
            if request.takes_ps256() { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).map_err(|_| {
            CredentialError::new(
                CredentialErrorKind::Unavailable,
                "signing the client assertion failed",
                "try again; if it stays so, check the private key",
            )
        })?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }

    fn header(&self, request: &AssertionRequest) -> Value {
        let algorithm = if request.takes_ps256() { "PS256" } else { "RS256" };
        let (name, hash) = match request.is_adfs() {
            true => ("x5t", digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.chain[0])),
            false => ("x5t#S256", digest(&SHA256, &self.chain[0])),
        };
        let mut header = json!({"alg": algorithm, "typ": "JWT", name: URL_SAFE_NO_PAD.encode(hash)});
        if self.sends_chain {
            // Standard base64, unlike everything else in the token (RFC 7515, section 4.1.6).
            header["x5c"] = self.chain.iter().map(|der| STANDARD.encode(der)).collect();
        }
        header
    }
}

fn pem_problem(problem: PemProblem) -> CredentialError {
    match problem {
        PemProblem::Unfinished => {
            invalid("the PEM text breaks off inside a block", "give the whole text, every END line included")
        }
        PemProblem::NotBase64 => invalid("a block of the PEM text is not base64", "give the text unchanged"),
        PemProblem::Encrypted => KeyForm::Encrypted.refusal(),
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("thumbprint", &self.thumbprint())
            .field("not_after", &self.not_after)
            .field("sends_chain", &self.sends_chain)
            .finish_non_exhaustive()
    }
}
