//! Fresh ids, from one random seed.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use credential::{CredentialError, Random};

/// Fresh ids: SHA-256 of a seed and a counter. One draw of randomness at start, none that could fail later, and the
/// same ids again from the same seed.
pub(crate) struct IdSource {
    seed: [u8; 32],
    counter: AtomicU64,
}

impl IdSource {
    pub(crate) fn new(random: &dyn Random) -> Result<Self, CredentialError> {
        let mut seed = [0; 32];
        random.fill(&mut seed)?;
        Ok(Self { seed, counter: AtomicU64::new(0) })
    }

    /// Returns 16 bytes that did not occur before.
    pub(crate) fn bytes(&self) -> [u8; 16] {
        let mut context = Context::new(&SHA256);
        context.update(&self.seed);
        context.update(&self.counter.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&context.finish().as_ref()[..16]);
        bytes
    }

    /// Returns a new opaque text of 43 characters, unguessable: a code, a refresh token.
    pub(crate) fn opaque(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.bytes(), self.bytes()].concat())
    }

    /// Returns a new UUID of version 4, variant 1 (RFC 9562, section 5.4).
    pub(crate) fn guid(&self) -> String {
        guid_of(self.bytes())
    }

    /// Returns the correlation vector of an answer, version 2: 16 bytes in base64 without padding, and `.0`.
    pub(crate) fn correlation_vector(&self) -> String {
        STANDARD_NO_PAD.encode(self.bytes()) + ".0"
    }
}

impl fmt::Debug for IdSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdSource")
    }
}

/// Returns the UUID of these bytes, but for the bits that say which kind it is.
pub(crate) fn guid_of(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Returns the bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0x0f])
        .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
        .collect()
}

/// Says whether the text is a UUID in its usual form of five groups.
pub(crate) fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Returns the id in quotes, for a log. Whatever stands in an id's place without being one may be a secret that was put
/// there by mistake.
pub(crate) fn shown(id: &str) -> String {
    if is_guid(id) { format!("'{id}'") } else { "a text that is not a UUID".to_owned() }
}

#[cfg(test)]
mod tests {
    use credential_testkit::SequenceRandom;

    use super::*;

    #[test]
    fn ids_differ_and_repeat_with_the_seed() {
        let ids = IdSource::new(&SequenceRandom::default()).unwrap();
        let again = IdSource::new(&SequenceRandom::default()).unwrap();
        let (first, second) = (ids.guid(), ids.guid());
        assert_ne!(first, second);
        assert_eq!(first, again.guid());
        assert!(is_guid(&first) && first.as_bytes()[14] == b'4', "{first}");
        assert!("89ab".contains(&first[19..20]), "{first}");
    }

    #[test]
    fn correlation_vectors_are_legal() {
        let ids = IdSource::new(&SequenceRandom::default()).unwrap();
        for _ in 0..64 {
            let vector = ids.correlation_vector();
            assert_eq!(vector.len(), 24);
            // 16 bytes leave two bits for the 22nd character.
            assert!("AQgw".contains(&vector[21..22]), "{vector}");
        }
    }

    #[test]
    fn what_is_a_guid() {
        assert!(is_guid("70a8e4d2-816a-4d03-a800-AEB20126AE51"));
        for bad in [
            "",
            "70a8e4d2816a4d03a800aeb20126ae51",
            "70a8e4d2-816a-4d03-a800-aeb20126ae5",
            "{70a8e4d2}",
            "g0a8e4d2-816a-4d03-a800-aeb20126ae51",
        ] {
            assert!(!is_guid(bad), "{bad}");
        }
    }
}
