//! A Teams user on a resource of Communication Services.

use std::fmt;

use credential::CredentialError;

use super::{CommunicationCloud, check_part};

/// A Teams user who acts through a resource of Communication Services (Teams Phone extensibility).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TeamsExtensionUser {
    resource_id: String,
    tenant_id: String,
    user_id: String,
    cloud: CommunicationCloud,
}

impl TeamsExtensionUser {
    /// Names a user by resource, Entra tenant and Entra object id.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when one of
    /// the ids is empty or holds a colon or an underscore.
    pub fn new(
        resource_id: impl Into<String>,
        tenant_id: impl Into<String>,
        user_id: impl Into<String>,
        cloud: CommunicationCloud,
    ) -> Result<Self, CredentialError> {
        let user = Self {
            resource_id: resource_id.into(),
            tenant_id: tenant_id.into(),
            user_id: user_id.into(),
            cloud,
        };
        check_part("resource id", &user.resource_id, &[':', '_'])?;
        check_part("tenant id", &user.tenant_id, &[':', '_'])?;
        check_part("user id", &user.user_id, &[':', '_'])?;
        Ok(user)
    }

    /// Returns the id of the Communication Services resource.
    pub fn resource_id(&self) -> &str {
        &self.resource_id
    }

    /// Returns the id of the user's Entra tenant.
    pub fn tenant_id(&self) -> &str {
        &self.tenant_id
    }

    /// Returns the user's object id in Entra.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// Returns the user's cloud.
    pub fn cloud(&self) -> CommunicationCloud {
        self.cloud
    }
}

/// Writes the raw id.
impl fmt::Display for TeamsExtensionUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resource_id, tenant_id, user_id, cloud } = self;
        write!(f, "8:{}:{resource_id}_{tenant_id}_{user_id}", cloud.acs_part())
    }
}
