//! The hash of a request body.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The length of 32 bytes in padded base64.
pub(crate) const BASE64_OF_32_BYTES: usize = 44;

/// Padded base64 of a SHA-256 hash or HMAC, without a heap allocation.
pub(crate) fn base64_of(bytes: &[u8; 32]) -> [u8; BASE64_OF_32_BYTES] {
    let mut text = [b'='; BASE64_OF_32_BYTES];
    // The room is exact, so this cannot fail; were it to, a signature of = signs would be refused by every service.
    let _written = STANDARD.encode_slice(bytes, &mut text);
    text
}

/// The SHA-256 hash of a request body, in base64: the value of `x-ms-content-sha256`.
///
/// There is no "unsigned body" in this scheme: a body must be hashed exactly as it is sent, once it is serialized.
///
/// # Example
/// ```
/// use acs_hmac::ContentHash;
///
/// assert_eq!(ContentHash::of(b"").as_str(), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
/// assert_eq!(ContentHash::of(b""), ContentHash::EMPTY);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContentHash([u8; BASE64_OF_32_BYTES]);

impl ContentHash {
    /// The hash of an empty body. It is sent with requests that have no body, too.
    pub const EMPTY: Self = Self(*b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");

    /// Says whether this is the hash of an empty body. Without a branch a few vector instructions do it; `==` calls a
    /// function, for each of the many requests without a body.
    #[inline]
    pub(crate) fn is_of_empty_body(&self) -> bool {
        self.0.iter().zip(&Self::EMPTY.0).fold(0, |differing, (mine, empty)| differing | (mine ^ empty)) == 0
    }

    /// Hashes a body: its raw bytes, in one pass.
    pub fn of(body: &[u8]) -> Self {
        if body.is_empty() { Self::EMPTY } else { Self::from_digest(&Sha256::digest(body).into()) }
    }

    /// Hashes a body while it is read, to its end, in pieces of 16 KiB: a file is not held in memory.
    ///
    /// The reader then stands at its end. To send the same body, open it once more, or use [`ContentHash::of_seekable`].
    ///
    /// # Errors
    /// Those of the reader.
    ///
    /// # Example
    /// ```
    /// use acs_hmac::ContentHash;
    ///
    /// assert_eq!(ContentHash::of_reader(&mut &b"body"[..])?, ContentHash::of(b"body"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn of_reader<R: Read + ?Sized>(body: &mut R) -> io::Result<Self> {
        let mut hash = Sha256::new();
        let mut piece = [0; 16 * 1024];
        loop {
            match body.read(&mut piece) {
                Ok(0) => return Ok(Self::from_digest(&hash.finalize().into())),
                Ok(length) => hash.update(&piece[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Hashes a body from where it stands to its end, and goes back there, so that it can be sent next.
    ///
    /// # Errors
    /// Those of the reader. Where it stood is sought again then, too.
    ///
    /// # Example
    /// ```
    /// use std::io::{Cursor, Read};
    /// use acs_hmac::ContentHash;
    ///
    /// let mut file = Cursor::new("body");
    /// let hash = ContentHash::of_seekable(&mut file)?;
    /// let mut sent = String::new();
    /// file.read_to_string(&mut sent)?;
    /// assert_eq!(hash, ContentHash::of(sent.as_bytes()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn of_seekable<R: Read + Seek + ?Sized>(body: &mut R) -> io::Result<Self> {
        let start = body.stream_position()?;
        let hash = Self::of_reader(body);
        body.seek(SeekFrom::Start(start))?;
        hash
    }

    /// Takes a SHA-256 hash that was computed elsewhere, for a body that is not in memory as a whole.
    pub fn from_digest(digest: &[u8; 32]) -> Self {
        Self(base64_of(digest))
    }

    /// Returns the hash as it stands in the header.
    pub const fn as_str(&self) -> &str {
        match std::str::from_utf8(&self.0) {
            Ok(text) => text,
            // Base64 is ASCII, so this never comes up.
            Err(_) => "",
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8; BASE64_OF_32_BYTES] {
        &self.0
    }

    /// Compares with the text of a header in time that does not depend on where they differ.
    pub(crate) fn equals(&self, text: &str) -> bool {
        self.0.ct_eq(text.as_bytes()).into()
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContentHash({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The official SDKs' own vectors.
    #[test]
    fn vectors() {
        for (body, expected) in [
            ("banana", "tJPUg2Sv5E0RwBZc9HCkFk0eJgmRHvmYvoaNRq3j3k4="),
            ("😀", "8EQ6NCxe9UeDoRG1G6Vsk45HTDIyTZDDpgycjjo34tk="),
            ("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
            (r#"{"propName":"name", "propValue": "value"}"#, "YjVxGFu++f6tLM9YEVQVRmchZiYyxQ+8Bi3PXTJz2C4="),
            (r#"{"senderAddress":"a@b.c"}"#, "JppGVhXOsxjTDFEjYrQyeJE/eLwcSbSYvYuKFodVIO0="),
        ] {
            assert_eq!(ContentHash::of(body.as_bytes()).as_str(), expected, "{body}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_hashed_as_they_are() {
        assert_eq!(
            ContentHash::of(&[0xFF, 0x00, 0xFE]).as_str(),
            "r5zt3J2LCKwJ4ZlL/SBFm143dCXfc1TfzjUBmSgopbc="
        );
    }

    #[test]
    fn the_constant_is_the_hash_of_nothing() {
        assert_eq!(ContentHash::from_digest(&Sha256::digest([]).into()), ContentHash::EMPTY);
        assert!(ContentHash::EMPTY.equals(ContentHash::EMPTY.as_str()));
        assert!(!ContentHash::EMPTY.equals(""));
    }
}
