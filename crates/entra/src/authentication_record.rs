//! Which account signed in.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind};
use serde::{Deserialize, Serialize};

use crate::Authority;
use crate::client::Client;
use crate::identity::Identity;

const VERSION: &str = "1.0";

/// Which account signed in, where and to which app: a handle that holds no secret and may be stored anywhere.
///
/// Give it to a builder to let only this account sign in. The JSON form is the one of Microsoft's SDKs, so that theirs and
/// ours can read each other's.
///
/// # Example
/// ```
/// use entra::AuthenticationRecord;
///
/// let json = r#"{"authority":"login.microsoftonline.com","clientId":"c","homeAccountId":"u.t","tenantId":"t",
///     "username":"ada@contoso.com","version":"1.0"}"#;
/// let record = AuthenticationRecord::parse(json)?;
/// assert_eq!(record.home_account_id(), "u.t");
/// assert_eq!(AuthenticationRecord::parse(&record.to_json())?, record);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthenticationRecord {
    authority: String,
    client_id: String,
    home_account_id: String,
    #[serde(default)]
    tenant_id: String,
    #[serde(default)]
    username: String,
    version: String,
}

impl AuthenticationRecord {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the text is not of that form, or of another version.
    pub fn parse(json: &str) -> Result<Self, CredentialError> {
        let parsed: Option<Self> = serde_json::from_str(json).ok();
        parsed.filter(|record| record.version == VERSION).ok_or_else(|| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the authentication record is not one of version 1.0",
                "sign in again, and store the record that this returns",
            )
        })
    }

    /// Returns the JSON form.
    pub fn to_json(&self) -> String {
        // Strings alone: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the host that the account signed in at.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the app that it signed in to.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the account's id, the same in all tenants: `<uid>.<utid>` at Entra.
    pub fn home_account_id(&self) -> &str {
        &self.home_account_id
    }

    /// Returns the tenant that it signed in to; empty when the server names none.
    pub fn tenant_id(&self) -> &str {
        &self.tenant_id
    }

    /// Returns the name that the person knows the account by; empty when the server names none. For display only: names
    /// change hands.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Says whether both name the same account of the same app at the same place. Names and tenants may differ.
    pub fn is_same_account(&self, other: &Self) -> bool {
        self.home_account_id == other.home_account_id
            && self.client_id == other.client_id
            && self.authority == other.authority
    }

    /// A server that does not say who signed in leaves the id empty.
    pub(crate) fn of(client: &Client, identity: &Identity) -> Self {
        Self {
            authority: client.authority.place(),
            client_id: client.id.clone(),
            home_account_id: identity.home_account_id.clone().unwrap_or_default(),
            tenant_id: identity.tenant_id.clone().unwrap_or_default(),
            username: identity.username.clone().unwrap_or_default(),
            version: VERSION.to_owned(),
        }
    }

    /// Says whether the account signed in to this app, there or at another name of the place.
    pub(crate) fn is_of(&self, client: &Client) -> bool {
        let is_there = self.authority == client.authority.place()
            || Authority::parse(&self.authority).is_ok_and(|there| there.is_same_place(&client.authority));
        self.client_id == client.id && is_there
    }
}

impl fmt::Debug for AuthenticationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationRecord")
            .field("authority", &self.authority)
            .field("client_id", &self.client_id)
            .field("home_account_id", &self.home_account_id)
            .field("tenant_id", &self.tenant_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cloud;

    fn client(authority: Authority) -> Client {
        Client { authority, ..Client::new("app").unwrap() }
    }

    #[test]
    fn names_of_one_cloud_are_one_place_and_paths_are_not() {
        let public = client(Authority::default());
        let record = AuthenticationRecord::of(&public, &Identity::default());
        assert_eq!(record.authority(), "login.microsoftonline.com");
        assert!(record.is_of(&public));
        assert!(record.is_of(&client(Authority::parse("login.windows.net").unwrap())));
        assert!(!record.is_of(&client(Authority::cloud(Cloud::China))));
        assert!(!record.is_of(&Client::new("other").unwrap()));
        let local = client(Authority::parse_local("http://127.0.0.1:5000").unwrap());
        assert!(AuthenticationRecord::of(&local, &Identity::default()).is_of(&local));
        let stack = client(Authority::parse("stack.example/a").unwrap());
        let elsewhere = client(Authority::parse("stack.example/b").unwrap());
        assert!(!AuthenticationRecord::of(&stack, &Identity::default()).is_of(&elsewhere));
    }

    #[test]
    fn texts_of_another_form_are_refused_and_not_echoed() {
        for bad in [
            "",
            "planted",
            "{}",
            r#"{"authority":"planted","clientId":"","homeAccountId":"","version":"2.0"}"#,
        ] {
            let error = AuthenticationRecord::parse(bad).expect_err(bad);
            assert!(!format!("{error} {error:?}").contains("planted"));
        }
    }
}
