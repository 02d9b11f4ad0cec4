//! A key that encrypts what a store keeps.

use std::fmt;
use std::sync::Arc;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::{CredentialError, CredentialErrorKind, Random, Secret, SystemRandom, decode_base64};

/// What a sealed text begins with: its form's name and version.
const FORM: &str = "sealed-1:";
const NONCE: usize = 12;

/// A key that encrypts what a store keeps, so that a file or a server that somebody reads gives no tokens away, and one that
/// somebody writes to is found out: AES-256 in GCM (NIST SP 800-38D) with a nonce of random bytes for each text.
///
/// Its owner keeps it elsewhere than the store. One key is good for four billion texts; to change it, empty the store.
///
/// # Example
/// ```
/// use credential::{SealingKey, Secret};
///
/// // 32 random bytes in base64, such as `openssl rand -base64 32` makes.
/// let key = SealingKey::parse(&Secret::from("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))?;
/// let sealed = key.seal(&Secret::from("t0ken"), "the name under which it is kept")?;
/// assert_eq!(key.open(&sealed, "the name under which it is kept")?.expose(), "t0ken");
/// assert!(key.open(&sealed, "another name").is_err());
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct SealingKey {
    cipher: Arc<Aes256Gcm>,
    random: Arc<dyn Random>,
}

impl SealingKey {
    /// Takes the key's 32 bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self { cipher: Arc::new(Aes256Gcm::new(bytes.into())), random: SystemRandom::shared() }
    }

    /// Reads a key of 32 bytes in base64.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the text is no base64, or of another length.
    pub fn parse(text: &Secret) -> Result<Self, CredentialError> {
        let bytes = decode_base64(text.expose().trim()).unwrap_or_default();
        let bytes: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the sealing key is not 32 bytes in base64",
                "make one with `openssl rand -base64 32`",
            )
        })?;
        Ok(Self::from_bytes(bytes))
    }

    /// Draws nonces from another source of random bytes, which must never give the same ones twice.
    #[must_use]
    pub fn with_random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Encrypts a text. The name is not part of the sealed text, but needed to open it: a sealed text that was moved to
    /// another name in the store opens no more.
    ///
    /// # Errors
    /// Those of the source of random bytes; [`CredentialErrorKind::InvalidRequest`] when the text is larger than 64 GiB.
    pub fn seal(&self, text: &Secret, name: &str) -> Result<String, CredentialError> {
        let mut nonce = [0; NONCE];
        self.random.fill(&mut nonce)?;
        let payload = Payload { msg: text.expose().as_bytes(), aad: name.as_bytes() };
        let sealed = self.cipher.encrypt(&nonce.into(), payload).map_err(|_| {
            CredentialError::new(
                CredentialErrorKind::InvalidRequest,
                "the text is too large to be sealed",
                "seal smaller ones",
            )
        })?;
        Ok(format!("{FORM}{}", STANDARD.encode([&nonce[..], &sealed].concat())))
    }

    /// Decrypts what [`SealingKey::seal`] has made under this name.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it was sealed with another key or under another name, was changed
    /// since, or is no sealed text.
    pub fn open(&self, sealed: &str, name: &str) -> Result<Secret, CredentialError> {
        self.open_text(sealed, name).ok_or_else(|| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the sealed text cannot be opened: it is of another key, or was changed",
                "use the key that it was sealed with, or remove what is kept and start anew",
            )
        })
    }

    fn open_text(&self, sealed: &str, name: &str) -> Option<Secret> {
        let sealed = STANDARD.decode(sealed.trim().strip_prefix(FORM)?).ok()?;
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload { msg: sealed, aad: name.as_bytes() };
        let text = Zeroizing::new(self.cipher.decrypt(&(*nonce).into(), payload).ok()?);
        std::str::from_utf8(&text).ok().map(Secret::from)
    }

    /// Says whether a text has the form of a sealed one, whatever its key.
    pub fn is_sealed(text: &str) -> bool {
        text.trim_start().starts_with(FORM)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Fills with one byte value.
    #[derive(Debug)]
    struct Same(u8);

    impl Random for Same {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), CredentialError> {
            bytes.fill(self.0);
            Ok(())
        }
    }

    fn key(byte: u8) -> SealingKey {
        SealingKey::from_bytes(&[byte; 32])
    }

    /// The Galois/Counter Mode of Operation (McGrew, Viega), appendix B, test case 14: a key, a nonce and a block of zeroes.
    #[test]
    fn a_vector_of_the_modes_authors() {
        let zeroes = Secret::from("\0".repeat(16));
        let sealed = key(0).with_random(Arc::new(Same(0))).seal(&zeroes, "").unwrap();
        let bytes = STANDARD.decode(sealed.strip_prefix(FORM).unwrap()).unwrap();
        let hex: String = bytes[NONCE..].iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    }

    #[test]
    fn what_was_changed_moved_or_is_of_another_key_is_refused_without_being_shown() {
        let sealed = key(1).seal(&Secret::from("planted"), "name").unwrap();
        assert!(SealingKey::is_sealed(&sealed) && !SealingKey::is_sealed("planted"));
        let mut changed = sealed.clone().into_bytes();
        let at = FORM.len() + 20;
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        for (key, text, name) in [
            (key(2), &*sealed, "name"),
            (key(1), &*sealed, "other"),
            (key(1), &*changed, "name"),
            (key(1), &sealed[..sealed.len() - 4], "name"),
            (key(1), "planted", "name"),
            (key(1), FORM, "name"),
            (key(1), "", "name"),
        ] {
            let error = key.open(text, name).unwrap_err();
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(!error.to_string().contains("planted"), "{error}");
        }
        assert_ne!(sealed, key(1).seal(&Secret::from("planted"), "name").unwrap(), "a nonce of its own");
    }

    #[test]
    fn keys_of_another_form_are_refused() {
        for bad in ["", "planted", "AAAA", &STANDARD.encode([0; 31]), &STANDARD.encode([0; 33])] {
            let error = SealingKey::parse(&Secret::from(bad)).expect_err(bad);
            assert!(!error.to_string().contains("planted"), "{error}");
        }
        SealingKey::parse(&Secret::from(format!(" {}\n", STANDARD.encode([0; 32])))).unwrap();
    }

    proptest! {
        #[test]
        fn opening_gives_what_was_sealed(text in ".*", name in ".*", byte in any::<u8>()) {
            let sealed = key(byte).seal(&Secret::from(text.as_str()), &name).unwrap();
            prop_assert!(sealed.is_ascii() && !sealed.contains(char::is_whitespace));
            let opened = key(byte).open(&sealed, &name).unwrap();
            prop_assert_eq!(opened.expose(), text);
        }
    }
}
