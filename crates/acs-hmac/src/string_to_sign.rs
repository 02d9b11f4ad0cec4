//! The text that a signature covers.

use std::borrow::Cow;
use std::fmt;

use credential::{CredentialError, CredentialErrorKind};
use http::{HeaderMap, Method, Uri};

use crate::request_address::RequestAddress;
use crate::{ContentHash, SigningDate};

/// The text that a signature covers: `METHOD LF TARGET LF DATE;HOST;CONTENT_HASH`.
///
/// The target is the request-target as it goes on the wire: the raw path, and `?` with the raw query when there is a
/// `?`. Nothing is sorted, decoded or encoded. `Display` writes the text.
///
/// # Example
/// ```
/// use acs_hmac::{ContentHash, SigningDate, StringToSign};
///
/// let date = SigningDate::parse("Wed, 13 Apr 2022 18:09:12 GMT")?;
/// let text = StringToSign::new("GET", "/testPath?testQuery=test", date, "example.com", ContentHash::EMPTY)?;
/// assert_eq!(
///     text.to_string(),
///     "GET\n/testPath?testQuery=test\n\
///      Wed, 13 Apr 2022 18:09:12 GMT;example.com;47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
/// );
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StringToSign<'a> {
    method: &'a str,
    target: Cow<'a, str>,
    date: SigningDate,
    host: Cow<'a, str>,
    content_hash: ContentHash,
}

impl<'a> StringToSign<'a> {
    /// Takes the five fields as they stand on the wire, without an `http::Request`.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when the method is not in upper case, the target does not begin with
    /// `/`, the host is empty, or one of them holds a character that cannot stand there on the wire.
    #[inline]
    pub fn new(
        method: &'a str,
        target: &'a str,
        date: SigningDate,
        host: &'a str,
        content_hash: ContentHash,
    ) -> Result<Self, CredentialError> {
        check(method, target, host)?;
        Ok(Self { method, target: Cow::Borrowed(target), date, host: Cow::Borrowed(host), content_hash })
    }

    /// Takes the fields from a request that is about to be sent, by the rules of [`Signer::sign`](crate::Signer::sign).
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when the request cannot be signed.
    #[inline]
    pub fn of_request(
        method: &'a Method,
        uri: &'a Uri,
        headers: &HeaderMap,
        date: SigningDate,
        content_hash: ContentHash,
    ) -> Result<Self, CredentialError> {
        let address = RequestAddress::to_send(method, uri, headers)?;
        Ok(Self::from_address(method, address, date, content_hash))
    }

    #[inline]
    pub(crate) fn from_address(
        method: &'a Method,
        address: RequestAddress<'a>,
        date: SigningDate,
        content_hash: ContentHash,
    ) -> Self {
        Self { method: method.as_str(), target: address.target, date, host: address.host, content_hash }
    }

    /// The same text over another host.
    pub(crate) fn with_host(self, host: &'a str) -> Self {
        Self { host: Cow::Borrowed(host), ..self }
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> &str {
        self.method
    }

    /// Returns the request-target: path and query.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the date.
    pub fn date(&self) -> SigningDate {
        self.date
    }

    /// Returns the host, with the port when it is not the default one.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the hash of the body.
    pub fn content_hash(&self) -> ContentHash {
        self.content_hash
    }

    /// Writes the text into this room and returns its length, or nothing when the room is too small. Fields of a fixed
    /// length are copied as arrays, which is twice as fast as piece by piece.
    pub(crate) fn write_to(&self, room: &mut [u8]) -> Option<usize> {
        let all = room.len();
        let rest = line(self.method.as_bytes(), b'\n', room)?;
        let rest = line(self.target.as_bytes(), b'\n', rest)?;
        let (date, rest) = rest.split_first_chunk_mut()?;
        *date = *self.date.as_bytes();
        let (separator, rest) = rest.split_first_mut()?;
        *separator = b';';
        let rest = line(self.host.as_bytes(), b';', rest)?;
        let (content_hash, rest) = rest.split_first_chunk_mut()?;
        *content_hash = *self.content_hash.as_bytes();
        Some(all - rest.len())
    }

    /// The text in pieces, none of which is copied.
    pub(crate) fn pieces(&self) -> [&[u8]; 9] {
        [
            self.method.as_bytes(),
            b"\n",
            self.target.as_bytes(),
            b"\n",
            self.date.as_bytes(),
            b";",
            self.host.as_bytes(),
            b";",
            self.content_hash.as_bytes(),
        ]
    }
}

fn check(method: &str, target: &str, host: &str) -> Result<(), CredentialError> {
    let (problem, fix) = if method.is_empty() || has_any(method, |b| is_gap(b) | b.is_ascii_lowercase()) {
        ("the method is empty, or is not in upper case", "use GET, POST and so on, in upper case")
    } else if !target.starts_with('/') || has_any(target, is_gap) {
        (
            "the target does not begin with /, or holds a space, a # or a control character",
            "give the raw path, beginning with /, and the raw query",
        )
    } else if host.is_empty() || has_any(host, |b| is_gap(b) | (b == b'/') | (b == b'@') | (b == b'?')) {
        (
            "the host is empty, or holds a character that cannot stand in a Host header",
            "give the host as in the Host header, such as host or host:8443",
        )
    } else {
        return Ok(());
    };
    Err(CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix))
}

