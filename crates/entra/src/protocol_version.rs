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
    /// The path below the tenant that all endpoints have in common.
    pub(crate) const fn base_path(self) -> &'static str {
        match self {
            Self::V1 => "oauth2",
            Self::V2 => "oauth2/v2.0",
        }
    }
}
