//! Which application asks.

use credential::{CredentialError, CredentialErrorKind};

/// Checks an application (client) id. Entra's are UUIDs; AD FS and other servers use other texts.
pub(crate) fn check_client_id(text: &str) -> Result<(), CredentialError> {
    let invalid = |problem| {
        CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            problem,
            "give the application (client) id from the app registration's overview page",
        )
    };
    if text.is_empty() {
        return Err(invalid("the client id is empty"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("the client id holds spaces or characters outside printable ASCII"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table() {
        for good in ["11111111-2222-3333-4444-555555555555", "urn:app:1"] {
            assert!(check_client_id(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "pl anted", "planted\n", "plänted"] {
            let error = check_client_id(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(error.to_string().contains("client id"), "{error}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }
}
