//! The address of a service, checked.

use std::fmt;

use http::Uri;
use http::uri::{Authority, Scheme};

use crate::{CredentialError, CredentialErrorKind};

/// The address of a service: scheme, host, perhaps a port and a base path. Holds no credentials.
///
/// `https` is required. `http` is accepted for loopback hosts only, and only by [`Endpoint::parse_local`], so that
/// nothing is ever sent in the clear by a slip in a configuration file.
///
/// # Example
/// ```
/// use credential::Endpoint;
///
/// let endpoint = Endpoint::parse("endpoint", "https://Contoso.communication.azure.com:443/")?;
/// assert_eq!(endpoint.to_string(), "https://contoso.communication.azure.com");
/// assert_eq!(endpoint.uri("/identities?api-version=2023-10-01")?.path(), "/identities");
///
/// let error = Endpoint::parse("endpoint", "http://contoso.communication.azure.com").unwrap_err();
/// assert!(error.to_string().contains("https"));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    /// Without a trailing slash; empty for most services.
    base_path: String,
}

impl Endpoint {
    /// Parses an `https` address. A missing scheme means `https`, a trailing slash and a default port are dropped,
    /// the host is lower-cased. `name` is what the input is called in errors.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the text is empty or no address, names another scheme, or
    /// has user info, a query or a fragment.
    pub fn parse(name: &str, text: &str) -> Result<Self, CredentialError> {
        let endpoint = Self::parse_local(name, text)?;
        if endpoint.scheme == Scheme::HTTP {
            return Err(invalid(
                format!("the {name} uses http, which sends credentials in the clear"),
                "write https://, or allow http for loopback hosts explicitly where an emulator is meant",
            ));
        }
        Ok(endpoint)
    }

    /// Parses like [`Endpoint::parse`], and also accepts `http` when the host is `localhost`, `127.x.x.x` or `[::1]`.
    ///
    /// # Errors
    /// Those of [`Endpoint::parse`].
    pub fn parse_local(name: &str, text: &str) -> Result<Self, CredentialError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(invalid(format!("the {name} is empty"), "give an address such as https://host"));
        }
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        // `http::Uri` drops a fragment without a word.
        if full.contains(['?', '#']) {
            return Err(invalid(
                format!("the {name} has a query or fragment"),
                "give only scheme, host and path",
            ));
        }
        // Checked before parsing, so that a password never gets near an error.
        if full.contains('@') {
            return Err(user_info(name));
        }
        let uri: Uri = full.parse().map_err(|_| {
            invalid(
                format!("the {name} is not an address"),
                "give an address such as https://host, ASCII only",
            )
        })?;
        Self::checked(name, &uri, uri.path().trim_end_matches('/').to_owned())
    }

    fn checked(name: &str, uri: &Uri, base_path: String) -> Result<Self, CredentialError> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(invalid(format!("the {name} has no host"), "give an address such as https://host"));
        };
        if authority.host().is_empty() || (authority.as_str().contains(':') && has_bad_port(authority)) {
            return Err(invalid(
                format!("the {name} has no host, or a port that is not a number up to 65535"),
                "give an address such as https://host or https://host:8443",
            ));
        }
        if *scheme == Scheme::HTTP && !is_loopback(authority.host()) {
            return Err(invalid(
                format!("the {name} uses http with a host that is not this machine"),
                "write https://; http is only for localhost, 127.0.0.1 and [::1]",
            ));
        }
        if *scheme != Scheme::HTTP && *scheme != Scheme::HTTPS {
            return Err(invalid(format!("the {name} has a scheme other than https"), "write https://"));
        }
        let authority = if is_normal(scheme, authority) {
            authority.clone()
        } else {
            normalized_authority(scheme, authority).parse().map_err(|_| {
                invalid(format!("the {name} is not an address"), "give an address such as https://host")
            })?
        };
        Ok(Self { scheme: scheme.clone(), authority, base_path })
    }

    /// Returns the origin that a request's address leads to (RFC 6454, section 4): its scheme, host and port, by the rules of
    /// [`Endpoint::parse_local`]. `name` is what the address is called in errors.
    ///
    /// # Errors
    /// Those of [`Endpoint::parse_local`], but for a query: only the address's path and query are left out.
    ///
    /// # Example
    /// ```
    /// use credential::Endpoint;
    ///
    /// let origin = Endpoint::origin_of("address", &"https://Contoso.example:443/a?b".parse()?)?;
    /// assert_eq!(origin.to_string(), "https://contoso.example");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn origin_of(name: &str, address: &Uri) -> Result<Self, CredentialError> {
        if address.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(user_info(name));
        }
        Self::checked(name, address, String::new())
    }

    /// Says whether a request's address has this endpoint's scheme, host and port: the only place that a token for it may go
    /// to.
    pub fn is_at_origin_of(&self, address: &Uri) -> bool {
        Self::origin_of("address", address)
            .is_ok_and(|origin| (&origin.scheme, &origin.authority) == (&self.scheme, &self.authority))
    }

    /// Returns the host, lower case, without the port.
    pub fn host(&self) -> &str {
        self.authority.host()
    }

    /// Returns the host, with the port when it is not the scheme's default: what HTTP sends as `Host`.
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// Says whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.authority.host())
    }

    /// Returns the address of a path below the endpoint. `path_and_query` begins with `/` and is kept byte for byte.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when it holds characters that cannot stand in an address, or a `#`, which
    /// would begin a fragment and cut the rest off.
    pub fn uri(&self, path_and_query: &str) -> Result<Uri, CredentialError> {
        // `http::Uri` drops a fragment without a word, and with it a part of what was meant.
        if path_and_query.contains('#') {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidRequest,
                "the path or query holds a #, which would cut the address off",
                "percent-encode it as %23",
            ));
        }
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(format!("{}{path_and_query}", self.base_path))
            .build()
            .map_err(|source| {
                CredentialError::new(
                    CredentialErrorKind::InvalidRequest,
                    "the path or query cannot stand in an address",
                    "percent-encode it",
                )
                .with_source(source)
            })
    }
}

