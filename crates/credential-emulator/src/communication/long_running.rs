//! Operations that go on after the answer to the request that began them.

use serde_json::Value;

use crate::recent::Recent;

/// The latest operations. Each is running when it is first asked for, and has succeeded from then on, so that every
/// client polls and none waits long.
#[derive(Debug, Default)]
pub(super) struct Operations(Recent<Operation>);

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    /// What its service wants to know of it later.
    pub(super) detail: Value,
    polls: u32,
}

/// How long clients are asked to wait before they ask again, in seconds.
pub(super) const RETRY_AFTER: &str = "1";

impl Operations {
    pub(super) fn begin(&mut self, id: String, detail: Value) {
        self.0.push(Operation { id, detail, polls: 0 });
    }

    pub(super) fn find(&self, id: &str) -> Option<&Operation> {
        self.0.iter().find(|operation| operation.id.eq_ignore_ascii_case(id))
    }

    /// Returns the operation as it stands, having been asked for once more.
    pub(super) fn poll(&mut self, id: &str) -> Option<Operation> {
        let operation = self.0.iter_mut().find(|operation| operation.id.eq_ignore_ascii_case(id))?;
        operation.polls = operation.polls.saturating_add(1);
        Some(operation.clone())
    }
}

impl Operation {
    pub(super) fn has_ended(&self) -> bool {
        self.polls > 1
    }

    pub(super) fn status(&self) -> &'static str {
        if self.has_ended() { "Succeeded" } else { "Running" }
    }
}
