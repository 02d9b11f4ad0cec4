//! Whose tokens a credential provides.

use std::borrow::Cow;

/// Whose tokens a credential provides: of which authority, for which client, on behalf of which account.
///
/// Tokens that several caches share, as through a [`TokenStore`](crate::TokenStore), are kept apart by it: two credentials
/// get each other's tokens only when all of it is the same. It holds no secret and no proof of who the client is.
///
/// # Example
/// ```
/// use credential::CredentialIdentity;
///
/// let app = CredentialIdentity::new("https://login.microsoftonline.com/contoso.com", "11111111-2222-3333-4444-555555555555");
/// let user = app.clone().with_account("a1b2.c3d4");
/// assert_ne!(app, user);
/// assert_eq!(user.account(), Some("a1b2.c3d4"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CredentialIdentity {
    authority: Cow<'static, str>,
    client: Cow<'static, str>,
    account: Option<Cow<'static, str>>,
    default_scopes: Vec<Cow<'static, str>>,
    is_cae: bool,
}

impl CredentialIdentity {
    /// Names the authority that issues the tokens, its tenant included, and the client that they are issued to.
    pub fn new(authority: impl Into<Cow<'static, str>>, client: impl Into<Cow<'static, str>>) -> Self {
        Self {
            authority: authority.into(),
            client: client.into(),
            account: None,
            default_scopes: Vec::new(),
            is_cae: false,
        }
    }

    /// Names the account on whose behalf the client acts; without one, it acts for itself.
    #[must_use]
    pub fn with_account(mut self, account: impl Into<Cow<'static, str>>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Names as the account whoever `theirs` is: for tokens that are bought with the tokens of another credential.
    ///
    /// # Example
    /// ```
    /// use credential::CredentialIdentity;
    ///
    /// let ada = CredentialIdentity::new("https://login.example/contoso.com", "my-app").with_account("ada");
    /// let service = CredentialIdentity::new("https://service.example", "exchange").with_account_of(&ada);
    /// assert_eq!(service.account(), Some("https://login.example/contoso.com my-app ada"));
    /// ```
    #[must_use]
    pub fn with_account_of(self, theirs: &Self) -> Self {
        let account = theirs.account().unwrap_or_default();
        self.with_account(format!("{} {} {account}", theirs.authority(), theirs.client()))
    }

    /// Names the scopes that a request without scopes gets a token for.
    #[must_use]
    pub fn with_default_scopes<S: Into<Cow<'static, str>>>(
        mut self,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        self.default_scopes = scopes.into_iter().map(Into::into).collect();
        self.default_scopes.sort_unstable();
        self
    }

    /// Says that all tokens are ones of Continuous Access Evaluation, whether a request asks for that or not.
    #[must_use]
    pub fn with_cae(mut self) -> Self {
        self.is_cae = true;
        self
    }

    /// Returns the scopes that a request without scopes gets a token for.
    pub fn default_scopes(&self) -> &[Cow<'static, str>] {
        &self.default_scopes
    }

    /// Says whether all tokens are ones of Continuous Access Evaluation.
    pub fn is_cae(&self) -> bool {
        self.is_cae
    }

    /// Returns the authority.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the client.
    pub fn client(&self) -> &str {
        &self.client
    }

    /// Returns the account, if the client does not act for itself.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }
}
