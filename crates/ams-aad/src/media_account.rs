//! Which Media Services account, and its paths.

use std::fmt::Write;

use credential::{CredentialError, CredentialErrorKind};

/// The version of the API for accounts.
const ACCOUNTS: &str = "2021-11-01";
/// The version of the management of REST v2, the only one that tells where an account's REST v2 service is.
const REST_V2: &str = "2015-10-01";
/// The version of the API for transforms and their jobs.
const TRANSFORMS: &str = "2022-07-01";
/// The version of the API for everything else in an account.
const CHILDREN: &str = "2022-08-01";

/// A Media Services account in Azure Resource Manager: subscription, resource group and name.
///
/// # Example
/// ```
/// use ams_aad::MediaAccount;
///
/// let account = MediaAccount::new("00000000-0000-0000-0000-000000000001", "my-group", "myaccount")?;
/// assert!(account.path().ends_with("/mediaServices/myaccount?api-version=2021-11-01"));
/// assert!(account.child_path("assets?$top=1").ends_with("/assets?$top=1&api-version=2022-08-01"));
/// assert!(account.item_path(&["assets", "film #2"])?.ends_with("/assets/film%20%232?api-version=2022-08-01"));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MediaAccount {
    subscription: String,
    resource_group: String,
    name: String,
}

impl MediaAccount {
    /// Names an account. Nothing is looked up.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the subscription id holds other characters than letters, digits
    /// and `-`, the resource group is not of Azure's form, or the name is not 3 to 24 lower-case letters and digits.
    pub fn new(subscription: &str, resource_group: &str, name: &str) -> Result<Self, CredentialError> {
        let invalid =
            |problem, fix| Err(CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix));
        let id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if subscription.is_empty() || !subscription.bytes().all(id) {
            return invalid(
                "the subscription id is empty or no id",
                "give the id from the account's overview page",
            );
        }
        let in_group = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')');
        let length = resource_group.chars().count();
        if !(1..=90).contains(&length)
            || !resource_group.chars().all(in_group)
            || resource_group.ends_with('.')
        {
            return invalid(
                "the resource group is empty or no resource group's name",
                "give 1 to 90 letters, digits, `-`, `_`, `.`, `(` or `)`, without a dot at the end",
            );
        }
        let in_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !(3..=24).contains(&name.len()) || !name.bytes().all(in_name) {
            return invalid(
                "the account name is no Media Services account's name",
                "give 3 to 24 lower-case letters and digits",
            );
        }
        Ok(Self {
            subscription: subscription.to_owned(),
            resource_group: resource_group.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Returns the subscription's id.
    pub fn subscription(&self) -> &str {
        &self.subscription
    }

    /// Returns the resource group's name.
    pub fn resource_group(&self) -> &str {
        &self.resource_group
    }

    /// Returns the account's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns path and query of the account itself, with the version of the API that accounts have.
    pub fn path(&self) -> String {
        format!("{}?api-version={ACCOUNTS}", self.base())
    }

    /// Returns path and query of the account with the version of the API that tells where its REST v2 service is:
    /// [`arm::read_rest_v2_endpoint`](crate::arm::read_rest_v2_endpoint).
    pub fn rest_v2_path(&self) -> String {
        format!("{}?api-version={REST_V2}", self.base())
    }

    /// Returns path and query of something in the account, such as `assets`, `transforms/t/jobs` or `assets?$top=1`, with
    /// the version of the API that it has. `child` must be percent-encoded where it needs to be; names from elsewhere go
    /// through [`item_path`](Self::item_path).
    pub fn child_path(&self, child: &str) -> String {
        let child = child.trim_start_matches('/');
        let first = child.split(['/', '?']).next().unwrap_or_default();
        let version = if first.eq_ignore_ascii_case("transforms") { TRANSFORMS } else { CHILDREN };
        let separator = if child.contains('?') { '&' } else { '?' };
        format!("{}/{child}{separator}api-version={version}", self.base())
    }

    /// Returns path and query of something in the account by its names, such as `["assets", "film"]` or
    /// `["transforms", "t", "jobs", "j"]`. Each name is percent-encoded, so that it is one segment of the path whatever is in
    /// it.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when there is no name, or one is empty, `.` or `..`: such a path would be
    /// another one.
    pub fn item_path(&self, names: &[&str]) -> Result<String, CredentialError> {
        if names.is_empty() || names.iter().any(|name| matches!(*name, "" | "." | "..")) {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidRequest,
                "a name in the path is missing or consists of dots",
                "give the name of each item, such as assets and film",
            ));
        }
        let names: Vec<String> = names.iter().map(|name| encoded(name)).collect();
        Ok(self.child_path(&names.join("/")))
    }

    fn base(&self) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Media/mediaServices/{}",
            self.subscription,
            encoded(&self.resource_group),
            self.name
        )
    }
}

