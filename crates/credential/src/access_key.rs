//! Access keys that can be replaced while in use.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use crate::{CredentialError, CredentialErrorKind, Secret};

/// Padding is required, as every official SDK but one does: a key cut off while copying is then found out at once.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// The access key of a resource: a primary and perhaps a secondary key, replaceable while in use.
///
/// Clones share the keys, so [`AccessKey::rotate`] on one is seen by every signer and client that holds another, from
/// their next request on. Reading takes no lock.
///
/// # Example
/// ```
/// use credential::AccessKey;
///
/// let key = AccessKey::from_base64("c2VjcmV0")?;
/// let held_by_a_client = key.clone();
/// key.rotate("bmV3IGtleQ==", None)?;
/// assert_eq!(held_by_a_client.load().primary().bytes(), b"new key");
/// assert!(key.rotate("not base64!", None).is_err(), "and the old key stays in use");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct AccessKey(Arc<Ring>);

struct Ring {
    format: Format,
    keys: ArcSwap<KeyPair>,
    version: AtomicU64,
}

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Base64,
    Text,
}

/// The keys of an [`AccessKey`] at one moment.
pub struct KeyPair {
    primary: Key,
    secondary: Option<Key>,
}

/// One key.
pub struct Key {
    text: Secret,
    bytes: Zeroizing<Vec<u8>>,
}

impl AccessKey {
    /// Makes a key ring from one base64 key, as the portal shows it. White space around it is dropped.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the text is empty or not padded standard base64.
    pub fn from_base64(primary: &str) -> Result<Self, CredentialError> {
        Self::new(Format::Base64, primary)
    }

    /// Makes a key ring from one key that is sent as the text it is. White space around it is dropped.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the text is empty or holds characters outside printable ASCII.
    pub fn from_text(primary: &str) -> Result<Self, CredentialError> {
        Self::new(Format::Text, primary)
    }

    fn new(format: Format, primary: &str) -> Result<Self, CredentialError> {
        let pair = KeyPair { primary: Key::parse(format, "access key", primary)?, secondary: None };
        Ok(Self(Arc::new(Ring { format, keys: ArcSwap::from_pointee(pair), version: AtomicU64::new(0) })))
    }

    /// Replaces the keys, for this ring and all its clones at once.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when a key is bad; then nothing is replaced.
    pub fn rotate(&self, primary: &str, secondary: Option<&str>) -> Result<(), CredentialError> {
        let format = self.0.format;
        let primary = Key::parse(format, "primary access key", primary)?;
        let secondary = secondary.map(|text| Key::parse(format, "secondary access key", text)).transpose()?;
        self.0.keys.store(Arc::new(KeyPair { primary, secondary }));
        self.0.version.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Returns the keys as they are now.
    pub fn load(&self) -> Arc<KeyPair> {
        self.0.keys.load_full()
    }

    /// Returns a number that grows with each rotation: a cheap way to see whether anything derived from the keys is
    /// still current. Read it before [`AccessKey::load`].
    pub fn version(&self) -> u64 {
        self.0.version.load(Ordering::Acquire)
    }
}

impl KeyPair {
    /// Returns the key to use first.
    pub fn primary(&self) -> &Key {
        &self.primary
    }

    /// Returns the other key, which the service accepts too.
    pub fn secondary(&self) -> Option<&Key> {
        self.secondary.as_ref()
    }
}

impl Key {
    /// Returns the key's text.
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Returns the key's bytes: decoded when the ring was made from base64, else those of the text.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn parse(format: Format, name: &str, text: &str) -> Result<Self, CredentialError> {
        let invalid = |problem: String, fix| {
            CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
        };
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid(format!("the {name} is empty"), "copy a key from the resource's Keys page"));
        }
        let bytes = match format {
            // The decoder's own error would name the offending byte of the key.
            Format::Base64 => decode(text).ok_or_else(|| {
                invalid(
                    format!("the {name} is not base64"),
                    "copy the whole key, with its trailing = signs, from the resource's Keys page",
                )
            })?,
            Format::Text if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
                let problem = format!("the {name} holds characters outside printable ASCII, or spaces");
                return Err(invalid(problem, "copy the key again from the resource's Keys page"));
            }
            Format::Text => Zeroizing::new(text.as_bytes().to_vec()),
        };
        Ok(Self { text: Secret::from(text), bytes })
    }
}

/// Decodes into memory that is wiped whether or not the text turns out to be base64 to its end.
fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    BASE64.decode_vec(text, &mut bytes).ok()?;
    Some(bytes)
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessKey")
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_and_text_is_not() {
        // The one-byte key of the official SDKs' own vectors.
        assert_eq!(AccessKey::from_base64(" pw==\n").unwrap().load().primary().bytes(), [0xA7]);
        assert_eq!(AccessKey::from_text("pw==").unwrap().load().primary().bytes(), b"pw==");
    }

    #[test]
    fn bad_keys_are_refused_without_being_shown() {
        for bad in ["", "  ", "planted!", "planted", "cGxhbnRlZA", "cGxh-nRl_A==", "plänted="] {
            let error = AccessKey::from_base64(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(!error.to_string().contains("plant") && !error.to_string().contains("cGxh"), "{error}");
        }
        assert!(AccessKey::from_text("two words").is_err());
    }

    #[test]
    fn rotation_is_all_or_nothing_and_shared() {
        let key = AccessKey::from_base64("b25l").unwrap();
        let clone = key.clone();
        let version = clone.version();
        assert!(key.rotate("dHdv", Some("bad!")).is_err());
        assert_eq!(clone.load().primary().bytes(), b"one");
        assert_eq!(clone.version(), version);
        key.rotate("dHdv", Some("dGhyZWU=")).unwrap();
        assert_eq!(clone.load().primary().bytes(), b"two");
        assert_eq!(clone.load().secondary().unwrap().bytes(), b"three");
        assert!(clone.version() > version);
    }
}