/// Writes a field and what follows it, and returns the room that is left.
fn line<'a>(field: &[u8], end: u8, room: &'a mut [u8]) -> Option<&'a mut [u8]> {
    let (place, rest) = room.split_at_mut_checked(field.len())?;
    place.copy_from_slice(field);
    let (separator, rest) = rest.split_first_mut()?;
    *separator = end;
    Some(rest)
}

/// A byte that ends a field on the wire.
fn is_gap(byte: u8) -> bool {
    (byte <= b' ') | (byte == 0x7F) | (byte == b'#')
}

/// Looks at every byte, 16 at once; the last 16 may have been among those before.
pub(crate) fn has_any(text: &str, is_bad: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let Some(last) = bytes.last_chunk::<16>() else { return bytes.iter().any(|byte| is_bad(*byte)) };
    let mut found = [false; 16];
    for chunk in bytes.as_chunks::<16>().0.iter().chain([last]) {
        for (found, byte) in found.iter_mut().zip(chunk) {
            *found |= is_bad(*byte);
        }
    }
    found != [false; 16]
}

impl fmt::Display for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, target, date, host, content_hash } = self;
        write!(f, "{method}\n{target}\n{date};{host};{content_hash}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_and_its_pieces_are_the_same() {
        let date = SigningDate::parse("Tue, 02 Jan 2024 03:04:05 GMT").unwrap();
        let text = StringToSign::new("GET", "/a?b", date, "h:1", ContentHash::EMPTY).unwrap();
        assert_eq!(text.to_string().into_bytes(), text.pieces().concat());
        let (mut room, length) = ([0; 120], text.to_string().len());
        assert_eq!(text.write_to(&mut room), Some(length));
        assert_eq!(room[..length], *text.to_string().as_bytes());
        for too_small in 0..length {
            assert_eq!(text.write_to(&mut room[..too_small]), None);
        }
        assert_eq!(text.write_to(&mut room[..length]), Some(length));
    }

    #[test]
    fn fields_that_cannot_stand_on_the_wire_are_refused() {
        let date = SigningDate::parse("Tue, 02 Jan 2024 03:04:05 GMT").unwrap();
        for (method, target, host) in [
            ("", "/", "h"),
            ("get", "/", "h"),
            ("GET\n", "/", "h"),
            ("GET", "", "h"),
            ("GET", "p", "h"),
            ("GET", "?a=b", "h"),
            ("GET", "/a b", "h"),
            ("GET", "/a\nb", "h"),
            ("GET", "/a#b", "h"),
            ("GET", "/", ""),
            ("GET", "/", "h/"),
            ("GET", "/", "u@h"),
            ("GET", "/", "h;\n"),
        ] {
            let error = StringToSign::new(method, target, date, host, ContentHash::EMPTY).expect_err(target);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{method} {target} {host}");
        }
    }
}
