//! How a command fails, and the exit status that goes with it.

use std::error::Error;
use std::process::ExitCode;

use credential::{CredentialError, CredentialErrorKind};

use crate::command_line_fix::in_words_of_the_command_line;

/// How a command fails.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something given is wrong or missing: exit status 2.
    BadInput(String),
    /// A service refused, did not answer, or a step ended unexpectedly: exit status 1.
    Failed(String),
    /// Whoever read the output has enough, as `head` does: nothing to report.
    ReaderGone,
    /// A verdict against the input, which standard output tells already.
    Told,
}

impl Failure {
    /// Makes a failure of an input from what is wrong and how to fix it.
    pub(crate) fn bad_input(problem: impl std::fmt::Display, fix: &str) -> Self {
        Self::BadInput(format!("{problem}: {fix}"))
    }

    /// Says where the input came from: a variable, a file.
    pub(crate) fn found_in(self, origin: impl std::fmt::Display) -> Self {
        match self {
            Self::BadInput(text) => Self::BadInput(format!("{origin}: {text}")),
            other => other,
        }
    }

    /// Returns the exit status that `azcred --help` documents.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::BadInput(_) => ExitCode::from(2),
            Self::Failed(_) | Self::Told => ExitCode::FAILURE,
            Self::ReaderGone => ExitCode::SUCCESS,
        }
    }

    /// Returns what to tell the person, if anything.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::BadInput(text) | Self::Failed(text) => Some(text),
            Self::ReaderGone | Self::Told => None,
        }
    }
}

impl From<CredentialError> for Failure {
    fn from(error: CredentialError) -> Self {
        use CredentialErrorKind::{InvalidConfiguration, InvalidRequest, NotConfigured};
        let error = in_words_of_the_command_line(error);
        let text = with_root_cause(&error);
        match error.kind() {
            // A service has seen the request: whatever it made of it, this is no input that was found bad here.
            _ if error.status().is_some() => Self::Failed(text),
            NotConfigured | InvalidConfiguration | InvalidRequest => Self::BadInput(text),
            _ => Self::Failed(text),
        }
    }
}

impl From<std::io::Error> for Failure {
    /// For writing to standard output; reading names its file.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::ReaderGone,
            _ => Self::Failed(format!("the output cannot be written: {error}")),
        }
    }
}

/// The error's line, and a second one with the error at the very bottom, where that says something new.
pub(crate) fn with_root_cause(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string();
    let mut bottom = error;
    while let Some(source) = bottom.source() {
        bottom = source;
    }
    let cause = bottom.to_string();
    if text.contains(&cause) { text } else { format!("{text}\n  because: {cause}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: CredentialErrorKind) -> CredentialError {
        CredentialError::new(kind, "it is so", "do this")
    }

    #[test]
    fn inputs_and_refusals_have_different_exit_codes() {
        use CredentialErrorKind::{InvalidConfiguration, Refused, Unreachable};
        assert!(matches!(error(InvalidConfiguration).into(), Failure::BadInput(_)));
        assert!(matches!(error(Refused).into(), Failure::Failed(_)));
        assert!(matches!(error(Unreachable).into(), Failure::Failed(_)));
        let answered = error(InvalidConfiguration).with_status(http::StatusCode::NOT_FOUND);
        assert!(matches!(answered.into(), Failure::Failed(_)));
    }

    #[test]
    fn the_root_cause_is_told_and_nothing_in_between() {
        let inner = std::io::Error::other(std::io::Error::other("refused by peer"));
        let outer = error(CredentialErrorKind::Unreachable).with_source(inner);
        assert_eq!(with_root_cause(&outer), "it is so: do this\n  because: refused by peer");
    }
}
