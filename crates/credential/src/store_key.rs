//! The name of a token among all that a store holds.

use std::fmt;

use crate::request_key::RequestKey;
use crate::{CredentialIdentity, TokenRequest};

/// The name of a token among all that a store holds: authority, client, account, tenant, scopes, claims, and whether it is
/// one of Continuous Access Evaluation.
///
/// The same in every process and every build; its first field is its version. It holds no secret, but it does name accounts:
/// a store whose names are public hashes it.
///
/// # Example
/// ```
/// use credential::{CredentialIdentity, StoreKey, TokenRequest};
///
/// let app = CredentialIdentity::new("https://login.example/contoso.com", "my-app");
/// let key = StoreKey::new(&app, &TokenRequest::new(["b", "a"]).with_tenant("Fabrikam.com"));
/// assert_eq!(key.as_str(), "1|https://login.example/contoso.com|my-app||fabrikam.com|a b||");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreKey(String);

impl StoreKey {
    /// Names the token that this request gets from a credential of this identity.
    pub fn new(identity: &CredentialIdentity, request: &TokenRequest) -> Self {
        let RequestKey { scopes, tenant, claims, cae, .. } = request.key();
        let mut text = String::from("1");
        let tenant = tenant.as_ref().map(|tenant| tenant.to_ascii_lowercase());
        for field in
            [Some(identity.authority()), Some(identity.client()), identity.account(), tenant.as_deref()]
        {
            push(&mut text, '|', field);
        }
        let scopes = if scopes.is_empty() { identity.default_scopes() } else { scopes };
        for (index, scope) in scopes.iter().enumerate() {
            push(&mut text, if index == 0 { '|' } else { ' ' }, Some(scope));
        }
        if scopes.is_empty() {
            push(&mut text, '|', None);
        }
        push(&mut text, '|', claims.as_deref());
        push(&mut text, '|', (*cae || identity.is_cae()).then_some("cae"));
        Self(text)
    }

    /// Returns the name: printable text without line breaks.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Percent-encodes what separates, and what is not printable. An empty field is another one than none.
fn push(text: &mut String, separator: char, field: Option<&str>) {
    text.push(separator);
    let field = field.map(|field| if field.is_empty() { "\0" } else { field });
    for c in field.unwrap_or_default().chars() {
        if matches!(c, '%' | '|' | ' ') || c.is_control() {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                text.push_str(&format!("%{byte:02X}"));
            }
        } else {
            text.push(c);
        }
    }
}

impl fmt::Display for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn whatever_decides_which_token_fits_is_in_the_name() {
        let app = CredentialIdentity::new("authority", "client");
        let request = || TokenRequest::new(["a"]);
        let names = [
            StoreKey::new(&app, &request()),
            StoreKey::new(&CredentialIdentity::new("other", "client"), &request()),
            StoreKey::new(&CredentialIdentity::new("authority", "other"), &request()),
            StoreKey::new(&app.clone().with_account("x"), &request()),
            StoreKey::new(&app.clone().with_account("y"), &request()),
            StoreKey::new(&app.clone().with_account(""), &request()),
            StoreKey::new(&app, &request().with_tenant("x")),
            StoreKey::new(&app, &request().with_tenant("")),
            StoreKey::new(&app, &TokenRequest::new([""])),
            StoreKey::new(&app, &TokenRequest::new(["a", "b"])),
            StoreKey::new(&app, &TokenRequest::new(["a b"])),
            StoreKey::new(&app, &TokenRequest::default()),
            StoreKey::new(&app, &request().with_claims("{}")),
            StoreKey::new(&app, &request().with_cae()),
            StoreKey::new(&app, &request().with_claims("|cae")),
        ];
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{names:#?}");
        assert_eq!(
            names[0],
            StoreKey::new(
                &app,
                &request().not_this_token(crate::AccessToken::new("t", std::time::UNIX_EPOCH))
            )
        );
        let defaults = app.clone().with_default_scopes(["a"]);
        assert_eq!(names[0], StoreKey::new(&defaults, &TokenRequest::default()));
        assert_eq!(names[0], StoreKey::new(&defaults, &request()));
        assert!(names.contains(&StoreKey::new(&app.clone().with_cae(), &request())));
        assert_eq!(names[6], StoreKey::new(&app, &request().with_tenant("X")));
    }

    #[test]
    fn separators_and_line_breaks_are_encoded() {
        let app = CredentialIdentity::new("a|b", "c\nd%");
        assert_eq!(StoreKey::new(&app, &TokenRequest::default()).as_str(), "1|a%7Cb|c%0Ad%25|||||");
    }
}
