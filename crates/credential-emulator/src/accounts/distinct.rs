//! Whether the accounts can be told apart, and each user is somewhere at home.

use super::directory::{AZURE_CLI, MEDIA_SERVICES_NATIVE};
use super::{Accounts, CONSUMERS};
use crate::EmulatorError;
use crate::id_source::is_guid;

/// What stands where, as the configuration file names it: the place, and the value.
type Named<'a> = (String, &'a str);

/// The names that stand for no single tenant.
const SHARED: [&str; 5] = ["common", "organizations", "consumers", "adfs", CONSUMERS];

/// Refuses accounts that have the same name or id, ids that are none, and users of unknown tenants. The error names where it
/// stands, and repeats no value.
pub(crate) fn check(accounts: &Accounts) -> Result<(), EmulatorError> {
    check_distinct(&tenants(accounts))?;
    check_distinct(&user_names(accounts))?;
    check_distinct(&client_ids(accounts))?;
    check_distinct(&object_ids(accounts))?;
    for (number, tenant) in (1..).zip(&accounts.more_tenants) {
        check_id(&place("tenants", number, "id"), &tenant.id)?;
        check_domain(&place("tenants", number, "domain"), &tenant.domain)?;
    }
    for (number, user) in (1..).zip(&accounts.more_users) {
        check_id(&place("users", number, "object_id"), &user.object_id)?;
        for (key, value) in [("name", &user.name), ("password", &user.password)] {
            if value.is_empty() {
                return Err(wrong(&place("users", number, key), "it is empty"));
            }
        }
        if accounts.home(&user.tenant).is_none() {
            return Err(EmulatorError::new(
                place("users", number, "tenant") + ": there is no such tenant",
                "name the home tenant by id or domain; without it, the name's own domain is taken",
            ));
        }
        if user.guest_of.iter().any(|name| accounts.home(name).is_none()) {
            return Err(wrong(&place("users", number, "guest_of"), "there is no such tenant"));
        }
    }
    Ok(())
}

fn place(table: &str, number: usize, key: &str) -> String {
    format!("[[{table}]] number {number}, {key}")
}

fn wrong(place: &str, problem: &str) -> EmulatorError {
    EmulatorError::new(format!("{place}: {problem}"), "correct the accounts, or the configuration file")
}

fn check_id(place: &str, id: &str) -> Result<(), EmulatorError> {
    if is_guid(id) { Ok(()) } else { Err(wrong(place, "it is not a UUID")) }
}

/// What can stand in a path as one segment.
fn check_domain(place: &str, domain: &str) -> Result<(), EmulatorError> {
    let is_domain = domain.contains('.')
        && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if is_domain { Ok(()) } else { Err(wrong(place, "it is not a domain such as contoso.onmicrosoft.com")) }
}

fn check_distinct(all: &[Named<'_>]) -> Result<(), EmulatorError> {
    for (at, (place, value)) in all.iter().enumerate() {
        let same = |(_, earlier): &&Named<'_>| earlier.eq_ignore_ascii_case(value);
        if let Some((earlier, _)) = all[..at].iter().find(same) {
            return Err(wrong(place, &format!("it is the same as {earlier}")));
        }
    }
    Ok(())
}

/// Ids and domains together: both name a tenant.
fn tenants(accounts: &Accounts) -> Vec<Named<'_>> {
    let shared = SHARED.map(|name| ("a name that Entra keeps to itself".to_owned(), name));
    let well_known = [
        ("[tenant] id".to_owned(), accounts.tenant_id.as_str()),
        ("[tenant] domain".to_owned(), &accounts.tenant_domain),
        ("[other_tenant] id".to_owned(), &accounts.other_tenant_id),
        ("[other_tenant] domain".to_owned(), &accounts.other_tenant_domain),
    ];
    let more = (1..).zip(&accounts.more_tenants).flat_map(|(number, tenant)| {
        [
            (place("tenants", number, "id"), tenant.id.as_str()),
            (place("tenants", number, "domain"), &tenant.domain),
        ]
    });
    shared.into_iter().chain(well_known).chain(more).collect()
}

fn user_names(accounts: &Accounts) -> Vec<Named<'_>> {
    let more = (1..).zip(&accounts.more_users);
    let more = more.map(|(number, user)| (place("users", number, "name"), user.name.as_str()));
    std::iter::once(("[user] name".to_owned(), accounts.user_name.as_str())).chain(more).collect()
}

