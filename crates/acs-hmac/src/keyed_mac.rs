//! HMAC states of a key ring, made once per version of its keys.

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};
use credential::{AccessKey, Key, KeyPair};
use hmac::{Hmac, KeyInit, Mac};
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::StringToSign;

/// The block of SHA-256, in bytes.
const BLOCK: usize = 64;
/// Texts that fit here with their padding are laid out on the stack and hashed in one go, which takes half the time of
/// piece by piece.
const ON_STACK: usize = 6 * BLOCK;
/// What SHA-256 adds to a text at least: one byte and the length (FIPS 180-4, section 5.1.1).
const PADDING: usize = 9;
/// The state that SHA-256 begins with (FIPS 180-4, section 5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// HMAC-SHA256 with its key taken in.
pub(crate) struct KeyedMac {
    /// The two states of SHA-256 after the key's block, for texts that fit on the stack.
    inner: Zeroizing<[u32; 8]>,
    outer: Zeroizing<[u32; 8]>,
    /// The same for texts of any length.
    long: Hmac<Sha256>,
}

impl KeyedMac {
    fn new(key: &Key) -> Self {
        Self::from_bytes(key.bytes())
    }

    pub(crate) fn from_bytes(key: &[u8]) -> Self {
        // RFC 2104, section 2: a key longer than a block is hashed, a shorter one is filled up with zeros.
        let mut block = Zeroizing::new([0; BLOCK]);
        if key.len() > BLOCK {
            block[..32].copy_from_slice(&Sha256::digest(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let keyed = |pad: u8| {
            let mut state = Zeroizing::new(INITIAL);
            compress256(&mut state, &[*Zeroizing::new(block.map(|byte| byte ^ pad))]);
            state
        };
        Self { inner: keyed(0x36), outer: keyed(0x5C), long: Hmac::new((&*block).into()) }
    }

    /// Returns the HMAC of this text.
    pub(crate) fn of_text(&self, text: &StringToSign<'_>) -> [u8; 32] {
        let mut room = [0; ON_STACK];
        match text.write_to(&mut room[..ON_STACK - PADDING]) {
            Some(length) => self.of_laid_out(&mut room, length),
            None => self.of_long(&text.pieces()),
        }
    }

    /// Returns the HMAC of these pieces, one after the other.
    pub(crate) fn of(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut text = [0; ON_STACK];
        let mut length = 0;
        for piece in pieces {
            let Some(room) = text[..ON_STACK - PADDING].get_mut(length..length + piece.len()) else {
                return self.of_long(pieces);
            };
            room.copy_from_slice(piece);
            length += piece.len();
        }
        self.of_laid_out(&mut text, length)
    }

    /// The HMAC of the first `length` bytes, after which there are zeros and room for the padding.
    fn of_laid_out(&self, text: &mut [u8; ON_STACK], length: usize) -> [u8; 32] {
        let mut hashed = [0; BLOCK];
        hashed[..32].copy_from_slice(&finish(*self.inner, text, length));
        finish(*self.outer, &mut hashed, 32)
    }

    #[cold]
    fn of_long(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.long.clone();
        for piece in pieces {
            mac.update(piece);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Pads the first `length` bytes of a text that follows the key's block, and hashes them. What is after them is zeros.
fn finish(mut state: [u32; 8], text: &mut [u8], length: usize) -> [u8; 32] {
    text[length] = 0x80;
    let end = (length + PADDING).next_multiple_of(BLOCK);
    let bits = (BLOCK + length) as u64 * 8;
    text[end - 8..end].copy_from_slice(&bits.to_be_bytes());
    compress256(&mut state, text[..end].as_chunks().0);
    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// The states of a ring's keys at one moment.
pub(crate) struct KeyedPair {
    pub(crate) version: u64,
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

/// A key ring and the states of its present keys. Reading takes no lock and writes no word that threads share.
pub(crate) struct KeyedRing {
    key: AccessKey,
    /// Of the keys that the ring began with. Most are never rotated, and these need no guard.
    first: Arc<KeyedPair>,
    latest: ArcSwap<KeyedPair>,
}

/// The states of a ring, lent.
pub(crate) enum Loaded<'a> {
    First(&'a KeyedPair),
    Rotated(Guard<Arc<KeyedPair>>),
}

impl KeyedRing {
    pub(crate) fn new(key: AccessKey) -> Self {
        let first = Arc::new(KeyedPair::of(&key));
        Self { key, latest: ArcSwap::new(Arc::clone(&first)), first }
    }

    /// Returns the keys as they are now.
    pub(crate) fn keys(&self) -> Arc<KeyPair> {
        self.key.load()
    }

    /// Returns the states of the keys as they are now.
    pub(crate) fn load(&self) -> Loaded<'_> {
        let version = self.key.version();
        if self.first.version == version {
            return Loaded::First(&self.first);
        }
        let latest = self.latest.load();
        if latest.version == version {
            return Loaded::Rotated(latest);
        }
        self.latest.store(Arc::new(KeyedPair::of(&self.key)));
        Loaded::Rotated(self.latest.load())
    }
}

impl Deref for Loaded<'_> {
    type Target = KeyedPair;

    fn deref(&self) -> &KeyedPair {
        match self {
            Self::First(pair) => pair,
            Self::Rotated(pair) => pair,
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;

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

    proptest! {
        #[test]
        fn the_same_as_the_crate_hmac(key in vec(any::<u8>(), 0..200), text in vec(any::<u8>(), 0..800), at: Index) {
            let (start, end) = text.split_at(at.index(text.len() + 1));
            let mut oracle = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            oracle.update(&text);
            let expected: [u8; 32] = oracle.finalize().into_bytes().into();
            prop_assert_eq!(KeyedMac::from_bytes(&key).of(&[start, end]), expected);
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
