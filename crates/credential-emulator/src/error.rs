//! Why the emulator does not start.

use std::error::Error;
use std::fmt;

/// Why the emulator does not start, or could not write its certificate: what happened, and how to fix it.
pub struct EmulatorError {
    problem: String,
    fix: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl EmulatorError {
    pub(crate) fn new(problem: impl Into<String>, fix: &'static str) -> Self {
        Self { problem: problem.into(), fix, source: None }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns what happened.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// Returns how to fix it.
    pub fn fix(&self) -> &str {
        self.fix
    }
}

impl fmt::Display for EmulatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.problem, self.fix)
    }
}

impl fmt::Debug for EmulatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmulatorError")
            .field("text", &self.to_string())
            .field("source", &self.source)
            .finish()
    }
}

impl Error for EmulatorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
