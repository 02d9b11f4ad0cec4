//! The addresses under which the emulator answers.

use std::fmt;

/// The two ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// The addresses under which the emulator answers: both schemes, and each name of this machine.
#[derive(Debug)]
pub(crate) struct Origins {
    pub(crate) http: String,
    pub(crate) https: String,
    http_port: u16,
    https_port: u16,
}

/// The names that the server certificate holds.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl Origins {
    pub(crate) fn new(http_port: u16, https_port: u16) -> Self {
        Self {
            http: origin(Scheme::Http, "127.0.0.1", http_port),
            https: origin(Scheme::Https, "localhost", https_port),
            http_port,
            https_port,
        }
    }

    /// Returns the origin that a client used: the scheme it came by and the name it wrote in `Host`, where that is a
    /// name of ours. What the answer links to is then what the client already trusts.
    pub(crate) fn of_request(&self, scheme: Scheme, host: &str) -> String {
        let host = host.to_ascii_lowercase();
        let origin = format!("{scheme}://{host}");
        if self.all().any(|known| known == origin) {
            return origin;
        }
        if is_external_id(&host) {
            return format!("https://{host}");
        }
        match scheme {
            Scheme::Http => self.http.clone(),
            Scheme::Https => self.https.clone(),
        }
    }

    /// Returns every origin.
    pub(crate) fn all(&self) -> impl Iterator<Item = String> {
        [(Scheme::Http, self.http_port), (Scheme::Https, self.https_port)]
            .into_iter()
            .flat_map(|(scheme, port)| NAMES.into_iter().map(move |name| origin(scheme, name, port)))
    }

    /// Says whether the address is one of the origins, with or without a trailing slash.
    pub(crate) fn holds(&self, address: &str) -> bool {
        let bare = address.strip_suffix('/').unwrap_or(address);
        self.all().any(|known| known == bare)
    }
}

/// Says whether it is a host of Entra External ID, `<name>.ciamlogin.com`, by whose name a test's client may reach the emulator.
pub(crate) fn is_external_id(host: &str) -> bool {
    let name = host.strip_suffix(EXTERNAL_ID).unwrap_or_default();
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// What the hosts of Entra External ID end in.
pub(crate) const EXTERNAL_ID: &str = ".ciamlogin.com";

/// A default port is never written: clients compare origins as text.
fn origin(scheme: Scheme, name: &str, port: u16) -> String {
    match (scheme, port) {
        (Scheme::Http, 80) | (Scheme::Https, 443) => format!("{scheme}://{name}"),
        _ => format!("{scheme}://{name}:{port}"),
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_ports_are_not_written() {
        let origins = Origins::new(80, 443);
        assert_eq!(
            (origins.http.as_str(), origins.https.as_str()),
            ("http://127.0.0.1", "https://localhost")
        );
    }

    #[test]
    fn follows_the_name_the_client_used() {
        let origins = Origins::new(1080, 1443);
        assert_eq!(origins.of_request(Scheme::Https, "127.0.0.1:1443"), "https://127.0.0.1:1443");
        assert_eq!(origins.of_request(Scheme::Http, "LOCALHOST:1080"), "http://localhost:1080");
        assert_eq!(origins.of_request(Scheme::Https, "evil.example:1443"), "https://localhost:1443");
        assert_eq!(origins.of_request(Scheme::Http, ""), "http://127.0.0.1:1080");
        assert_eq!(
            origins.of_request(Scheme::Http, "Contoso.ciamlogin.com"),
            "https://contoso.ciamlogin.com"
        );
        for bad in [
            ".ciamlogin.com",
            "a.b.ciamlogin.com",
            "evilciamlogin.com",
            "a/b.ciamlogin.com",
            "a.ciamlogin.com:1",
        ] {
            assert_eq!(origins.of_request(Scheme::Http, bad), "http://127.0.0.1:1080", "{bad}");
        }
        assert!(!origins.holds("https://contoso.ciamlogin.com"), "not a name of this machine");
        assert!(origins.holds("https://[::1]:1443/") && !origins.holds("https://localhost:1443//"));
    }
}
