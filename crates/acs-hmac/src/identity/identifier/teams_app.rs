//! An application of Microsoft Teams.

use std::fmt;

use credential::CredentialError;

use super::{CommunicationCloud, check_part};

/// An application of Microsoft Teams: a bot, a call queue, an auto attendant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TeamsApp {
    app_id: String,
    cloud: CommunicationCloud,
}

impl TeamsApp {
    /// Names an application by its id.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the id
    /// is empty or holds a colon.
    pub fn new(app_id: impl Into<String>, cloud: CommunicationCloud) -> Result<Self, CredentialError> {
        let app_id = app_id.into();
        check_part("Teams app id", &app_id, &[':'])?;
        Ok(Self { app_id, cloud })
    }

    /// Returns the application's id.
    pub fn app_id(&self) -> &str {
        &self.app_id
    }

    /// Returns the application's cloud.
    pub fn cloud(&self) -> CommunicationCloud {
        self.cloud
    }
}

/// Writes the raw id.
impl fmt::Display for TeamsApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "28:{}:{}", self.cloud.teams_part(), self.app_id)
    }
}
