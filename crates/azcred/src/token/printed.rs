//! A token as the commands print it.

use std::fmt;
use std::time::{Duration, SystemTime};

use credential::AccessToken;
use serde::Serialize;

/// A token as `--json` prints it.
#[derive(Serialize)]
pub(crate) struct PrintedToken {
    access_token: String,
    token_type: &'static str,
    /// RFC 3339, in UTC.
    expires_on: String,
    /// Seconds from now, rounded down.
    expires_in: u64,
    /// The Communication Services user that the token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<String>,
    /// The name of the person whose token it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// Where the account's REST v2 service answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    rest_v2_endpoint: Option<String>,
}

impl PrintedToken {
    /// Takes the parts of a token.
    pub(crate) fn new(token: &AccessToken, now: SystemTime) -> Self {
        let expires_at = token.expires_at();
        Self {
            access_token: token.expose().to_owned(),
            token_type: "Bearer",
            expires_on: humantime::format_rfc3339_seconds(expires_at).to_string(),
            expires_in: expires_at.duration_since(now).unwrap_or(Duration::ZERO).as_secs(),
            identity: None,
            account: None,
            rest_v2_endpoint: None,
        }
    }

    /// Names the user that the token is for.
    pub(crate) fn with_identity(mut self, identity: String) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Names the person whose token it is.
    pub(crate) fn with_account(mut self, account: String) -> Self {
        self.account = Some(account);
        self
    }

    /// Says where the account's REST v2 service answered.
    pub(crate) fn with_rest_v2_endpoint(mut self, endpoint: String) -> Self {
        self.rest_v2_endpoint = Some(endpoint);
        self
    }

    /// Returns the token's text alone.
    pub(crate) fn bare(&self) -> &str {
        &self.access_token
    }
}

impl fmt::Debug for PrintedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrintedToken").field("expires_on", &self.expires_on).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_absolute_and_relative() {
        let now = SystemTime::UNIX_EPOCH;
        let token = AccessToken::new("planted", now + Duration::from_millis(61_500));
        let printed = PrintedToken::new(&token, now);
        assert_eq!(
            serde_json::to_string(&printed).unwrap(),
            r#"{"access_token":"planted","token_type":"Bearer","expires_on":"1970-01-01T00:01:01Z","expires_in":61}"#
        );
        assert!(!format!("{printed:?}").contains("planted"));
    }

    #[test]
    fn a_token_that_has_expired_has_no_time_left() {
        let token = AccessToken::new("t", SystemTime::UNIX_EPOCH);
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
        assert_eq!(PrintedToken::new(&token, later).expires_in, 0);
    }
}
