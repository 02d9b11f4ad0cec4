//! Applications.

use std::fmt;

/// An application beside the well-known ones.
///
/// # Example
/// ```
/// use credential_emulator::{Emulator, MoreApp};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential_emulator::EmulatorError> {
/// let app = MoreApp::new("99999999-0000-4000-8000-000000000001").secret("of a test").has_roles(true);
/// let emulator = Emulator::builder().app(app).start().await?;
/// assert_eq!(emulator.accounts().more_apps.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct MoreApp {
    /// Its client id.
    pub client_id: String,
    /// Its secret; a public client has none.
    pub secret: Option<String>,
    /// The object id of its service principal.
    pub object_id: String,
    /// Whether it has every role, or none.
    pub has_roles: bool,
}

impl MoreApp {
    /// Describes a public client without roles, whose object id is its client id.
    pub fn new(client_id: impl Into<String>) -> Self {
        let client_id = client_id.into();
        Self { object_id: client_id.clone(), client_id, secret: None, has_roles: false }
    }

    /// Makes it a confidential client.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Gives its service principal another object id.
    #[must_use]
    pub fn object_id(mut self, object_id: impl Into<String>) -> Self {
        self.object_id = object_id.into();
        self
    }

    /// Gives it every role, or none.
    #[must_use]
    pub fn has_roles(mut self, has_roles: bool) -> Self {
        self.has_roles = has_roles;
        self
    }
}

/// As [`Accounts`](crate::Accounts): the secret is not printed.
impl fmt::Debug for MoreApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MoreApp").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// An application as one tenant knows it.
#[derive(Clone, Copy)]
pub(crate) struct App<'a> {
    pub(crate) client_id: &'a str,
    /// A public client has none.
    pub(crate) secret: Option<&'a str>,
    pub(crate) object_id: &'a str,
    pub(crate) has_roles: bool,
}

/// What an application or a user can have a role on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resource {
    Communication,
    MixedReality,
    Media,
}

impl Resource {
    /// Returns the role of who has every role. Each is one that the service's documentation names as sufficient;
    /// Contributor gives no access to Mixed Reality data.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Communication | Self::Media => "Contributor",
            Self::MixedReality => "Remote Rendering Client",
        }
    }
}
