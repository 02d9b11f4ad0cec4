//! Errors of inputs that were given ahead of any request.

use credential::{CredentialError, CredentialErrorKind};

/// Makes the error of an argument one of the configuration, where the argument was given when a credential was built.
pub(crate) fn as_configuration(error: CredentialError) -> CredentialError {
    let (problem, fix) = (error.problem().to_owned(), error.fix().to_owned());
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
}