fn invalid(problem: String, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
}

fn user_info(name: &str) -> CredentialError {
    invalid(
        format!("the {name} has user info (text before an @)"),
        "give the address without it; credentials are passed separately",
    )
}

/// Says whether this is in normal form, as nearly all are, and needs no copy.
fn is_normal(scheme: &Scheme, authority: &Authority) -> bool {
    let is_plain = |port: &str| !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
    !authority.as_str().bytes().any(|byte| byte.is_ascii_uppercase())
        && authority
            .port()
            .is_none_or(|port| port.as_u16() != default_port(scheme) && is_plain(port.as_str()))
}

fn default_port(scheme: &Scheme) -> u16 {
    if *scheme == Scheme::HTTP { 80 } else { 443 }
}

fn has_bad_port(authority: &Authority) -> bool {
    let after_host = &authority.as_str()[authority.host().len()..];
    !after_host.is_empty() && authority.port_u16().is_none()
}

/// Lower-case host, and the port only when it is not the scheme's default: the form in which clients send `Host`.
pub(crate) fn normalized_authority(scheme: &Scheme, authority: &Authority) -> String {
    let host = authority.host().to_ascii_lowercase();
    match authority.port_u16() {
        Some(port) if port != default_port(scheme) => format!("{host}:{port}"),
        _ => host,
    }
}

