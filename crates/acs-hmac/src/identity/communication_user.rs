//! A user of Communication Services.

use std::fmt;

use credential::AccessToken;

/// A user of Communication Services: one that the Identity service created, or an Entra user who acts as one.
///
/// [`CommunicationIdentifier::parse`](crate::CommunicationIdentifier::parse) makes one of an id that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CommunicationUser {
    id: String,
}

impl CommunicationUser {
    pub(crate) fn new(id: String) -> Self {
        Self { id }
    }

    /// Returns the user's id, such as `8:acs:RESOURCE_USER`. Keep it: nothing lists the users of a resource.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for CommunicationUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

/// A new user and its first access token.
#[derive(Clone, Debug)]
pub struct UserAndToken {
    user: CommunicationUser,
    token: AccessToken,
}

impl UserAndToken {
    pub(crate) fn new(user: CommunicationUser, token: AccessToken) -> Self {
        Self { user, token }
    }

    /// Returns the user.
    pub fn user(&self) -> &CommunicationUser {
        &self.user
    }

    /// Returns the user's access token, which the service never returns again.
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Takes both apart.
    pub fn into_parts(self) -> (CommunicationUser, AccessToken) {
        (self.user, self.token)
    }
}
