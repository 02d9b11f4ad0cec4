//! The rendering sessions of the account.

use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::clock::{rfc3339, seconds_since_epoch};
use crate::recent::Recent;

/// A rendering session. Nothing renders.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) size: &'static str,
    pub(super) lease_minutes: i64,
    pub(super) created_at: SystemTime,
    pub(super) state: State,
}

/// How far a session is. It is ready when it was asked for twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Starting,
    Ready,
    Stopped,
}

/// The sessions that clients made, in order; the oldest are forgotten first.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Recent<Session>>);

impl Sessions {
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Recent<Session>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn clear(&self) {
        self.with(|all| *all = Recent::default());
    }
}

impl Session {
    fn elapsed_minutes(&self, now: SystemTime) -> i64 {
        (seconds_since_epoch(now) - seconds_since_epoch(self.created_at)) / 60
    }

    /// Says whether the session is over: stopped, or its lease has run out.
    pub(super) fn is_over(&self, now: SystemTime) -> bool {
        self.state == State::Stopped || self.elapsed_minutes(now) >= self.lease_minutes
    }

    pub(super) fn shown(&self, now: SystemTime) -> Value {
        let status = match self.state {
            State::Stopped => "Stopped",
            _ if self.is_over(now) => "Expired",
            State::Starting => "Starting",
            State::Ready => "Ready",
        };
        let mut shown = json!({
            "id": self.id,
            "creationTime": rfc3339(self.created_at),
            "elapsedTimeMinutes": self.elapsed_minutes(now),
            "maxLeaseTimeMinutes": self.lease_minutes,
            "size": self.size,
            "status": status,
        });
        if status == "Ready" {
            shown["hostname"] = json!(format!("{}.rendering.invalid", self.id));
            shown["arrInspectorPort"] = json!(50_054);
            shown["handshakePort"] = json!(50_051);
            shown["teraflops"] = json!(if self.size == "Premium" { 11.0 } else { 5.5 });
        }
        shown
    }
}
