//! An address, taken apart without changing a byte of what goes on the wire.

use std::borrow::Cow;

use credential::Endpoint;

use crate::failure::Failure;

/// The schemes, by their default ports.
const HTTP: &str = "80";
const HTTPS: &str = "443";

/// The parts of an address that a signature covers.
///
/// `http::Uri` and `url::Url` each rewrite or refuse addresses that services accept and SDKs send, so this reads the
/// text itself: nothing is decoded, encoded, sorted or resolved.
#[derive(Debug, PartialEq)]
pub(crate) struct WireUrl<'a> {
    /// What the `Host` header says: lower case, the port only when it is not the scheme's default.
    pub(crate) host: Cow<'a, str>,
    /// The request target: path and query byte for byte, at least `/`, never the fragment.
    pub(crate) target: Cow<'a, str>,
}

impl<'a> WireUrl<'a> {
    /// Takes an address apart.
    pub(crate) fn parse(url: &'a str) -> Result<Self, Failure> {
        let (default_port, rest) = after_scheme(url)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let target = rest.split('#').next().unwrap_or_default();
        if target.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(Failure::bad_input(
                "the url holds spaces or control characters",
                "percent-encode them, as the client that sends the request does",
            ));
        }
        let target = match target.as_bytes().first() {
            Some(b'/') => Cow::Borrowed(target),
            Some(_) => Cow::Owned(format!("/{target}")),
            None => Cow::Borrowed("/"),
        };
        let host = host_header(authority, default_port)?;
        if default_port == HTTP {
            // The library's own rule: http is for this machine only.
            Endpoint::parse_local("url", &format!("http://{host}"))?;
        }
        Ok(Self { host, target })
    }

    /// Says what in the target is encoded or resolved by clients that read addresses as browsers do (WHATWG URL,
    /// sections 1.3 and 4.4), so that it does not go on the wire as it is signed here.
    pub(crate) fn what_clients_rewrite(&self) -> Option<&'static str> {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let is_dots =
            |segment: &str| matches!(&*segment.to_ascii_lowercase().replace("%2e", "."), "." | "..");
        if !self.target.is_ascii() {
            Some("letters outside ASCII")
        } else if path.split('/').any(is_dots) {
            Some("a segment . or ..")
        } else if path.contains(['"', '<', '>', '`', '{', '}', '^', '\\'])
            || query.contains(['"', '<', '>', '\''])
        {
            Some("quotes, brackets, backslashes or the like")
        } else {
            None
        }
    }
}

