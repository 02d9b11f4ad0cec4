//! What of a request's address goes on the wire: the request-target and the host.

use std::borrow::Cow;

use credential::{CredentialError, CredentialErrorKind, Endpoint};
use http::header::{HOST, HeaderName};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Method, Uri};

use crate::Refusal;
use crate::string_to_sign::has_any;

/// A header about the signed host, to be set. Few requests need one, so it does not weigh on the others.
pub(crate) type HostHeader = Box<(HeaderName, HeaderValue)>;

pub(crate) const SIGNED_HOST: HeaderName = HeaderName::from_static("x-ms-host");
const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// The request-target and the host, as they go on the wire.
pub(crate) struct RequestAddress<'a> {
    pub(crate) target: Cow<'a, str>,
    pub(crate) host: Cow<'a, str>,
    /// Says whether the wire would carry the host in another spelling: the caller's own `Host` header has one, or the
    /// client would copy upper-case letters from the address.
    is_spelled_otherwise: bool,
}

impl<'a> RequestAddress<'a> {
    /// The address of a request that is about to be sent.
    ///
    /// An absolute address needs `https`, or `http` and a host that is this machine. An address without a host, as some
    /// low-level clients take it, needs a `Host` header. Where both name a host they must mean the same one: HTTP/1.1
    /// would send the header, HTTP/2 the address.
    #[inline]
    pub(crate) fn to_send(
        method: &Method,
        uri: &'a Uri,
        headers: &HeaderMap,
    ) -> Result<Self, CredentialError> {
        if *method == Method::CONNECT || method.as_str().bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(refuse(
                "the request's method is CONNECT, or is not in upper case",
                "use GET, POST and so on, in upper case",
            ));
        }
        let target = target(uri).ok_or_else(|| {
            refuse("the request's address has no path", "give it a path that begins with /")
        })?;
        let from_header = host_header(headers).map_err(|_| {
            refuse(
                "the request has more than one Host header, or an unreadable one",
                "remove the Host header",
            )
        })?;
        let no_host =
            || refuse("the request has no host", "give it an absolute address such as https://host/path");
        let host = match (uri.scheme(), uri.authority()) {
            (Some(scheme), Some(authority)) => {
                let host = host_to_send(scheme, authority)?;
                if from_header.is_some_and(|text| !means(text, &host, default_port(Some(scheme)))) {
                    return Err(refuse(
                        "the request's Host header names another host than its address",
                        "remove the Host header, or change the address",
                    ));
                }
                host
            }
            (None, None) => normal_text(from_header, HTTPS).ok_or_else(no_host)?,
            _ => return Err(no_host()),
        };
        let is_spelled_otherwise = match (from_header, &host) {
            (Some(header), host) => header != host.as_ref(),
            // A host that is borrowed from the address has no upper-case letters, and is what nearly all are.
            (None, Cow::Borrowed(_)) => false,
            (None, Cow::Owned(_)) => uri.authority().is_some_and(|text| has_upper_case(text.as_str())),
        };
        Ok(Self { target, host, is_spelled_otherwise })
    }

    /// The address of a request that has arrived: `Host` byte for byte, or the address's host where there is none, as
    /// in HTTP/2.
    pub(crate) fn as_received(uri: &'a Uri, headers: &'a HeaderMap) -> Result<Self, Refusal> {
        let target = target(uri).ok_or(Refusal::Target)?;
        let port = default_port(uri.scheme());
        let from_uri = uri.authority().and_then(|authority| normal(authority, port));
        let host = match (host_header(headers)?, from_uri) {
            (Some(header), Some(authority)) if !means(header, &authority, port) => {
                return Err(Refusal::Host { header: header.to_owned(), authority: authority.into_owned() });
            }
            (Some(header), _) => Cow::Borrowed(header),
            (None, Some(authority)) => authority,
            (None, None) => return Err(Refusal::MissingHeader { name: "host" }),
        };
        Ok(Self { target, host, is_spelled_otherwise: false })
    }

    /// Returns the `Host` header that must be set so that the wire carries the signed host.
    #[inline]
    pub(crate) fn host_header_to_set(&self) -> Option<HostHeader> {
        if self.is_spelled_otherwise { about_host(HOST, &self.host) } else { None }
    }

    /// Takes another host to sign than the one that the request goes to, and returns the header that names it.
    pub(crate) fn sign_host(&mut self, signed: &'a str) -> Option<HostHeader> {
        self.host = Cow::Borrowed(signed);
        about_host(SIGNED_HOST, signed)
    }
}

