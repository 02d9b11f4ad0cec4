//! The three headers of a signed request.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use credential::{CredentialError, CredentialErrorKind};

use crate::authorization::AuthorizationText;
use crate::request_address::HostHeader;
use crate::{ContentHash, Scheme, SigningDate};

/// The three headers of a signed request: 188 bytes, on the stack in the form of Communication Services.
///
/// Besides them, the wire must carry the `Host` that was signed.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    date: SigningDate,
    content_hash: ContentHash,
    authorization: AuthorizationText,
}

impl SignedHeaders {
    #[inline]
    pub(crate) fn new(scheme: &Scheme, date: SigningDate, content_hash: ContentHash, mac: &[u8; 32]) -> Self {
        Self { date, content_hash, authorization: AuthorizationText::new(scheme, mac) }
    }

    /// Returns the value of `x-ms-date`, or of the header that the scheme has in its place.
    pub fn date(&self) -> &str {
        self.date.as_str()
    }

    /// Returns the value of `x-ms-content-sha256`, or of the header that the scheme has in its place.
    pub fn content_hash(&self) -> &str {
        self.content_hash.as_str()
    }

    /// Returns the value of `Authorization`. For 5 minutes it lets whoever has it send this one request.
    pub fn authorization(&self) -> &str {
        // A fixed ASCII prefix and base64, so the default never comes up.
        std::str::from_utf8(self.authorization.as_bytes()).unwrap_or_default()
    }
}

/// What a request is signed with, before it is laid out.
pub(crate) struct Signed {
    pub(crate) date: SigningDate,
    pub(crate) mac: [u8; 32],
    pub(crate) host: Option<HostHeader>,
}

impl Signed {
    /// Sets the three headers, and the one about the host where there is one; all of them or, on error, none.
    pub(crate) fn apply(
        self,
        headers: &mut HeaderMap,
        scheme: &Scheme,
        content_hash: &ContentHash,
    ) -> Result<(), CredentialError> {
        let date = self.date.header_value().map_err(|_| too_many())?;
        let content_hash = if content_hash.is_of_empty_body() {
            // Costs no allocation, for all the requests without a body.
            const { HeaderValue::from_static(ContentHash::EMPTY.as_str()) }
        } else {
            HeaderValue::from_bytes(content_hash.as_bytes()).map_err(|_| too_many())?
        };
        let authorization = AuthorizationText::new(scheme, &self.mac);
        let mut authorization = HeaderValue::from_bytes(authorization.as_bytes()).map_err(|_| too_many())?;
        authorization.set_sensitive(true);
        // With the room made first, no insertion fails half-way.
        headers.try_reserve(4).map_err(|_| too_many())?;
        let (date_name, content_hash_name) = scheme.names();
        headers.insert(date_name, date);
        headers.insert(content_hash_name, content_hash);
        headers.insert(AUTHORIZATION, authorization);
        if let Some(host) = self.host {
            headers.insert(host.0, host.1);
        }
        Ok(())
    }
}

fn too_many() -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::InvalidRequest,
        "the request has no room for more headers",
        "send fewer headers",
    )
}

impl fmt::Debug for SignedHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedHeaders")
            .field("date", &self.date)
            .field("content_hash", &self.content_hash)
            .finish_non_exhaustive()
    }
}
