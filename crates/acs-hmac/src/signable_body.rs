//! Bodies that a service of tower can hash and send.

use bytes::{Buf, Bytes};
use http_body_util::{Empty, Full};

use crate::ContentHash;

/// A body that [`SigningService`](crate::SigningService) can hash and, where possible, send a second time.
///
/// Implemented for what is in memory. For a stream of your own, return `None` from both and put a [`ContentHash`] into the
/// request's extensions: the request is then signed with it, and never sent twice.
///
/// # Example
/// ```
/// use acs_hmac::{ContentHash, SignableBody};
///
/// struct File;
///
/// impl SignableBody for File {
///     fn content_hash(&self) -> Option<ContentHash> {
///         None
///     }
///     fn replay(&self) -> Option<Self> {
///         None
///     }
/// }
/// assert_eq!(SignableBody::content_hash(&"body"), Some(ContentHash::of(b"body")));
/// ```
pub trait SignableBody: Sized {
    /// Returns the hash of exactly what will be sent, or `None` when that is not in memory.
    fn content_hash(&self) -> Option<ContentHash>;

    /// Returns the same body once more, or `None` when it can be sent only once.
    fn replay(&self) -> Option<Self>;
}

macro_rules! in_memory {
    ($($body:ty),*) => {$(
        impl SignableBody for $body {
            fn content_hash(&self) -> Option<ContentHash> {
                Some(ContentHash::of(self.as_ref()))
            }

            fn replay(&self) -> Option<Self> {
                Some(self.clone())
            }
        }
    )*};
}
in_memory!(Bytes, String, Vec<u8>, &'static str, &'static [u8]);

impl SignableBody for () {
    fn content_hash(&self) -> Option<ContentHash> {
        Some(ContentHash::EMPTY)
    }

    fn replay(&self) -> Option<Self> {
        Some(())
    }
}

impl<D: Buf + Clone + AsRef<[u8]>> SignableBody for Full<D> {
    fn content_hash(&self) -> Option<ContentHash> {
        Some(self.clone().into_inner().map_or(ContentHash::EMPTY, |data| ContentHash::of(data.as_ref())))
    }

    fn replay(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl<D> SignableBody for Empty<D> {
    fn content_hash(&self) -> Option<ContentHash> {
        Some(ContentHash::EMPTY)
    }

    fn replay(&self) -> Option<Self> {
        Some(Self::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_what_is_sent() {
        let expected = Some(ContentHash::of(b"body"));
        assert_eq!(SignableBody::content_hash(&Full::new(Bytes::from_static(b"body"))), expected);
        assert_eq!(Bytes::from_static(b"body").content_hash(), expected);
        assert_eq!(String::from("body").replay().unwrap().content_hash(), expected);
        assert_eq!(Full::new(Bytes::new()).content_hash(), Some(ContentHash::EMPTY));
        assert_eq!(().content_hash(), Empty::<Bytes>::new().replay().unwrap().content_hash());
    }
}
