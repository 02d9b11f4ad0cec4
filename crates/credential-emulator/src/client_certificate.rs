//! The certificate that is registered for the application with every role.

use std::fmt;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey,
};
use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};

use crate::EmulatorError;

/// The certificate that is registered for the application with every role, and its private key: made anew at each start.
pub(crate) struct ClientCertificate {
    /// Private key and certificate, one after the other.
    pub(crate) pem: String,
    pub(crate) der: Vec<u8>,
    public_key: Vec<u8>,
}

impl ClientCertificate {
    pub(crate) fn generate() -> Result<Self, EmulatorError> {
        Self::try_generate().map_err(|source| {
            EmulatorError::new("no client certificate could be made", "start the emulator again")
                .caused_by(source)
        })
    }

    fn try_generate() -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "credential-emulator client (well known)");
        // Good at whatever time a test's clock says.
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2099, 12, 31);
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            pem: key.serialize_pem() + &certificate.pem(),
            der: certificate.der().to_vec(),
            public_key: key.public_key_raw().to_vec(),
        })
    }

    /// Returns SHA-1 over the certificate (RFC 7515, section 4.1.7).
    pub(crate) fn sha1(&self) -> Vec<u8> {
        digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.der).as_ref().to_vec()
    }

    /// Returns SHA-256 over the certificate (RFC 7515, section 4.1.8).
    pub(crate) fn sha256(&self) -> Vec<u8> {
        digest(&SHA256, &self.der).as_ref().to_vec()
    }

    /// Says whether its key signed the text; an algorithm that is not named here is `None`.
    pub(crate) fn has_signed(&self, algorithm: &str, text: &str, signature: &[u8]) -> Option<bool> {
        let parameters: &'static RsaParameters = match algorithm {
            "RS256" => &RSA_PKCS1_2048_8192_SHA256,
            "PS256" => &RSA_PSS_2048_8192_SHA256,
            _ => return None,
        };
        let key = UnparsedPublicKey::new(parameters, &self.public_key);
        Some(key.verify(text.as_bytes(), signature).is_ok())
    }
}

/// Holds a private key.
impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate")
    }
}