fn client_ids(accounts: &Accounts) -> Vec<Named<'_>> {
    let well_known = [
        ("[app] client_id", accounts.client_id.as_str()),
        ("[unprivileged_app] client_id", &accounts.unprivileged_client_id),
        ("[public_app] client_id", &accounts.public_client_id),
        ("the second public application", &accounts.other_public_client_id),
        ("the Azure CLI", AZURE_CLI),
        ("the native client of Media Services", MEDIA_SERVICES_NATIVE),
        ("the system's managed identity", &accounts.system_identity_client_id),
        ("the managed identity that a user assigned", &accounts.managed_identity_client_id),
    ];
    let well_known = well_known.into_iter().map(|(place, value)| (place.to_owned(), value));
    let more = (1..).zip(&accounts.more_apps);
    well_known
        .chain(more.map(|(number, app)| (place("apps", number, "client_id"), app.client_id.as_str())))
        .collect()
}

/// Of applications and users together: tokens and revocations tell principals apart by them.
fn object_ids(accounts: &Accounts) -> Vec<Named<'_>> {
    let well_known = [
        ("the application with every role", accounts.client_object_id.as_str()),
        ("the application without any role", &accounts.unprivileged_object_id),
        ("the system's managed identity", &accounts.system_identity_object_id),
        ("the managed identity that a user assigned", &accounts.managed_identity_object_id),
        ("[user] object_id", &accounts.user_object_id),
    ];
    let well_known = well_known.into_iter().map(|(place, value)| (place.to_owned(), value));
    let apps = (1..).zip(&accounts.more_apps);
    let apps = apps.map(|(number, app)| (place("apps", number, "object_id"), app.object_id.as_str()));
    let users = (1..).zip(&accounts.more_users);
    let users = users.map(|(number, user)| (place("users", number, "object_id"), user.object_id.as_str()));
    well_known.chain(apps).chain(users).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MoreApp, MoreTenant, MoreUser};

    const ID: &str = "e0000000-0000-4000-8000-000000000003";

    fn problem(change: impl FnOnce(&mut Accounts)) -> String {
        let mut accounts = Accounts::default();
        change(&mut accounts);
        check(&accounts).expect_err("an error").problem().to_owned()
    }

    #[test]
    fn the_well_known_ones_are_distinct() {
        check(&Accounts::default()).unwrap();
    }

    #[test]
    fn what_is_the_same_is_named() {
        let tenant = |id: &str, domain: &str| {
            let tenant = MoreTenant::new(id, domain);
            problem(move |accounts| accounts.more_tenants.push(tenant))
        };
        assert_eq!(
            tenant(ID, "OTHER.onmicrosoft.com"),
            "[[tenants]] number 1, domain: it is the same as [other_tenant] domain"
        );
        assert_eq!(
            tenant(ID, "common"),
            "[[tenants]] number 1, domain: it is the same as a name that Entra keeps to itself"
        );
        assert_eq!(tenant("3", "three.test"), "[[tenants]] number 1, id: it is not a UUID");
        assert!(
            tenant(ID, "a/b.test").ends_with("domain: it is not a domain such as contoso.onmicrosoft.com")
        );

        let users = |first: MoreUser, second: MoreUser| {
            problem(move |accounts| accounts.more_users.extend([first, second]))
        };
        let bob = || MoreUser::new("bob@other.onmicrosoft.com", "p");
        assert_eq!(
            users(bob(), MoreUser::new("Bob@other.onmicrosoft.com", "p")),
            "[[users]] number 2, name: it is the same as [[users]] number 1, name"
        );
        let eve = MoreUser::new("eve@other.onmicrosoft.com", "p");
        assert_eq!(
            users(bob(), eve.clone().object_id(bob().object_id)),
            "[[users]] number 2, object_id: it is the same as [[users]] number 1, object_id"
        );
        assert_eq!(users(bob(), eve.object_id("1")), "[[users]] number 2, object_id: it is not a UUID");
    }

    #[test]
    fn users_are_somewhere_at_home() {
        let user = |user: MoreUser| problem(move |accounts| accounts.more_users.push(user));
        assert_eq!(
            user(MoreUser::new("bob@nowhere.test", "p")),
            "[[users]] number 1, tenant: there is no such tenant"
        );
        let bob = || MoreUser::new("bob@other.onmicrosoft.com", "p");
        assert_eq!(
            user(bob().guest_of(["nowhere.test"])),
            "[[users]] number 1, guest_of: there is no such tenant"
        );
        assert_eq!(
            user(MoreUser::new("bob@other.onmicrosoft.com", "")),
            "[[users]] number 1, password: it is empty"
        );
    }

    #[test]
    fn applications_and_changed_accounts_too() {
        let app = |client_id: &str| {
            let app = MoreApp::new(client_id);
            problem(move |accounts| accounts.more_apps.push(app))
        };
        assert_eq!(app(AZURE_CLI), "[[apps]] number 1, client_id: it is the same as the Azure CLI");
        assert_eq!(
            problem(|accounts| accounts.other_tenant_id.clone_from(&accounts.tenant_id)),
            "[other_tenant] id: it is the same as [tenant] id"
        );
    }
}
