//! Addresses as people give them, checked before anything is sent there.

use credential::Endpoint;
use entra::Authority;

use crate::failure::Failure;

/// Parses the address of a service. `origin` is the flag or the variable that it came from.
pub(crate) fn endpoint(origin: &str, text: &str) -> Result<Endpoint, Failure> {
    refuse_what_is_no_address(origin, "endpoint", text)?;
    Endpoint::parse_local("endpoint", text).map_err(|error| Failure::from(error).found_in(origin))
}

/// Parses the address of who issues Entra tokens.
pub(crate) fn authority(origin: &str, text: &str) -> Result<Authority, Failure> {
    refuse_what_is_no_address(origin, "authority", text)?;
    Authority::parse_local(text).map_err(|error| Failure::from(error).found_in(origin))
}

/// The libraries add a missing scheme, so that any word becomes a host name. A key in the wrong place would go to the
/// resolver, and into the error that it does not resolve.
fn refuse_what_is_no_address(origin: &str, noun: &str, text: &str) -> Result<(), Failure> {
    let text = text.trim();
    if text.is_empty() || text.contains("://") || text.contains('@') || names_a_host(text) {
        return Ok(());
    }
    let problem = format!(
        "the {noun} (not shown) has no scheme, and begins with neither localhost nor a host with a dot or a port"
    );
    Err(Failure::bad_input(problem, "write the whole address, such as https://host").found_in(origin))
}

fn names_a_host(text: &str) -> bool {
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.starts_with('[') {
        return true;
    }
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_name = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.split('.').all(is_name)
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
        && (port.is_some() || host.contains('.') || host.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_and_without_a_scheme() {
        for (text, expected) in [
            ("https://intranet", "https://intranet"),
            ("http://127.0.0.1:1", "http://127.0.0.1:1"),
            ("contoso.communication.azure.com/", "https://contoso.communication.azure.com"),
            ("localhost", "https://localhost"),
            ("intranet:8443/base", "https://intranet:8443/base"),
            ("[::1]:8443", "https://[::1]:8443"),
        ] {
            assert_eq!(endpoint("--endpoint", text).unwrap().to_string(), expected, "{text}");
            assert_eq!(authority("--authority", text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_may_be_a_secret_is_refused_and_not_shown() {
        for bad in [
            "UExBTlRFRA",
            "UExBTlRFRA==",
            "s3cr3tUExBTlRFRA",
            "UExB/TlRFRA.x",
            "8Q~UExBTlRFRA.x",
            "UExBTlRFRA:secret",
            "a..UExBTlRFRA",
            "UExBTlRFRA_x.y",
        ] {
            for failure in
                [endpoint("--endpoint", bad).unwrap_err(), authority("A_VARIABLE", bad).unwrap_err()]
            {
                let text = failure.text().unwrap();
                assert!(text.starts_with("--endpoint: ") || text.starts_with("A_VARIABLE: "), "{text}");
                assert!(!text.contains("UExB"), "{bad}: {text}");
                assert!(matches!(failure, Failure::BadInput(_)), "{bad}");
            }
        }
    }
}
