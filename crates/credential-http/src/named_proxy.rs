//! The proxy that the environment names.

use credential::{CredentialError, CredentialErrorKind, Environment, Secret};
use reqwest::NoProxy;

/// Only requests to the world go through a proxy, and they are all https.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Set by web servers for CGI programs, whose proxy variables a client can forge (CVE-2016-5385, "httpoxy").
const CGI: &str = "REQUEST_METHOD";

/// A proxy, and the variable that names it.
#[derive(Clone)]
pub(crate) struct NamedProxy {
    variable: &'static str,
    /// Without user name and password.
    authority: String,
    url: Secret,
    exceptions: String,
}

impl NamedProxy {
    /// Finds the proxy that the variables name, as curl reads them.
    pub(crate) fn find(environment: &dyn Environment) -> Result<Option<Self>, CredentialError> {
        if environment.var(CGI)?.is_some() {
            return Ok(None);
        }
        let Some((variable, value)) = first(environment, &VARIABLES)? else { return Ok(None) };
        let exceptions = first(environment, &EXCEPTIONS)?.map(|(_, value)| value.expose().to_owned());
        let (url, authority) = parse(variable, value.expose().trim())?;
        Ok(Some(Self { variable, authority, url, exceptions: exceptions.unwrap_or_default() }))
    }

    /// Makes reqwest's form of it.
    pub(crate) fn to_reqwest(&self) -> Result<reqwest::Proxy, CredentialError> {
        let proxy = reqwest::Proxy::https(self.url.expose()).map_err(|_| malformed(self.variable))?;
        Ok(proxy.no_proxy(NoProxy::from_string(&self.exceptions)))
    }

    /// Returns how to call it in an error: `the proxy host:port (HTTPS_PROXY)`.
    pub(crate) fn in_words(&self) -> String {
        format!("the proxy {} ({})", self.authority, self.variable)
    }
}

fn first<'a>(
    environment: &dyn Environment,
    names: &[&'a str],
) -> Result<Option<(&'a str, Secret)>, CredentialError> {
    for name in names {
        if let Some(value) = environment.var(name)? {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

/// Returns the whole address, with the scheme that people leave out, and its host and port.
fn parse(variable: &'static str, value: &str) -> Result<(Secret, String), CredentialError> {
    let url = match value.split_once("://") {
        None => Secret::from(format!("http://{value}")),
        Some(("http" | "https", _)) => Secret::from(value),
        Some((scheme, _)) if scheme.starts_with("socks") => return Err(socks(variable)),
        Some(_) => return Err(malformed(variable)),
    };
    let parsed: http::Uri = url.expose().parse().map_err(|_| malformed(variable))?;
    let authority = parsed.authority().ok_or_else(|| malformed(variable))?;
    let host_and_port = authority.as_str().rsplit('@').next().unwrap_or_default();
    let port_is_bad = authority.port().is_some_and(|port| port.as_str().parse::<u16>().is_err());
    if authority.host().is_empty() || port_is_bad || host_and_port.ends_with(':') {
        return Err(malformed(variable));
    }
    let authority = host_and_port.to_owned();
    Ok((url, authority))
}

/// The value may hold a password.
fn malformed(variable: &str) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        format!("the variable {variable} does not hold a proxy's address"),
        "write it as http://host:port or http://user:password@host:port, percent-encoded, or unset it",
    )
}

fn socks(variable: &str) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        format!("the variable {variable} names a SOCKS proxy, which this client does not speak to"),
        "name an http:// proxy in HTTPS_PROXY, unset the variable, or give the builder a reqwest client of your own",
    )
}

#[cfg(test)]
mod tests {
    use credential::MapEnvironment;
    use proptest::prelude::*;

    use super::*;

    fn found(variables: &[(&str, &str)]) -> Result<Option<String>, CredentialError> {
        let environment: MapEnvironment = variables.iter().copied().collect();
        let found = NamedProxy::find(&environment)?;
        found
            .map(|proxy| {
                proxy.to_reqwest()?;
                Ok(proxy.in_words())
            })
            .transpose()
    }

    #[test]
    fn the_variables_are_read_as_curl_reads_them() {
        for (variables, expected) in [
            (&[][..], None),
            (&[("HTTP_PROXY", "http://p:1"), ("http_proxy", "http://p:1")], None),
            (&[("HTTPS_PROXY", "")], None),
            (&[("HTTPS_PROXY", "http://p:1")], Some("the proxy p:1 (HTTPS_PROXY)")),
            (&[("https_proxy", " http://p/ ")], Some("the proxy p (https_proxy)")),
            (&[("ALL_PROXY", "p.example:3128")], Some("the proxy p.example:3128 (ALL_PROXY)")),
            (&[("HTTPS_PROXY", ""), ("all_proxy", "https://[::1]:8")], Some("the proxy [::1]:8 (all_proxy)")),
            (
                &[("ALL_PROXY", "http://a:1"), ("HTTPS_PROXY", "http://b:1")],
                Some("the proxy b:1 (HTTPS_PROXY)"),
            ),
            (&[("HTTPS_PROXY", "http://me:planted@p:1")], Some("the proxy p:1 (HTTPS_PROXY)")),
            (&[("HTTPS_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], None),
        ] {
            assert_eq!(found(variables).unwrap().as_deref(), expected, "{variables:?}");
        }
    }

    #[test]
    fn a_malformed_address_names_its_variable_and_not_its_value() {
        let mut texts = std::collections::BTreeSet::new();
        for value in [
            "planted proxy",
            "http://",
            "http://me:planted@",
            "http://planted:port",
            "http://planted:99999",
            "planted:",
            "ftp://planted",
            "://planted",
            "/planted",
            "socks5://planted:1080",
        ] {
            let error = found(&[("https_proxy", value)]).expect_err(value);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(!format!("{error:?}").contains("planted"), "{error:?}");
            texts.insert(error.to_string());
        }
        insta::assert_snapshot!(texts.into_iter().collect::<Vec<_>>().join("\n"));
    }

    proptest! {
        #[test]
        fn any_value_is_read_or_refused(value in "\\PC{0,30}|https?://[a-z:@/0-9\\[\\]%]{0,20}") {
            let _either = found(&[("HTTPS_PROXY", &value)]);
        }
    }
}
