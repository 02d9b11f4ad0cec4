//! The proof that whoever redeems a code is the one who asked for it (RFC 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credential::{CredentialError, Random, Secret};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The proof that whoever redeems a code is the one who asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Pkce {
    verifier: Secret,
}

impl Pkce {
    pub(crate) fn new(random: &dyn Random) -> Result<Self, CredentialError> {
        Ok(Self { verifier: random_text(random)? })
    }

    /// What stays here until the code is redeemed.
    pub(crate) fn verifier(&self) -> &Secret {
        &self.verifier
    }

    /// What goes along with the question: the hash of the verifier, method `S256`.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier.expose()))
    }
}

/// 256 random bits as 43 letters, digits, `-` and `_`: what section 4.1 recommends for a verifier, and enough for a state.
pub(crate) fn random_text(random: &dyn Random) -> Result<Secret, CredentialError> {
    let mut bytes = Zeroizing::new([0; 32]);
    random.fill(bytes.as_mut_slice())?;
    Ok(URL_SAFE_NO_PAD.encode(bytes.as_slice()).into())
}

#[cfg(test)]
mod tests {
    use credential_testkit::SequenceRandom;

    use super::*;

    #[test]
    fn the_vector_of_the_rfc() {
        let pkce = Pkce { verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into() };
        assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn each_verifier_is_new_and_well_formed() {
        let random = SequenceRandom::default();
        let (one, two) = (Pkce::new(&random).unwrap(), Pkce::new(&random).unwrap());
        assert!(!one.verifier().equals(two.verifier()));
        let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        assert!(one.verifier().expose().len() == 43 && one.verifier().expose().bytes().all(is_unreserved));
    }
}
