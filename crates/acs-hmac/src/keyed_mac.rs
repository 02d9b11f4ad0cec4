//! HMAC states of a key ring, made once per version of its keys.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use credential::{AccessKey, Key};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The block of SHA-256, in bytes.
const BLOCK: usize = 64;
/// Texts up to this length are laid out on the stack and hashed in one go, which is faster than piece by piece.
const ON_STACK: usize = 512;

/// An HMAC-SHA256 state that has taken in its key.
pub(crate) struct KeyedMac(Hmac<Sha256>);

impl KeyedMac {
    fn new(key: &Key) -> Self {
        Self::from_bytes(key.bytes())
    }

    fn from_bytes(key: &[u8]) -> Self {
        // RFC 2104, section 2: a key longer than a block is hashed, a shorter one is filled up with zeros.
        let mut block = Zeroizing::new([0; BLOCK]);
        if key.len() > BLOCK {
            block[..32].copy_from_slice(&Sha256::digest(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        Self(Hmac::new((&*block).into()))
    }

    /// Returns the HMAC of these pieces, one after the other.
    pub(crate) fn of(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        let mut buffer = [0; ON_STACK];
        let mut length = 0;
        for piece in pieces {
            let Some(room) = buffer.get_mut(length..length + piece.len()) else {
                return self.of_long(pieces);
            };
            room.copy_from_slice(piece);
            length += piece.len();
        }
        mac.update(&buffer[..length]);
        mac.finalize().into_bytes().into()
    }

    fn of_long(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for piece in pieces {
            mac.update(piece);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The states of a ring's keys at one moment.
pub(crate) struct KeyedPair {
    version: u64,
    pub(crate) primary: KeyedMac,
    pub(crate) secondary: Option<KeyedMac>,
}

impl KeyedPair {
    fn of(key: &AccessKey) -> Self {
        // The version first: were the keys replaced in between, the pair would only be made once more.
        let version = key.version();
        let keys = key.load();
        Self {
            version,
            primary: KeyedMac::new(keys.primary()),
            secondary: keys.secondary().map(KeyedMac::new),
        }
    }
}

/// A key ring and the states of its present keys. Reading takes no lock.
pub(crate) struct KeyedRing {
    key: AccessKey,
    keyed: ArcSwap<KeyedPair>,
}

impl KeyedRing {
    pub(crate) fn new(key: AccessKey) -> Self {
        let keyed = ArcSwap::from_pointee(KeyedPair::of(&key));
        Self { key, keyed }
    }

    /// Returns the states of the keys as they are now.
    pub(crate) fn load(&self) -> Guard<Arc<KeyedPair>> {
        let keyed = self.keyed.load();
        if keyed.version == self.key.version() {
            return keyed;
        }
        self.keyed.store(Arc::new(KeyedPair::of(&self.key)));
        self.keyed.load()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn mac(key: &str, pieces: &[&[u8]]) -> String {
        STANDARD.encode(KeyedMac::from_bytes(&STANDARD.decode(key).unwrap()).of(pieces))
    }

    /// The primitives and whole requests of the official SDKs' own suites, signed texts as they stand there: the third
    /// has the empty path that HTTP cannot send, the last two the lower-case date of the crate `acs-signature`.
    #[test]
    fn vectors() {
        let ios = "68810419818922fb0263dd6ee4b9c56537dbad914aa7324a119fce26778a286e";
        let peer = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        for (key, text, expected) in [
            ("pw==", "banana", "88EC05aAS9iXnaimtNO78JLjiPtfWryQB/5QYEzEsu8="),
            ("pw==", "😀", "1rudJKjn2Zi+3hRrBG29wIF6pD6YyAeQR1ZcFtXoKAU="),
            (
                ios,
                "POST\n?id=b93a5ef4-f622-44d8-a80b-ff983122554e\nWed, 07 Oct 2020 18:16:02 GMT;localhost;YjVxGFu++f6tLM9YEVQVRmchZiYyxQ+8Bi3PXTJz2C4=",
                "KZD9UN4LsktsEX2e9cRp+LS2opjAtEVKqt+OzFCHh9o=",
            ),
            (
                peer,
                "POST\n/emails:send?api-version=2023-03-31\nsat, 22 aug 2026 09:15:00 gmt;x.communication.azure.com;JppGVhXOsxjTDFEjYrQyeJE/eLwcSbSYvYuKFodVIO0=",
                "Mztr7ETllMC1E+swVgksDR4wY+kb3Yy39QgyQ7Zn57s=",
            ),
            (
                peer,
                "GET\n/identities?api-version=2023-10-01\nsat, 22 aug 2026 09:15:00 gmt;x.communication.azure.com;47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                "AVAmeAnhXob2LgKZ6VrF4D/t77DHKr6RgOEOep19Ffw=",
            ),
        ] {
            assert_eq!(mac(key, &[text.as_bytes()]), expected, "{text}");
        }
    }

    #[test]
    fn pieces_and_lengths_do_not_matter() {
        for length in [0, 1, ON_STACK - 1, ON_STACK, ON_STACK + 1, 10 * ON_STACK] {
            let text = vec![b'x'; length];
            let (start, end) = text.split_at(length / 3);
            assert_eq!(mac("pw==", &[start, b"", end]), mac("pw==", &[&text]), "{length}");
        }
    }

    /// RFC 4231, test cases 2 and 6: a short key, and one longer than a block.
    #[test]
    fn short_and_long_keys() {
        let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(KeyedMac::from_bytes(b"Jefe").of(&[b"what do ya want ", b"for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(KeyedMac::from_bytes(&[0xAA; 131])
                .of(&[b"Test Using Larger Than Block-Size Key - Hash Key First"])),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    /// An HMAC state is two of these and a buffer that is wiped as well; `Hmac` itself lacks the marker.
    #[test]
    fn states_are_wiped_on_drop() {
        fn wiped<T: zeroize::ZeroizeOnDrop>() -> usize {
            size_of::<T>()
        }
        assert!(wiped::<Sha256>() > wiped::<sha2::block_api::Sha256VarCore>());
    }

    #[test]
    fn a_rotation_is_seen_at_once() {
        let key = AccessKey::from_base64("pw==").unwrap();
        let ring = KeyedRing::new(key.clone());
        let before = ring.load().primary.of(&[b"banana"]);
        key.rotate("b25l", Some("pw==")).unwrap();
        assert_ne!(ring.load().primary.of(&[b"banana"]), before);
        assert_eq!(ring.load().secondary.as_ref().unwrap().of(&[b"banana"]), before);
    }
}
