//! A session.

use std::fmt;

use serde::Deserialize;

/// How large the machine of a session is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SessionSize {
    /// For models of up to 20 million polygons.
    #[default]
    Standard,
    /// For larger ones.
    Premium,
}

impl SessionSize {
    /// Returns the name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Premium => "Premium",
        }
    }
}

/// A session, as the service tells about it.
///
/// # Example
/// ```
/// use mr_sts::remote_rendering;
///
/// let body = r#"{"id":"s1","creationTime":"2021-02-01T10:00:00Z","elapsedTimeMinutes":2,"maxLeaseTimeMinutes":15,
///     "size":"Standard","status":"Starting"}"#;
/// let session = remote_rendering::read_session(&http::Response::new(body.into()))?;
/// assert_eq!((session.id(), session.status(), session.elapsed_minutes()), ("s1", "Starting", Some(2)));
/// assert!(!session.is_ready());
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    id: String,
    status: String,
    size: Option<String>,
    creation_time: Option<String>,
    elapsed_time_minutes: Option<u32>,
    max_lease_time_minutes: Option<u32>,
}

impl Session {
    /// Returns the id that the session was created with.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the status: `Starting`, `Ready`, `Stopped`, `Expired` or `Error`.
    pub fn status(&self) -> &str {
        &self.status
    }

    /// Says whether the session can be connected to.
    pub fn is_ready(&self) -> bool {
        self.status == "Ready"
    }

    /// Returns the size, such as `Standard`.
    pub fn size(&self) -> Option<&str> {
        self.size.as_deref()
    }

    /// Returns when the session was created, as the service writes it (RFC 3339).
    pub fn created(&self) -> Option<&str> {
        self.creation_time.as_deref()
    }

    /// Returns for how many minutes the session has run.
    pub fn elapsed_minutes(&self) -> Option<u32> {
        self.elapsed_time_minutes
    }

    /// Returns after how many minutes the session ends by itself.
    pub fn max_lease_minutes(&self) -> Option<u32> {
        self.max_lease_time_minutes
    }
}

/// Shows a status of the known form only: the rest is what the service wrote, which may hold anything.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = if KNOWN.contains(&self.status.as_str()) { &self.status } else { "(another)" };
        f.debug_struct("Session").field("status", &status).finish_non_exhaustive()
    }
}

const KNOWN: [&str; 5] = ["Starting", "Ready", "Stopped", "Expired", "Error"];
