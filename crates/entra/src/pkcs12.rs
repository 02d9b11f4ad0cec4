//! Files with a certificate and its private key, encrypted with a password.

use credential::{CredentialError, Secret};
use p12_keystore::error::Error;
use p12_keystore::{Pkcs12Archive, PrivateKeyBag};
use zeroize::Zeroizing;

use crate::certificate_key::invalid;

/// What a PKCS #12 file holds.
pub(crate) struct Pkcs12Content {
    /// In PKCS #8 form.
    pub(crate) keys: Vec<Zeroizing<Vec<u8>>>,
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// Reads a PKCS #12 file (RFC 7292). The library checks the file's own seal first, where there is one, and refuses to count
/// longer than a million rounds.
pub(crate) fn read_pkcs12(file: &[u8], password: &Secret) -> Result<Pkcs12Content, CredentialError> {
    if file.windows(11).take(4096).any(|window| window == b"-----BEGIN ") {
        return Err(invalid("the certificate is PEM text, no PKCS #12 file", "read it with from_pem"));
    }
    let archive =
        Pkcs12Archive::from_pkcs12(file, password.expose()).map_err(|error| problem(file, &error))?;
    let key = |bag: &PrivateKeyBag| Zeroizing::new(bag.key.as_der().to_vec());
    Ok(Pkcs12Content {
        keys: archive.keys.iter().map(key).collect(),
        certificates: archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect(),
    })
}

/// The library's own words may repeat what is in the file, so they are not passed on.
fn problem(file: &[u8], error: &Error) -> CredentialError {
    match error {
        // The outermost sequence: whatever begins otherwise is another kind of file.
        Error::DerError(_) | Error::InvalidVersion | Error::UnsupportedContentType if !is_sequence(file) => {
            invalid("the certificate is no PKCS #12 file", "give the bytes of a .pfx or .p12 file unchanged")
        }
        Error::MacError(_) => invalid(
            "the password of the PKCS #12 file is wrong",
            "give the password that the file was exported with; without one, an empty text",
        ),
        Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm | Error::InvalidParameters => {
            invalid(
                "the PKCS #12 file is encrypted in a way that is not known here",
                "export it anew with AES-256 and SHA-256, as openssl pkcs12 -export does",
            )
        }
        _ => invalid(
            "the PKCS #12 file is damaged, or its password is wrong",
            "give the bytes of the .pfx or .p12 file unchanged, and the password that it was exported with; if both are right, export it \
             anew with AES-256 and SHA-256, as openssl pkcs12 -export does",
        ),
    }
}

fn is_sequence(file: &[u8]) -> bool {
    file.first() == Some(&0x30)
}
