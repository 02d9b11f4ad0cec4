//! What the Entra token must be for.

use credential::{CredentialError, CredentialErrorKind};

/// The scope of the Entra token that is exchanged, for accounts of every region.
///
/// The double slash is right: the service's audience in Entra is `https://sts.mixedreality.azure.com/`, with its slash
/// and without a region, and a scope is the audience followed by `/.default`. Entra knows no audience of a regional host.
pub const DEFAULT_SCOPE: &str = "https://sts.mixedreality.azure.com//.default";

pub(crate) fn parse(text: &str) -> Result<String, CredentialError> {
    let flaw = if text.is_empty() {
        "is empty"
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        "holds spaces or characters outside printable ASCII"
    } else {
        return Ok(text.to_owned());
    };
    Err(CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        format!("the scope {flaw}"),
        "give one scope, or leave it out to use mr_sts::DEFAULT_SCOPE",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes() {
        assert_eq!(parse(DEFAULT_SCOPE).unwrap(), DEFAULT_SCOPE);
        for bad in ["", " ", "a b", "a\n", "é"] {
            let error = parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        }
    }
}
