//! What a user access token may be used for.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind};

/// What a user access token may be used for.
///
/// # Example
/// ```
/// use acs_hmac::TokenScope;
///
/// assert_eq!(TokenScope::parse("chat.join")?, TokenScope::ChatJoin);
/// assert_eq!(TokenScope::ChatJoin.as_str(), "chat.join");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TokenScope {
    /// All of Chat.
    Chat,
    /// Chat without creating or deleting threads.
    ChatJoin,
    /// As [`TokenScope::ChatJoin`], without adding or removing participants.
    ChatJoinLimited,
    /// All of Calling.
    Voip,
    /// Calling without starting new calls.
    VoipJoin,
}

impl TokenScope {
    const ALL: [Self; 5] = [Self::Chat, Self::ChatJoin, Self::ChatJoinLimited, Self::Voip, Self::VoipJoin];

    /// Parses the scope's text.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when there is no such scope.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text.trim()).ok_or_else(|| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "there is no such token scope",
                "use chat, chat.join, chat.join.limited, voip or voip.join",
            )
        })
    }

    /// Returns the scope as the service names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::ChatJoin => "chat.join",
            Self::ChatJoinLimited => "chat.join.limited",
            Self::Voip => "voip",
            Self::VoipJoin => "voip.join",
        }
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_is_read_and_nothing_else() {
        for scope in TokenScope::ALL {
            assert_eq!(TokenScope::parse(scope.as_str()).unwrap(), scope);
        }
        for bad in ["", "Chat", "chat,voip", "video"] {
            assert_eq!(
                TokenScope::parse(bad).expect_err(bad).kind(),
                CredentialErrorKind::InvalidConfiguration
            );
        }
    }
}
