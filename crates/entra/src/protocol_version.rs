//! Which of Entra's two token endpoints is asked.

/// Which of Entra's two token endpoints is asked.
///
/// The format of the access token does not follow from it: the resource's own registration decides that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtocolVersion {
    /// `/oauth2/token`, which names what is asked for as `resource`.
    V1,
    /// `/oauth2/v2.0/token`, which names it as `scope`.
    #[default]
    V2,
}

impl ProtocolVersion {
    /// The path below the tenant.
    pub(crate) const fn token_path(self) -> &'static str {
        match self {
            Self::V1 => "oauth2/token",
            Self::V2 => "oauth2/v2.0/token",
        }
    }

    /// The path below the tenant where a device code is asked for.
    pub(crate) const fn device_code_path(self) -> &'static str {
        match self {
            Self::V1 => "oauth2/devicecode",
            Self::V2 => "oauth2/v2.0/devicecode",
        }
    }

    /// The path below the tenant where a person signs in with a browser.
    pub(crate) const fn authorize_path(self) -> &'static str {
        match self {
            Self::V1 => "oauth2/authorize",
            Self::V2 => "oauth2/v2.0/authorize",
        }
    }

    /// The path below the tenant where a person signs out with a browser.
    pub(crate) const fn logout_path(self) -> &'static str {
        match self {
            Self::V1 => "oauth2/logout",
            Self::V2 => "oauth2/v2.0/logout",
        }
    }
}