/// `localhost`, 127.0.0.0/8 and `::1`; a name that merely resolves to them does not count.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A bearer token must not travel in the clear (RFC 6750, section 5.3), except to this machine.
pub(crate) fn refuse_insecure_uri(uri: &Uri) -> Result<(), CredentialError> {
    let fail = |problem, fix| Err(CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix));
    match (uri.scheme(), uri.host()) {
        (Some(scheme), Some(_)) if *scheme == Scheme::HTTPS => Ok(()),
        (Some(scheme), Some(host)) if *scheme == Scheme::HTTP && is_loopback(host) => Ok(()),
        (_, None) | (None, _) => {
            fail("the request has no scheme and host", "give the request an absolute address")
        }
        _ => fail("the request would send a token in the clear", "use https"),
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.base_path)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(input: &str) -> String {
        Endpoint::parse("endpoint", input).map_or_else(|error| format!("error: {error}"), |ok| ok.to_string())
    }

    #[test]
    fn normal_forms() {
        assert_eq!(text(" HOST.example:443/ "), "https://host.example");
        assert_eq!(text("https://host:8443"), "https://host:8443");
        assert_eq!(text("https://host/Base/path/"), "https://host/Base/path");
        assert_eq!(text("https://[::1]:443"), "https://[::1]");
        assert_eq!(text("https://host:08443"), "https://host:8443");
    }

    #[test]
    fn origins_leave_path_and_query_out() {
        let origin = |address: &str| Endpoint::origin_of("address", &address.parse().unwrap());
        for (address, expected) in [
            ("https://HOST:443/a/b?c", "https://host"),
            ("https://host:8443", "https://host:8443"),
            ("http://[::1]:80/x", "http://[::1]"),
            ("http://127.0.0.1:443/x", "http://127.0.0.1:443"),
        ] {
            assert_eq!(origin(address).unwrap().to_string(), expected);
        }
        let endpoint = Endpoint::parse("endpoint", "https://host/base").unwrap();
        let is_its = |address: &str| endpoint.is_at_origin_of(&address.parse().unwrap());
        assert!(is_its("https://HOST:443/other?x") && is_its("https://host/base"));
        assert!(
            !is_its("https://host:8443/base") && !is_its("https://host.example/base") && !is_its("/base")
        );
        assert!(!is_its("https://user@host/base") && !is_its("http://host/base"));
        for bad in
            ["/path", "https://user:planted@host/", "http://host/", "https://host:99999/", "ftp://host/"]
        {
            let error = origin(bad).unwrap_err().to_string();
            assert!(error.contains("address") && !error.contains("planted"), "{error}");
        }
    }

    #[test]
    fn http_is_for_loopback_and_on_request() {
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"] {
            let address = format!("http://{host}:80");
            assert_eq!(
                Endpoint::parse_local("endpoint", &address).unwrap().to_string(),
                format!("http://{host}")
            );
            assert!(Endpoint::parse("endpoint", &address).is_err());
        }
        assert!(Endpoint::parse_local("endpoint", "http://localhost.example.com").is_err());
        assert!(Endpoint::parse_local("endpoint", "http://128.0.0.1").is_err());
    }

    #[test]
    fn bad_input_is_named_and_never_echoed() {
        for bad in [
            "",
            "  ",
            "https://",
            "https://user:planted@host",
            "ftp://planted",
            "https://host?planted",
            "https://host#planted",
            "https://ho st/planted",
            "https://host:99999/planted",
            "https://host:/planted",
            "http://planted",
            "https://plänted",
        ] {
            let error = Endpoint::parse("endpoint", bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{bad}");
            assert!(error.to_string().contains("endpoint"), "{bad}: {error}");
            assert!(!error.to_string().contains("planted"), "{bad}: {error}");
        }
    }

    #[test]
    fn paths_are_kept_byte_for_byte() {
        let endpoint = Endpoint::parse("endpoint", "https://host/base").unwrap();
        assert_eq!(
            endpoint.uri("//a/8%3Aacs:b?x=%20+").unwrap().to_string(),
            "https://host/base//a/8%3Aacs:b?x=%20+"
        );
        for cut_off in ["/a b", "/a#b", "/a?b#c", "#"] {
            assert_eq!(
                endpoint.uri(cut_off).unwrap_err().kind(),
                CredentialErrorKind::InvalidRequest,
                "{cut_off}"
            );
        }
    }
}
