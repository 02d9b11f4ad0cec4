//! Where a request goes, without its path.

use credential::{CredentialError, Endpoint};
use http::Uri;

/// Says whether an address has the scheme, host and port of an endpoint: the only place that its token may go to.
pub(crate) fn is_same(endpoint: &Endpoint, uri: &Uri) -> Result<bool, CredentialError> {
    let own = origin(&endpoint.uri("/")?);
    Ok(own.is_some() && origin(uri) == own)
}

/// Scheme, host and port in normal form.
fn origin(uri: &Uri) -> Option<Endpoint> {
    let (scheme, authority) = (uri.scheme()?, uri.authority()?);
    Endpoint::parse_local("request", &format!("{scheme}://{authority}")).ok()
}
