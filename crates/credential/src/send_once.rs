//! A request that must not be carried out twice.

use bytes::Bytes;
use http::Request;

/// Marks a request that must not be carried out twice: one that redeems an authorization code, or spends a refresh token
/// that is replaced with every use.
///
/// Whoever redeems such a thing twice loses it: Entra answers the second attempt with an error, and may revoke what the
/// first one got. A transport that retries therefore sends a marked request again only when the first one was surely not
/// processed: no connection came about, or the service answered 429, with which it says that it counted the request and
/// did not serve it (RFC 6585, section 4). After a time-out, a broken connection, 408 and every 5xx nobody can know, because
/// the answer may come from a gateway that had handed the request on; then the outcome goes to the caller.
///
/// The mark travels in the request's extensions and never on the wire.
///
/// # Example
/// ```
/// use bytes::Bytes;
/// use credential::SendOnce;
///
/// let mut request = http::Request::post("https://login.microsoftonline.com/").body(Bytes::new())?;
/// assert!(!SendOnce::is_set(&request));
/// SendOnce::set(&mut request);
/// assert!(SendOnce::is_set(&request.clone()));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOnce;

impl SendOnce {
    /// Marks the request.
    pub fn set(request: &mut Request<Bytes>) {
        request.extensions_mut().insert(Self);
    }

    /// Says whether the request is marked.
    pub fn is_set(request: &Request<Bytes>) -> bool {
        request.extensions().get::<Self>().is_some()
    }
}
