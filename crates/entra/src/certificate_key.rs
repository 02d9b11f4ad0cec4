//! The private key of a certificate.

use aws_lc_rs::signature::RsaKeyPair;
use credential::{CredentialError, CredentialErrorKind};

/// How a private key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyForm {
    /// Any kind of key (RFC 5958).
    Pkcs8,
    /// An RSA key (RFC 8017, appendix A.1.2).
    Pkcs1,
    /// Encrypted, with a password that nobody asks for.
    Encrypted,
    /// A key of an elliptic curve (RFC 5915).
    Elliptic,
    Other,
}

/// The object identifiers of keys that are not RSA, as they stand in PKCS #8: `id-ecPublicKey`, Ed25519 and Ed448.
const OTHER_KEYS: [&[u8]; 3] = [
    &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01],
    &[0x06, 0x03, 0x2b, 0x65, 0x70],
    &[0x06, 0x03, 0x2b, 0x65, 0x71],
];

impl KeyForm {
    pub(crate) fn of_label(label: &str) -> Self {
        match label {
            "PRIVATE KEY" => Self::Pkcs8,
            "RSA PRIVATE KEY" => Self::Pkcs1,
            "ENCRYPTED PRIVATE KEY" => Self::Encrypted,
            "EC PRIVATE KEY" => Self::Elliptic,
            _ => Self::Other,
        }
    }

    /// Says why a key of this form is not taken.
    pub(crate) fn refusal(self) -> CredentialError {
        const NEW: &str =
            "make a certificate with an RSA key, as with openssl req -x509 -newkey rsa:2048, and upload it";
        match self {
            Self::Encrypted => invalid(
                "the private key is encrypted",
                "decrypt it first, as with openssl pkey, and keep the text where only the app can read it",
            ),
            Self::Elliptic => invalid(
                "the private key is one of an elliptic curve, and Entra takes client assertions of RSA keys alone",
                NEW,
            ),
            _ => invalid("the private key is broken, or no RSA key", NEW),
        }
    }

    fn parse(self, der: &[u8]) -> Result<RsaKeyPair, CredentialError> {
        let parsed = match self {
            Self::Pkcs8 => RsaKeyPair::from_pkcs8(der),
            Self::Pkcs1 => RsaKeyPair::from_der(der),
            _ => return Err(self.refusal()),
        };
        let key = parsed.map_err(|rejected| {
            // The algorithm stands at the beginning, before the key.
            let head = &der[..der.len().min(32)];
            let is_there = |oid: &&[u8]| head.windows(oid.len()).any(|window| window == *oid);
            match rejected.to_string().as_str() {
                "TooSmall" => too_short(),
                _ if self == Self::Pkcs8 && OTHER_KEYS.iter().any(is_there) => Self::Elliptic.refusal(),
                _ => self.refusal(),
            }
        })?;
        if key.public_modulus_len() < 256 {
            return Err(too_short());
        }
        Ok(key)
    }
}

/// Takes the one private key that must be there.
pub(crate) fn only_key<'a>(
    mut keys: impl Iterator<Item = (KeyForm, &'a [u8])>,
) -> Result<RsaKeyPair, CredentialError> {
    let Some((form, der)) = keys.next() else {
        return Err(invalid(
            "there is no private key with the certificate",
            "put the certificate and its private key into one file",
        ));
    };
    if keys.next().is_some() {
        return Err(invalid("there are several private keys", "leave only the certificate's own"));
    }
    form.parse(der)
}

fn too_short() -> CredentialError {
    invalid(
        "the RSA key is shorter than 2048 bits",
        "make a certificate with a longer key, as with openssl req -x509 -newkey rsa:2048, and upload it",
    )
}

pub(crate) fn invalid(problem: &'static str, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
}
