//! The classes of errors.

/// What went wrong, in the classes that callers act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CredentialErrorKind {
    /// Nothing was given for this credential. A chain goes on to the next; a person sets the named inputs.
    NotConfigured,
    /// Something given is wrong. Found before any request; correct the named input.
    InvalidConfiguration,
    /// This request cannot be authorized as it stands. Correct the request.
    InvalidRequest,
    /// The service said no. Correct the credential or its rights; trying again does not help.
    Refused,
    /// The service asks to wait ([`CredentialError::retry_after`](crate::CredentialError::retry_after)).
    Throttled,
    /// The service, or the machine, failed for now. Try again later.
    Unavailable,
    /// No answer came. Check the address and the network; [`CredentialError::network_failure`](crate::CredentialError::network_failure) says where it broke.
    Unreachable,
    /// The answer is not of the protocol: a proxy's page, a wrong endpoint, a broken service.
    UnexpectedAnswer,
}

impl CredentialErrorKind {
    /// The section of the reference about the kind.
    pub(crate) fn section(self) -> &'static str {
        match self {
            Self::NotConfigured => "not-configured",
            Self::InvalidConfiguration => "invalid-configuration",
            Self::InvalidRequest => "invalid-request",
            Self::Refused => "refused",
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Unreachable => "unreachable",
            Self::UnexpectedAnswer => "unexpected-answer",
        }
    }
}