/// Encodes a name as one segment of a path (RFC 3986, section 3.3). Brackets stay, as resource groups may have them.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~()".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _infallible = write!(path, "%{byte:02X}");
        }
        path
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

    #[test]
    fn paths() {
        let account = MediaAccount::new(SUBSCRIPTION, "Gruppe_(ü).1", "abc").unwrap();
        let base = format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/Gruppe_(%C3%BC).1/providers/Microsoft.Media/mediaServices/abc"
        );
        assert_eq!(account.path(), format!("{base}?api-version=2021-11-01"));
        for (child, rest) in [
            ("assets", "/assets?api-version=2022-08-01"),
            ("/assets?$top=1", "/assets?$top=1&api-version=2022-08-01"),
            ("transforms/t/jobs", "/transforms/t/jobs?api-version=2022-07-01"),
            ("Transforms?$top=1", "/Transforms?$top=1&api-version=2022-07-01"),
        ] {
            assert_eq!(account.child_path(child), format!("{base}{rest}"));
        }
        assert_eq!(
            (account.subscription(), account.resource_group(), account.name()),
            (SUBSCRIPTION, "Gruppe_(ü).1", "abc")
        );
    }

    #[test]
    fn names_become_segments() {
        let account = MediaAccount::new(SUBSCRIPTION, "g", "abc").unwrap();
        let base = account.path().replace("?api-version=2021-11-01", "");
        for (names, rest) in [
            (&["assets", "film"][..], "/assets/film?api-version=2022-08-01"),
            (&["assets", "film#2"], "/assets/film%232?api-version=2022-08-01"),
            (
                &["assets", "a/../b?c&d=%41 ü"],
                "/assets/a%2F..%2Fb%3Fc%26d%3D%2541%20%C3%BC?api-version=2022-08-01",
            ),
            (&["transforms", "t", "jobs", "j.1"], "/transforms/t/jobs/j.1?api-version=2022-07-01"),
        ] {
            let path = account.item_path(names).unwrap();
            assert_eq!(path, format!("{base}{rest}"));
            let uri: http::Uri = path.parse().unwrap();
            assert_eq!(uri.path_and_query().unwrap().as_str(), path);
        }
        for bad in [&[][..], &["assets", ""], &["", "film"], &["assets", ".."], &["assets", "."]] {
            let error = account.item_path(bad).expect_err("a path that is another");
            assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{bad:?}");
        }
    }

    #[test]
    fn bad_names_are_refused_and_not_echoed() {
        for (subscription, group, name) in [
            ("", "g", "abc"),
            ("planted/..", "g", "abc"),
            (SUBSCRIPTION, "", "abc"),
            (SUBSCRIPTION, "planted/x", "abc"),
            (SUBSCRIPTION, "planted?", "abc"),
            (SUBSCRIPTION, "planted.", "abc"),
            (SUBSCRIPTION, &"planted".repeat(20), "abc"),
            (SUBSCRIPTION, "g", ""),
            (SUBSCRIPTION, "g", "ab"),
            (SUBSCRIPTION, "g", "Planted"),
            (SUBSCRIPTION, "g", "planted-x"),
        ] {
            let error = MediaAccount::new(subscription, group, name).expect_err(group);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }
}