#[cold]
fn about_host(name: HeaderName, host: &str) -> Option<HostHeader> {
    HeaderValue::from_str(host).ok().map(|value| Box::new((name, value)))
}

fn target(uri: &Uri) -> Option<Cow<'_, str>> {
    let text = uri.path_and_query()?.as_str();
    match text.as_bytes().first() {
        Some(b'/') => Some(Cow::Borrowed(text)),
        // HTTP sends at least a slash (RFC 9112, section 3.2.1).
        Some(b'?') => Some(Cow::Owned(format!("/{text}"))),
        _ => None,
    }
}

fn host_to_send<'a>(scheme: &Scheme, authority: &'a Authority) -> Result<Cow<'a, str>, CredentialError> {
    if *scheme == Scheme::HTTPS && is_plain(authority.as_str()) {
        return Ok(Cow::Borrowed(authority.as_str()));
    }
    if authority.as_str().contains('@') {
        return Err(refuse(
            "the request's address has user info (text before an @)",
            "remove it; the signature takes its place",
        ));
    }
    let host = normal(authority, default_port(Some(scheme))).ok_or_else(|| {
        refuse(
            "the request's address has no host, or a port that is not a number up to 65535",
            "use an address such as https://host/path or https://host:8443/path",
        )
    })?;
    let insecure = *scheme != Scheme::HTTPS
        && (*scheme != Scheme::HTTP || Endpoint::parse_local("address", &format!("http://{host}")).is_err());
    if insecure {
        return Err(refuse(
            "the request's address is not https",
            "use https; http is only for localhost, 127.0.0.1 and [::1]",
        ));
    }
    Ok(host)
}

/// The one `Host` header, or none.
fn host_header(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut all = headers.get_all(HOST).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            value.to_str().map(Some).map_err(|_| Refusal::UnreadableHeader { name: "host" })
        }
        (Some(_), Some(_)) => Err(Refusal::RepeatedHeader { name: "host" }),
    }
}

fn default_port(scheme: Option<&Scheme>) -> u16 {
    if scheme == Some(&Scheme::HTTP) { HTTP } else { HTTPS }
}

/// Says whether a `Host` header means this host, whose form is normal.
fn means(header: &str, host: &str, default_port: u16) -> bool {
    header == host || normal_text(Some(header), default_port).is_some_and(|normal| normal == host)
}

fn normal_text(text: Option<&str>, default_port: u16) -> Option<Cow<'static, str>> {
    let authority: Authority = text?.parse().ok()?;
    Some(Cow::Owned(normal(&authority, default_port)?.into_owned()))
}

/// Lower case, and the port only when it is not the default one; none when there is user info, no host or a bad port.
fn normal(authority: &Authority, default_port: u16) -> Option<Cow<'_, str>> {
    let text = authority.as_str();
    if is_plain(text) {
        return Some(Cow::Borrowed(text));
    }
    let host = authority.host();
    if host.is_empty() || text.contains('@') {
        return None;
    }
    let kept = match text.get(host.len()..)?.strip_prefix(':') {
        None => Cow::Borrowed(host),
        Some(digits) => match digits.parse::<u16>() {
            Ok(port) if port == default_port => Cow::Borrowed(host),
            Ok(_) if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0') => {
                Cow::Borrowed(text)
            }
            Ok(port) => Cow::Owned(format!("{host}:{port}")),
            Err(_) => return None,
        },
    };
    if has_upper_case(&kept) {
        return Some(Cow::Owned(kept.to_ascii_lowercase()));
    }
    Some(kept)
}

