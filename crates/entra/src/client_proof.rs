//! How an app proves who it is.

use credential::{CredentialError, CredentialErrorKind, Secret};

use crate::client::Fields;

/// How an app proves who it is; public clients do not.
///
/// RFC 6749, section 2.3.1, and RFC 7523, section 2.2.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientProof {
    /// A client secret.
    Secret(Secret),
    /// A client assertion: a JSON Web Token that the app, or an issuer that it is federated with, has signed.
    Assertion(Secret),
}

impl ClientProof {
    /// Checks that the proof can be one.
    pub(crate) fn check(&self) -> Result<(), CredentialError> {
        match self {
            Self::Secret(secret) => check_client_secret(secret),
            Self::Assertion(assertion) => check_client_assertion(assertion),
        }
    }

    pub(crate) fn fields(&self) -> Fields<'_> {
        match self {
            Self::Secret(secret) => vec![("client_secret", secret.expose().into())],
            Self::Assertion(assertion) => vec![
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".into()),
                ("client_assertion", assertion.expose().into()),
            ],
        }
    }
}

pub(crate) fn check_client_secret(secret: &Secret) -> Result<(), CredentialError> {
    if !secret.expose().trim().is_empty() {
        return Ok(());
    }
    Err(CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        "the client secret is empty",
        "give the value of a secret from the app registration's Certificates & secrets page",
    ))
}

/// A JSON Web Token is dots and base64url; spaces and control characters are those of another file.
fn check_client_assertion(assertion: &Secret) -> Result<(), CredentialError> {
    let problem = if assertion.is_empty() {
        "the client assertion is empty"
    } else if !assertion.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        "the client assertion holds characters that no JSON Web Token has"
    } else {
        return Ok(());
    };
    Err(CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        problem,
        "check that the assertion's source holds one JSON Web Token and nothing else",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_are_checked_and_not_echoed() {
        assert!(ClientProof::Secret(" x ".into()).check().is_ok());
        assert!(ClientProof::Assertion("eyJ.eyJ.c2ln".into()).check().is_ok());
        for bad in [
            ClientProof::Secret("".into()),
            ClientProof::Secret(" \n".into()),
            ClientProof::Assertion("".into()),
            ClientProof::Assertion("planted planted".into()),
            ClientProof::Assertion("planted\n".into()),
            ClientProof::Assertion("plänted".into()),
        ] {
            let error = bad.check().unwrap_err();
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(error.problem().starts_with("the client "), "{error}");
            assert!(!format!("{error:?} {bad:?}").contains("planted"));
        }
    }
}
