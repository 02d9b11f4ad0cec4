//! What a new token may be used for, and for how long.

use credential::{CredentialError, CredentialErrorKind};

use crate::TokenScope;
use crate::operations::identity::{self, CreateUserRequest, IssueAccessTokenRequest};

/// How long a token may live, in minutes.
const LIFETIME: std::ops::RangeInclusive<u32> = 60..=1440;

/// What a new token may be used for, and for how long; checked.
#[derive(Clone, Debug)]
pub(crate) struct TokenOptions {
    scopes: Vec<identity::TokenScope>,
    expires_in_minutes: Option<u32>,
}

impl TokenOptions {
    pub(crate) fn new(
        scopes: &[TokenScope],
        expires_in_minutes: Option<u32>,
    ) -> Result<Self, CredentialError> {
        if scopes.is_empty() {
            return Err(invalid(
                "no scopes were given for the token",
                "name at least one, such as chat or voip",
            ));
        }
        if expires_in_minutes.is_some_and(|minutes| !LIFETIME.contains(&minutes)) {
            return Err(invalid(
                "the token's lifetime is not within 60 to 1440 minutes",
                "give 60 to 1440 minutes, or nothing for 1440",
            ));
        }
        let scopes = scopes.iter().map(|scope| identity::TokenScope::from(scope.as_str())).collect();
        Ok(Self { scopes, expires_in_minutes })
    }

    pub(crate) fn into_create(self) -> CreateUserRequest {
        let mut request = CreateUserRequest::new().with_create_token_with_scopes(self.scopes);
        request.expires_in_minutes = self.expires_in_minutes;
        request
    }

    pub(crate) fn into_issue(self) -> IssueAccessTokenRequest {
        let mut request = IssueAccessTokenRequest::new(self.scopes);
        request.expires_in_minutes = self.expires_in_minutes;
        request
    }
}

fn invalid(problem: &'static str, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_have_bounds() {
        for (minutes, is_good) in
            [(0, false), (59, false), (60, true), (1440, true), (1441, false), (u32::MAX, false)]
        {
            assert_eq!(TokenOptions::new(&[TokenScope::Chat], Some(minutes)).is_ok(), is_good, "{minutes}");
        }
        assert!(TokenOptions::new(&[TokenScope::Chat], None).is_ok());
        assert!(TokenOptions::new(&[], None).is_err());
    }
}
