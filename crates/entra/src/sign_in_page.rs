//! What the sign-in page does first.

use credential::{CredentialError, CredentialErrorKind};

/// What the sign-in page does first, instead of what it would do by itself.
///
/// The parameter `prompt` of OpenID Connect Core, section 3.1.2.1; `create` is of Initiating User Registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInPrompt {
    /// Asks who it is, even of a person who is signed in.
    Login,
    /// Asks for consent, even where it was given.
    Consent,
    /// Lets the person choose among accounts; a login hint is not sent then.
    SelectAccount,
    /// Begins with making an account.
    Create,
    /// Asks nothing: the answer is the error `login_required` or another of its kin when that is not enough.
    Nothing,
}

impl SignInPrompt {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
            Self::Create => "create",
            Self::Nothing => "none",
        }
    }
}

/// What the sign-in page knows ahead.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignInPage {
    pub(crate) prompt: Option<SignInPrompt>,
    pub(crate) login_hint: Option<String>,
    pub(crate) domain_hint: Option<String>,
}

impl SignInPage {
    /// Checks that the hints are texts that a person could type.
    pub(crate) fn check(&self) -> Result<(), CredentialError> {
        for (name, hint) in [("login hint", &self.login_hint), ("domain hint", &self.domain_hint)] {
            let Some(hint) = hint else { continue };
            if hint.is_empty() || hint.len() > 1024 || hint.chars().any(char::is_control) {
                return Err(CredentialError::new(
                    CredentialErrorKind::InvalidConfiguration,
                    format!("the {name} is empty, longer than 1024 bytes, or holds control characters"),
                    "give the account's name as its owner types it, or a domain of the tenant",
                ));
            }
        }
        Ok(())
    }

    /// The parameters, with `known`, the account that is expected, where no hint was given.
    pub(crate) fn parameters<'a>(&'a self, known: Option<&'a str>) -> Vec<(&'static str, &'a str)> {
        let mut parameters = Vec::new();
        parameters.extend(self.prompt.map(|prompt| ("prompt", prompt.as_str())));
        // A page that is to show all accounts is not told of one.
        if self.prompt != Some(SignInPrompt::SelectAccount) {
            let hint = self.login_hint.as_deref().or(known).filter(|hint| !hint.is_empty());
            parameters.extend(hint.map(|hint| ("login_hint", hint)));
        }
        parameters.extend(self.domain_hint.as_deref().map(|hint| ("domain_hint", hint)));
        parameters
    }
}

/// The methods of a flow or a builder with `page: SignInPage` at a place.
macro_rules! sign_in_page_options {
    ($($place:ident).+, $prompt:ident, $login_hint:ident, $domain_hint:ident) => {
        /// Has the sign-in page do this first.
        #[must_use]
        pub fn $prompt(mut self, prompt: $crate::SignInPrompt) -> Self {
            self.$($place).+.prompt = Some(prompt);
            self
        }

        /// Fills in the account's name: a user principal name, or the claim `login_hint` of an id token.
        #[must_use]
        pub fn $login_hint(mut self, hint: impl Into<String>) -> Self {
            self.$($place).+.login_hint = Some(hint.into());
            self
        }

        /// Skips the question whose account it is: a domain of the tenant, `organizations` or `consumers`.
        #[must_use]
        pub fn $domain_hint(mut self, hint: impl Into<String>) -> Self {
            self.$($place).+.domain_hint = Some(hint.into());
            self
        }
    };
}
pub(crate) use sign_in_page_options;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_sent_where_they_help() {
        let page = SignInPage { login_hint: Some("ada@contoso.com".into()), ..SignInPage::default() };
        assert_eq!(page.parameters(Some("bob")), [("login_hint", "ada@contoso.com")]);
        assert_eq!(SignInPage::default().parameters(Some("bob")), [("login_hint", "bob")]);
        assert!(SignInPage::default().parameters(Some("")).is_empty());
        let choosing = SignInPage {
            prompt: Some(SignInPrompt::SelectAccount),
            domain_hint: Some("organizations".into()),
            ..page
        };
        assert_eq!(
            choosing.parameters(Some("bob")),
            [("prompt", "select_account"), ("domain_hint", "organizations")]
        );
    }

    #[test]
    fn bad_hints_are_refused_and_not_echoed() {
        let long = "planted".repeat(200);
        for bad in ["", "planted\n", &long] {
            for page in [
                SignInPage { login_hint: Some(bad.into()), ..SignInPage::default() },
                SignInPage { domain_hint: Some(bad.into()), ..SignInPage::default() },
            ] {
                let error = page.check().unwrap_err();
                assert!(
                    error.problem().contains("hint") && !error.to_string().contains("planted"),
                    "{error}"
                );
            }
        }
    }
}
