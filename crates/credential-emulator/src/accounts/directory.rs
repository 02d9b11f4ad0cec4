//! Who is found by which name.

use super::{Accounts, App, CONSUMERS, User};

/// Microsoft's own public clients, which tools sign people in to.
pub(super) const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
pub(super) const MEDIA_SERVICES_NATIVE: &str = "d476653d-842c-4f52-862d-397463ada5e7";

impl Accounts {
    /// Returns id and domain of every tenant.
    pub(crate) fn tenants(&self) -> impl Iterator<Item = (&str, &str)> {
        let well_known =
            [(&self.tenant_id, &self.tenant_domain), (&self.other_tenant_id, &self.other_tenant_domain)];
        let more = self.more_tenants.iter().map(|tenant| (&tenant.id, &tenant.domain));
        well_known.into_iter().chain(more).map(|(id, domain)| (id.as_str(), domain.as_str()))
    }

    /// Returns the id of the tenant that is named by id or domain, both without regard to case.
    pub(crate) fn tenant(&self, name: &str) -> Option<&str> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        self.tenants().find(|(id, domain)| is(id) || is(domain)).map(|(id, _)| id)
    }

    /// As [`tenant`](Self::tenant), and the tenant of personal accounts too: where a user can be at home.
    pub(crate) fn home(&self, name: &str) -> Option<&str> {
        let is_personal = name.eq_ignore_ascii_case("consumers") || name.eq_ignore_ascii_case(CONSUMERS);
        if is_personal { Some(CONSUMERS) } else { self.tenant(name) }
    }

    /// Returns every user, the well-known one first.
    pub(crate) fn users(&self) -> impl Iterator<Item = User<'_>> {
        let well_known = User {
            name: &self.user_name,
            password: &self.user_password,
            display_name: &self.user_display_name,
            object_id: &self.user_object_id,
            tenant_id: &self.tenant_id,
            guest_of: vec![&self.other_tenant_id, CONSUMERS],
            has_roles: true,
        };
        let more = self.more_users.iter().filter_map(|user| {
            Some(User {
                name: &user.name,
                password: &user.password,
                display_name: &user.display_name,
                object_id: &user.object_id,
                tenant_id: self.home(&user.tenant)?,
                guest_of: user.guest_of.iter().filter_map(|name| self.home(name)).collect(),
                has_roles: user.has_roles,
            })
        });
        std::iter::once(well_known).chain(more)
    }

    /// Finds a user by name.
    pub(crate) fn user(&self, name: &str) -> Option<User<'_>> {
        self.users().find(|user| user.name.eq_ignore_ascii_case(name))
    }

    /// Finds a user by object id.
    pub(crate) fn user_of(&self, object_id: &str) -> Option<User<'_>> {
        self.users().find(|user| user.object_id.eq_ignore_ascii_case(object_id))
    }

    /// Returns every application.
    pub(crate) fn apps(&self) -> Vec<App<'_>> {
        let confidential = |client_id, secret, object_id, has_roles| App {
            client_id,
            secret: Some(secret),
            object_id,
            has_roles,
        };
        // Nobody gets a token for a public client alone, so that its service principal stands in no claim.
        let public = |client_id| App { client_id, secret: None, object_id: client_id, has_roles: false };
        let well_known = [
            confidential(&self.client_id, self.client_secret.as_str(), &self.client_object_id, true),
            confidential(
                &self.unprivileged_client_id,
                &self.unprivileged_client_secret,
                &self.unprivileged_object_id,
                false,
            ),
            public(&self.public_client_id),
            public(&self.other_public_client_id),
            public(AZURE_CLI),
            public(MEDIA_SERVICES_NATIVE),
        ];
        let more = self.more_apps.iter().map(|app| App {
            client_id: &app.client_id,
            secret: app.secret.as_deref(),
            object_id: &app.object_id,
            has_roles: app.has_roles,
        });
        well_known.into_iter().chain(more).collect()
    }

    /// Returns the managed identities: the system's, and the one that a user assigned.
    pub(crate) fn managed_identities(&self) -> [App<'_>; 2] {
        let identity = |client_id, object_id| App { client_id, secret: None, object_id, has_roles: true };
        [
            identity(self.system_identity_client_id.as_str(), self.system_identity_object_id.as_str()),
            identity(&self.managed_identity_client_id, &self.managed_identity_object_id),
        ]
    }

    /// Returns everything that tokens can speak for, apart from the users.
    pub(crate) fn principals(&self) -> impl Iterator<Item = App<'_>> {
        self.apps().into_iter().chain(self.managed_identities())
    }

    pub(crate) fn principal(&self, client_id: &str) -> Option<App<'_>> {
        self.principals().find(|app| app.client_id.eq_ignore_ascii_case(client_id))
    }

    pub(crate) fn app(&self, client_id: &str) -> Option<App<'_>> {
        self.apps().into_iter().find(|app| app.client_id.eq_ignore_ascii_case(client_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MoreTenant, MoreUser};

    #[test]
    fn tenants_and_apps_are_found_without_regard_to_case() {
        let accounts = Accounts::default();
        assert_eq!(accounts.tenant("EMULATOR.onmicrosoft.com"), Some(accounts.tenant_id.as_str()));
        assert_eq!(accounts.tenant(&accounts.other_tenant_id), Some(accounts.other_tenant_id.as_str()));
        assert_eq!(accounts.tenant("common"), None);
        let app = accounts.app(&accounts.unprivileged_client_id.to_uppercase()).unwrap();
        assert!(!app.has_roles);
        assert!(accounts.app("").is_none());
    }

    #[test]
    fn users_are_found_with_their_tenants() {
        let mut accounts = Accounts::default();
        accounts.more_tenants.push(MoreTenant::new("e3", "three.test"));
        accounts.more_users.push(MoreUser::new("bob@Three.test", "").guest_of([&accounts.tenant_domain]));
        accounts.more_users.push(MoreUser::new("eve@mail.test", "").tenant("consumers"));
        let (bob, eve) = (accounts.user("BOB@three.test").unwrap(), accounts.user("eve@mail.test").unwrap());
        assert_eq!((bob.tenant_id, eve.tenant_id), ("e3", CONSUMERS));
        assert!(bob.is_in("e3") && bob.is_in(&accounts.tenant_id) && !bob.is_in(&accounts.other_tenant_id));
        assert_eq!(accounts.user_of(&bob.object_id.to_uppercase()).unwrap().name, bob.name);
        let ada = accounts.users().next().unwrap();
        assert!(ada.is_in(&accounts.other_tenant_id) && ada.is_in(CONSUMERS) && !ada.is_in("e3"));
        assert!(accounts.user("nobody").is_none());
    }
}
