//! The hosts that a credential is for.

use credential::Endpoint;
use http::Uri;

use crate::failure::Failure;

/// The hosts that a credential is for.
#[derive(Debug, Default)]
pub(super) struct Home {
    /// Whole addresses, such as that of a connection string or an emulator.
    pub(super) endpoints: Vec<Endpoint>,
    /// Names of hosts, and what the names of others end in.
    pub(super) domains: Vec<String>,
}

impl Home {
    /// Refuses an address at which the credential has no business.
    pub(super) fn check(&self, uri: &Uri, allowed: &[String]) -> Result<(), Failure> {
        let asked = origin(uri).ok_or_else(|| {
            Failure::bad_input(
                "the url would carry the credential in the clear",
                "write https://; http is for this machine only",
            )
        })?;
        let host = asked.host();
        let is_endpoint = self.endpoints.iter().any(|own| origin_of(own).as_ref() == Some(&asked));
        let is_in = |domain: &String| {
            host == domain || host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'))
        };
        let is_usual = asked.authority() == host;
        let is_allowed = allowed.iter().any(|name| name.eq_ignore_ascii_case(host));
        if is_endpoint || is_allowed || (is_usual && self.domains.iter().any(is_in)) {
            return Ok(());
        }
        Err(Failure::bad_input(
            format_args!("the credential is not meant for the host of the url; it is for {}", self.names()),
            "check the url, or name the host with --allow-host if it may have the credential",
        ))
    }

    fn names(&self) -> String {
        let endpoints = self.endpoints.iter().map(ToString::to_string);
        let domains = self.domains.iter().map(|domain| format!("hosts of {domain}"));
        let all: Vec<_> = endpoints.chain(domains).collect();
        if all.is_empty() { "no host that is known here".to_owned() } else { all.join(" and ") }
    }
}

fn origin(uri: &Uri) -> Option<Endpoint> {
    let (scheme, authority) = (uri.scheme()?, uri.authority()?);
    Endpoint::parse_local("url", &format!("{scheme}://{authority}")).ok()
}

fn origin_of(endpoint: &Endpoint) -> Option<Endpoint> {
    origin(&endpoint.uri("/").ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_credential_goes_and_where_not() {
        let home = Home {
            endpoints: vec![Endpoint::parse_local("endpoint", "http://127.0.0.1:5000/base").unwrap()],
            domains: vec!["communication.azure.com".to_owned()],
        };
        let check = |url: &str, allowed: &[&str]| {
            let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
            home.check(&url.parse().unwrap(), &allowed)
        };
        for (url, allowed) in [
            ("https://communication.azure.com/", &[][..]),
            ("https://contoso.Communication.azure.com:443/x?y=z", &[]),
            ("http://127.0.0.1:5000/other", &[]),
            ("https://example.com:8443/", &["EXAMPLE.com"]),
        ] {
            assert!(check(url, allowed).is_ok(), "{url}");
        }
        for url in [
            "https://xcommunication.azure.com/",
            "https://communication.azure.com.example.com/",
            "https://contoso.communication.azure.com:8443/",
            "http://contoso.communication.azure.com/",
            "http://127.0.0.1:5001/",
            "https://127.0.0.1:5000/",
            "https://example.com/",
        ] {
            assert!(matches!(check(url, &["other.example"]), Err(Failure::BadInput(_))), "{url}");
        }
        assert!(matches!(check("http://example.com/", &["example.com"]), Err(Failure::BadInput(_))));
    }
}
