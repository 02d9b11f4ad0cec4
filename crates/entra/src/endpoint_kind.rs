//! The endpoints that an authority has.

use http::Uri;

/// An endpoint of an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndpointKind {
    Authorization,
    DeviceAuthorization,
    EndSession,
    Token,
}

impl EndpointKind {
    /// The last segment of its address at Entra, Azure AD B2C and AD FS.
    pub(crate) const fn segment(self) -> &'static str {
        match self {
            Self::Authorization => "authorize",
            Self::DeviceAuthorization => "devicecode",
            Self::EndSession => "logout",
            Self::Token => "token",
        }
    }

    /// Its field in the metadata (OpenID Connect Discovery, section 3; RFC 8628, section 4; RP-Initiated Logout, section 2.1).
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Self::Authorization => "authorization_endpoint",
            Self::DeviceAuthorization => "device_authorization_endpoint",
            Self::EndSession => "end_session_endpoint",
            Self::Token => "token_endpoint",
        }
    }
}

/// The address with more of a query: the metadata's may have one already (RFC 6749, section 3.1).
pub(crate) fn with_query(endpoint: &Uri, query: &str) -> String {
    match (query, endpoint.query()) {
        ("", _) => endpoint.to_string(),
        (_, Some(_)) => format!("{endpoint}&{query}"),
        (_, None) => format!("{endpoint}?{query}"),
    }
}
