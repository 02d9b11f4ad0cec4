//! Says that the service has closed, where that explains a failure.

use credential::{CredentialError, NetworkFailure};

use crate::MediaCloud;

/// Explains that Media Services was retired when one of its host names does not resolve. Other errors pass unchanged.
///
/// [`MediaAuthorizer::send`](crate::MediaAuthorizer::send) does this by itself.
///
/// # Example
/// ```
/// use credential::{CredentialError, CredentialErrorKind, NetworkFailure};
///
/// let error = CredentialError::new(CredentialErrorKind::Unreachable, "the host name does not resolve", "check it")
///     .with_network_failure(NetworkFailure::Dns);
/// let error = ams_aad::with_retirement_hint(error, "myaccount.restv2.westus.media.azure.net");
/// assert!(error.fix().contains("retired on 2024-06-30"));
/// ```
#[must_use]
pub fn with_retirement_hint(error: CredentialError, host: &str) -> CredentialError {
    let host = host.to_ascii_lowercase();
    let media = host == "media.windows.net"
        || MediaCloud::ALL.iter().any(|cloud| host.ends_with(cloud.media_host_suffix()));
    if media && error.network_failure() == Some(NetworkFailure::Dns) {
        return error.with_fix(
            "Media Services was retired on 2024-06-30 and its host names are going away; use a compatible service, or \
             check the host if it is meant to exist",
        );
    }
    error
}

#[cfg(test)]
mod tests {
    use credential::CredentialErrorKind;

    use super::*;

    #[test]
    fn only_names_of_media_services_that_do_not_resolve() {
        let fix = |failure, host| {
            let error =
                CredentialError::new(CredentialErrorKind::Unreachable, "no answer", "check the network")
                    .with_network_failure(failure);
            with_retirement_hint(error, host).fix().to_owned()
        };
        assert!(fix(NetworkFailure::Dns, "a.restv2.westus.MEDIA.azure.net").contains("2024-06-30"));
        assert!(fix(NetworkFailure::Dns, "a.streaming.media.azure.net").contains("2024-06-30"));
        for (failure, host) in [
            (NetworkFailure::Connect, "a.restv2.westus.media.azure.net"),
            (NetworkFailure::Dns, "management.azure.com"),
            (NetworkFailure::Dns, "media.example.com"),
        ] {
            assert_eq!(fix(failure, host), "check the network", "{host}");
        }
    }
}
