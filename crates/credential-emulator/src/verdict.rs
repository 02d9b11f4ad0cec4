//! How a service judged a request.

/// How a service judged a request: what it found right and, if it refused, why.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) service: &'static str,
    pub(crate) verified: Vec<String>,
    pub(crate) refusal: Option<String>,
    /// What `WWW-Authenticate` asks for, where another token would be accepted.
    pub(crate) challenge: Option<String>,
}

impl Verdict {
    /// Starts with nothing verified.
    pub(crate) fn of(service: &'static str) -> Self {
        Self { service, verified: Vec::new(), refusal: None, challenge: None }
    }

    /// Notes something that was checked and found right.
    pub(crate) fn verified(&mut self, what: impl Into<String>) {
        self.verified.push(what.into());
    }
}
