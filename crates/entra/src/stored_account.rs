//! An account in the form in which a store keeps it.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Secret};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{AuthenticationRecord, Authority};

/// An account with its refresh token, in the form in which a [`SessionStore`](crate::SessionStore) keeps it.
///
/// # Example
/// ```
/// use credential::Secret;
/// use entra::StoredAccount;
///
/// let written = Secret::from(
///     r#"{"version":1,"authority":"https://login.microsoftonline.com","record":{"authority":"login.microsoftonline.com",
///     "clientId":"c","homeAccountId":"u.t","tenantId":"t","username":"ada@contoso.com","version":"1.0"},"refresh_token":"0.AXoA"}"#,
/// );
/// let account = StoredAccount::from_secret(&written)?;
/// assert_eq!(account.record().username(), "ada@contoso.com");
/// assert!(StoredAccount::from_secret(&account.to_secret()).is_ok());
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct StoredAccount {
    pub(crate) record: AuthenticationRecord,
    pub(crate) authority: Authority,
    pub(crate) refresh_token: Secret,
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    version: u32,
    authority: String,
    record: AuthenticationRecord,
    #[serde(borrow)]
    refresh_token: std::borrow::Cow<'a, str>,
}

const VERSION: u32 = 1;

impl StoredAccount {
    /// Returns which account it is.
    pub fn record(&self) -> &AuthenticationRecord {
        &self.record
    }

    /// Returns where it signed in.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Returns its refresh token.
    pub fn refresh_token(&self) -> &Secret {
        &self.refresh_token
    }

    /// Writes all of it as JSON that says of which version it is.
    pub fn to_secret(&self) -> Secret {
        let written = Written {
            version: VERSION,
            authority: self.authority.to_string(),
            record: self.record.clone(),
            refresh_token: self.refresh_token.expose().into(),
        };
        // Sized beforehand, so that growing leaves no copy of the token behind.
        let mut text = Zeroizing::new(Vec::with_capacity(2 * self.refresh_token.expose().len() + 4096));
        // Texts alone: there is nothing that could fail.
        let _infallible = serde_json::to_writer(&mut *text, &written);
        String::from_utf8_lossy(&text).into_owned().into()
    }

    /// Reads what [`to_secret`](Self::to_secret) wrote.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is not of that form, of another version, or contradicts itself
    /// about where the account is from.
    pub fn from_secret(text: &Secret) -> Result<Self, CredentialError> {
        let written: Option<Written<'_>> = serde_json::from_str(text.expose()).ok();
        let account = written.filter(|written| written.version == VERSION).and_then(|written| {
            let refresh_token = Secret::from(written.refresh_token.into_owned());
            let authority = Authority::parse_local(&written.authority).ok()?;
            let is_whole = !refresh_token.is_empty() && authority.place() == written.record.authority();
            is_whole.then_some(Self { record: written.record, authority, refresh_token })
        });
        account.ok_or_else(|| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "a stored account is not of the form that this version writes",
                "sign in again, and let the store replace it",
            )
        })
    }
}

impl fmt::Debug for StoredAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredAccount").field("record", &self.record).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECORD: &str = r#"{"authority":"127.0.0.1:5000","clientId":"c","homeAccountId":"u.t","tenantId":"t","username":"a","version":"1.0"}"#;

    #[test]
    fn what_was_written_is_read() {
        let account = StoredAccount {
            record: AuthenticationRecord::parse(RECORD).unwrap(),
            authority: Authority::parse_local("http://127.0.0.1:5000").unwrap(),
            refresh_token: "planted\"\\".into(),
        };
        let read = StoredAccount::from_secret(&account.to_secret()).unwrap();
        assert_eq!((&read.record, &read.authority), (&account.record, &account.authority));
        assert!(read.refresh_token.equals(&account.refresh_token));
        assert!(!format!("{read:?}").contains("planted"));
    }

    #[test]
    fn other_texts_are_refused_and_not_echoed() {
        let with = |version: u32, authority: &str, token: &str| {
            format!(
                r#"{{"version":{version},"authority":"{authority}","record":{RECORD},"refresh_token":"{token}"}}"#
            )
        };
        for bad in [
            String::new(),
            "planted".to_owned(),
            "{}".to_owned(),
            with(2, "http://127.0.0.1:5000", "planted"),
            with(1, "http://127.0.0.1:5000", ""),
            // A token of one place must not be sent to another.
            with(1, "https://planted.example", "planted"),
            with(1, "http://planted.example", "planted"),
        ] {
            let error = StoredAccount::from_secret(&bad.clone().into()).expect_err(&bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(!format!("{error:?}").contains("planted"), "{error:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _either = StoredAccount::from_secret(&text.into());
        }
    }
}
