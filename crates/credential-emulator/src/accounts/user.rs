//! People.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};

use crate::id_source::guid_of;

/// A user beside the well-known one.
///
/// # Example
/// ```
/// use credential_emulator::{Emulator, MoreUser};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential_emulator::EmulatorError> {
/// let bob = MoreUser::new("bob@other.onmicrosoft.com", "Bob's password")
///     .display_name("Bob")
///     .guest_of(["emulator.onmicrosoft.com"])
///     .has_roles(true);
/// let emulator = Emulator::builder().user(bob).start().await?;
/// assert_eq!(emulator.accounts().more_users[0].tenant, "other.onmicrosoft.com");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct MoreUser {
    /// The name with which the user signs in.
    pub name: String,
    /// The password.
    pub password: String,
    /// The name for people.
    pub display_name: String,
    /// The object id, the same in every tenant.
    pub object_id: String,
    /// The home tenant, by id or domain, or `consumers` for a personal account.
    pub tenant: String,
    /// The other tenants, by id or domain, that have invited the user.
    pub guest_of: Vec<String>,
    /// Whether the user has every role on the resources, or none.
    pub has_roles: bool,
}

impl MoreUser {
    /// Describes a user without roles, at home in the tenant whose domain stands in the name. Display name and object id are
    /// made of the name, the same each time.
    pub fn new(name: impl Into<String>, password: impl Into<String>) -> Self {
        let name = name.into();
        let (person, domain) = name.rsplit_once('@').unwrap_or((&name, ""));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest(&SHA256, name.to_lowercase().as_bytes()).as_ref()[..16]);
        Self {
            password: password.into(),
            display_name: person.to_owned(),
            object_id: guid_of(bytes),
            tenant: domain.to_owned(),
            guest_of: Vec::new(),
            has_roles: false,
            name,
        }
    }

    /// Gives the user another name for people.
    #[must_use]
    pub fn display_name(mut self, display_name: impl Into<String>) -> Self {
        self.display_name = display_name.into();
        self
    }

    /// Gives the user another object id. It is a UUID.
    #[must_use]
    pub fn object_id(mut self, object_id: impl Into<String>) -> Self {
        self.object_id = object_id.into();
        self
    }

    /// Chooses the home tenant, by id or domain; `consumers` makes it a personal account.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// Lets other tenants invite the user, by id or domain: sign-ins with the browser and with a device code work there.
    #[must_use]
    pub fn guest_of(mut self, tenants: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.guest_of = tenants.into_iter().map(Into::into).collect();
        self
    }

    /// Gives the user every role, or none.
    #[must_use]
    pub fn has_roles(mut self, has_roles: bool) -> Self {
        self.has_roles = has_roles;
        self
    }
}

/// As [`Accounts`](crate::Accounts): the password is not printed.
impl fmt::Debug for MoreUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MoreUser")
            .field("name", &self.name)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

/// A user as the directory knows one.
#[derive(Clone)]
pub(crate) struct User<'a> {
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    pub(crate) display_name: &'a str,
    pub(crate) object_id: &'a str,
    /// The id of the home tenant.
    pub(crate) tenant_id: &'a str,
    /// The ids of the other tenants that have invited the user.
    pub(crate) guest_of: Vec<&'a str>,
    pub(crate) has_roles: bool,
}

impl User<'_> {
    /// Says whether the user can sign in at the tenant.
    pub(crate) fn is_in(&self, tenant_id: &str) -> bool {
        self.tenant_id == tenant_id || self.guest_of.contains(&tenant_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id_source::is_guid;

    #[test]
    fn what_is_not_said_follows_from_the_name() {
        let user = MoreUser::new("Bob@Contoso.test", "s3cret");
        assert_eq!((user.display_name.as_str(), user.tenant.as_str()), ("Bob", "Contoso.test"));
        assert!(is_guid(&user.object_id), "{}", user.object_id);
        assert_eq!(user.object_id, MoreUser::new("bob@contoso.test", "").object_id);
        assert_ne!(user.object_id, MoreUser::new("eve@contoso.test", "").object_id);
        assert!(!format!("{user:?}").contains("s3cret"));
    }
}
