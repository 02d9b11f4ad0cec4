//! A user of Microsoft Teams.

use std::fmt;

use credential::CredentialError;

use super::{CommunicationCloud, check_part};

/// A user of Microsoft Teams.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TeamsUser {
    user_id: String,
    is_anonymous: bool,
    cloud: CommunicationCloud,
}

impl TeamsUser {
    /// Names a user by the object id in Entra.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the id
    /// is empty or holds a colon.
    pub fn new(user_id: impl Into<String>, cloud: CommunicationCloud) -> Result<Self, CredentialError> {
        let user_id = user_id.into();
        check_part("Teams user id", &user_id, &[':'])?;
        Ok(Self { user_id, is_anonymous: false, cloud })
    }

    /// Names somebody who joined a Teams meeting without signing in.
    ///
    /// # Errors
    /// Those of [`TeamsUser::new`].
    pub fn anonymous(user_id: impl Into<String>) -> Result<Self, CredentialError> {
        Ok(Self { is_anonymous: true, ..Self::new(user_id, CommunicationCloud::Public)? })
    }

    /// Returns the user's id.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Says whether the user did not sign in.
    pub fn is_anonymous(&self) -> bool {
        self.is_anonymous
    }

    /// Returns the user's cloud; raw ids of anonymous users do not tell it, which then counts as public.
    pub fn cloud(&self) -> CommunicationCloud {
        self.cloud
    }
}

/// Writes the raw id.
impl fmt::Display for TeamsUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let realm = if self.is_anonymous { "teamsvisitor" } else { self.cloud.teams_part() };
        write!(f, "8:{realm}:{}", self.user_id)
    }
}
