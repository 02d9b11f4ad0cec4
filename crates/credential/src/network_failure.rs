//! Where the way to a host can break.

/// Where reaching a host broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NetworkFailure {
    /// The host name does not resolve.
    Dns,
    /// Nothing accepted the connection.
    Connect,
    /// The TLS handshake failed: an untrusted or wrong certificate.
    Tls,
    /// The answer took too long.
    Timeout,
    /// The connection broke half-way.
    Interrupted,
    /// The proxy in between could not be reached, or did not let the request through.
    Proxy,
}
