//! A part of the list of sessions.

use std::fmt;

use serde::Deserialize;

use super::Session;

/// As many of the account's sessions as the service put into one answer, and the link to the rest.
///
/// # Example
/// ```
/// use mr_sts::remote_rendering;
///
/// let body = r#"{"sessions":[{"id":"s1","status":"Ready"}]}"#;
/// let page = remote_rendering::read_sessions(&http::Response::new(body.into()))?;
/// assert_eq!(page.sessions()[0].id(), "s1");
/// assert_eq!(page.next_link(), None);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct SessionPage {
    sessions: Vec<Session>,
    #[serde(rename = "@nextLink")]
    next_link: Option<String>,
}

impl SessionPage {
    /// Returns the sessions.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// Returns the sessions alone. Ask for the rest first, where there is more.
    pub fn into_sessions(self) -> Vec<Session> {
        self.sessions
    }

    /// Returns the service's link to the next page, unchecked; `None` on the last one.
    /// [`next_sessions`](super::next_sessions) makes a request of it that stays with the endpoint.
    pub fn next_link(&self) -> Option<&str> {
        self.next_link.as_deref().filter(|link| !link.is_empty())
    }
}

/// Does not show the link, which is what the service wrote.
impl fmt::Debug for SessionPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionPage")
            .field("sessions", &self.sessions)
            .field("is_last", &self.next_link().is_none())
            .finish_non_exhaustive()
    }
}