fn after_scheme(url: &str) -> Result<(&'static str, &str), Failure> {
    let after = |scheme: &str| {
        let (start, rest) = url.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    if let Some(rest) = after("https://") {
        return Ok((HTTPS, rest));
    }
    if let Some(rest) = after("http://") {
        return Ok((HTTP, rest));
    }
    let fix = "give the whole address, such as https://contoso.communication.azure.com/rooms?api-version=2025-03-13";
    let problem = if url.is_empty() { "the url is empty" } else { "the url does not begin with https://" };
    Err(Failure::bad_input(problem, fix))
}

fn host_header<'a>(authority: &'a str, default_port: &str) -> Result<Cow<'a, str>, Failure> {
    // Said first, and without the text: what stands before the @ may be a password.
    if authority.contains('@') {
        return Err(Failure::bad_input(
            "the url has user info (text before an @)",
            "give the url without it",
        ));
    }
    // The colons of an IPv6 address stand in brackets.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if !is_host(host) {
        return Err(Failure::bad_input(
            "the url has no host, or one with characters that do not belong there",
            "write the host in ASCII, international names in their xn-- form",
        ));
    }
    if port.is_some_and(|port| !is_port(port)) {
        let fix = "write the port as a number from 1 to 65535, or leave it out with its colon";
        return Err(Failure::bad_input("the url has a bad port", fix));
    }
    let kept = if port == Some(default_port) { host } else { authority };
    if kept.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Ok(Cow::Owned(kept.to_ascii_lowercase()));
    }
    Ok(Cow::Borrowed(kept))
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// No sign, and no zeros in front: the port is signed as it is written.
fn is_port(port: &str) -> bool {
    port.parse::<u16>().is_ok_and(|number| number > 0)
        && port.as_bytes()[0] != b'+'
        && port.as_bytes()[0] != b'0'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rewritten() {
        for target in [
            "/",
            "//a//b/../c/./d/",
            "/identities/8%3Aacs%3Ab_0/:issueAccessToken?api-version=1",
            "/identities/8:acs:b_0",
            "/a%20b/c?q=a+b%20c",
            "/r?",
            "/r?a=&b&&=",
            "/r?a=b?c=/d",
            "/r?z=1&a=2&z=3",
            "/r?$top=1&x='(~!*)'",
            "/r?raw=|\\^`{}<>\"[]@;",
            "/%zz%",
            "/Qu\u{e9}bec",
        ] {
            let text = format!("https://contoso.communication.azure.com{target}");
            let url = WireUrl::parse(&text).unwrap();
            assert_eq!((url.host.as_ref(), url.target.as_ref()), ("contoso.communication.azure.com", target));
        }
    }

    #[test]
    fn what_clients_rewrite_is_found() {
        for (target, expected) in [
            ("/8%3Aacs:b_0/:issueAccessToken?a=b&$top=1&q=a+b%20c", None),
            ("//a//b...c/.d/..e?x=../..&y=|\\^`{}", None),
            ("/Qu\u{e9}bec", Some("letters outside ASCII")),
            ("/a?q=\u{e9}", Some("letters outside ASCII")),
            ("/a/../b", Some("a segment . or ..")),
            ("/a/%2E%2e", Some("a segment . or ..")),
            ("/./b", Some("a segment . or ..")),
            ("/a\"b", Some("quotes, brackets, backslashes or the like")),
            ("/a?q='b'", Some("quotes, brackets, backslashes or the like")),
        ] {
            let text = format!("https://host{target}");
            assert_eq!(WireUrl::parse(&text).unwrap().what_clients_rewrite(), expected, "{target}");
        }
    }

    #[test]
    fn normal_forms() {
        for (text, host, target) in [
            ("https://Host.Example", "host.example", "/"),
            ("HTTPS://host:443/p", "host", "/p"),
            ("https://host:8443/p#fragment?x", "host:8443", "/p"),
            ("https://host:80", "host:80", "/"),
            ("http://localhost:80/p", "localhost", "/p"),
            ("http://localhost:443/p", "localhost:443", "/p"),
            ("https://host?q=1", "host", "/?q=1"),
            ("https://host?", "host", "/?"),
            ("https://host#x", "host", "/"),
            ("https://[::1]:8443/p", "[::1]:8443", "/p"),
            ("https://[FE80::1]:443/p", "[fe80::1]", "/p"),
            ("https://host/p@q", "host", "/p@q"),
        ] {
            let url = WireUrl::parse(text).unwrap();
            assert_eq!((url.host.as_ref(), url.target.as_ref()), (host, target), "{text}");
        }
    }

    #[test]
    fn bad_addresses_are_refused_and_not_echoed() {
        for bad in [
            "",
            "/planted",
            "planted.example/p",
            "ftp://planted/",
            "https://",
            "https:///planted",
            "https://:443/planted",
            "https://user:planted@host/",
            "https://host:/planted",
            "https://host:+1/planted",
            "https://host:0443/planted",
            "https://host:99999/planted",
            "https://host:port/planted",
            "https://planted planted/",
            "https://h\u{f6}st/planted",
            "https://host\\planted",
            "https://[planted]/",
            "https://::1/planted",
            "https://host/planted planted",
            "https://host/planted\n",
            "http://planted.example/",
        ] {
            let failure = WireUrl::parse(bad).expect_err(bad);
            let text = failure.text().unwrap();
            assert!(text.contains("the url") && !text.contains("planted"), "{bad}: {text}");
        }
    }
}