fn has_upper_case(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Says whether this is what nearly all hosts are: in lower case, without port, user info and IPv6 address. The one range holds
/// `:`, `@` and the upper-case letters; what else it holds is looked at more closely.
fn is_plain(authority: &str) -> bool {
    !authority.is_empty() && !has_any(authority, |byte| matches!(byte, b':'..=b'Z'))
}

fn refuse(problem: &'static str, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_send(uri: &str, host: Option<&str>) -> Result<(String, String), CredentialError> {
        let uri: Uri = uri.parse().unwrap();
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(HOST, HeaderValue::from_bytes(host.as_bytes()).unwrap());
        }
        let address = RequestAddress::to_send(&Method::GET, &uri, &headers)?;
        Ok((address.target.into_owned(), address.host.into_owned()))
    }

    #[test]
    fn targets_are_kept_byte_for_byte() {
        for (uri, target) in [
            ("https://h", "/"),
            ("https://h/", "/"),
            ("https://h?a=b", "/?a=b"),
            ("https://h/?", "/?"),
            ("https://h?", "/?"),
            ("https://h/p?", "/p?"),
            ("https://h//emails/operations/1?x", "//emails/operations/1?x"),
            ("https://h/a/../b/./c", "/a/../b/./c"),
            ("https://h/8%3Aacs:b%2f?q=a+b%20c&&=~!'()", "/8%3Aacs:b%2f?q=a+b%20c&&=~!'()"),
            ("https://h/p?q=1#fragment", "/p?q=1"),
            ("https://h/Qu\u{e9}bec", "/Qu\u{e9}bec"),
        ] {
            assert_eq!(to_send(uri, None).unwrap().0, target, "{uri}");
        }
    }

    #[test]
    fn hosts_are_lower_case_with_a_port_only_when_it_is_not_the_default() {
        for (uri, host) in [
            ("https://CONTOSO.example/", "contoso.example"),
            ("https://h:443/", "h"),
            ("https://h:80/", "h:80"),
            ("https://H:8443/", "h:8443"),
            ("https://h:08443/", "h:8443"),
            ("https://[::1]:8443/", "[::1]:8443"),
            ("https://[FE80::1]/", "[fe80::1]"),
            ("http://localhost:80/", "localhost"),
            ("http://LOCALHOST:443/", "localhost:443"),
            ("http://127.0.0.1:7071/", "127.0.0.1:7071"),
        ] {
            assert_eq!(to_send(uri, None).unwrap().1, host, "{uri}");
        }
    }

    #[test]
    fn a_host_header_must_mean_the_same_host() {
        for (uri, header, host) in [
            ("https://h/", "h", "h"),
            ("https://h/", "H:443", "h"),
            ("https://H:8443/", "h:8443", "h:8443"),
            ("/p?q", "Contoso.example:443", "contoso.example"),
            ("/p?q", "localhost:7443", "localhost:7443"),
        ] {
            assert_eq!(to_send(uri, Some(header)).unwrap().1, host, "{uri} {header}");
        }
        for (uri, header) in [
            ("https://h/", "other"),
            ("https://h/", "h:8443"),
            ("https://h:8443/", "h"),
            ("https://h/", ""),
            ("https://h/", "a@h"),
            ("https://h/", "h\u{e9}"),
            ("/p", "a@h"),
            ("/p", ""),
        ] {
            let error = to_send(uri, Some(header)).expect_err(header);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
        }
    }

    #[test]
    fn what_cannot_be_signed_is_refused() {
        for uri in [
            "/no/host",
            "*",
            "host:443",
            "http://contoso.example/",
            "http://localhost.example/",
            "ftp://localhost/",
            "https://user:planted@h/",
            "https://h:/",
            "https://h:99999/",
            "https://:443/",
        ] {
            let Ok(parsed) = uri.parse::<Uri>() else { continue };
            let error = to_send(uri, None).expect_err(uri);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest, "{uri} {parsed}");
            assert!(!error.to_string().contains("planted"));
        }
        let uri: Uri = "https://h/".parse().unwrap();
        for method in ["CONNECT", "get", "Patch"] {
            let method: Method = method.parse().unwrap();
            assert!(RequestAddress::to_send(&method, &uri, &HeaderMap::new()).is_err(), "{method}");
        }
    }
}
