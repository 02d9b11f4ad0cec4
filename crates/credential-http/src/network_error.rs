//! Turns what reqwest reports into what a person can act on.

use std::error::Error;
use std::io;

use credential::{CredentialError, CredentialErrorKind, Endpoint, NetworkFailure};

/// Says where reaching `target` broke and what to do. The address of the request does not survive: its query may hold
/// what is nobody's business. `proxy` is the one that the request may have gone through, in words.
pub(crate) fn from_reqwest(target: &Endpoint, proxy: Option<&str>, error: reqwest::Error) -> CredentialError {
    let failure = classify(&error);
    let (problem, fix) = match failure {
        NetworkFailure::Proxy => explain_proxy(target, proxy.unwrap_or("the proxy in between"), &error),
        _ => explain(target, failure, &error),
    };
    CredentialError::new(CredentialErrorKind::Unreachable, problem, fix)
        .with_network_failure(failure)
        .with_source(error.without_url())
}

fn classify(error: &reqwest::Error) -> NetworkFailure {
    if tunnel(error).is_some() {
        NetworkFailure::Proxy
    } else if error.is_dns() {
        NetworkFailure::Dns
    } else if error.is_connect() {
        if chain(error).any(is_tls) { NetworkFailure::Tls } else { NetworkFailure::Connect }
    } else if error.is_timeout() {
        NetworkFailure::Timeout
    } else {
        NetworkFailure::Interrupted
    }
}

/// All errors underneath. `io::Error` leaves out the one it wraps when asked for its source, and errors of TLS arrive
/// wrapped twice.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| (*error).source())
    })
}

/// What went wrong between here and a proxy, up to its answer to CONNECT: hyper's `TunnelError`, whose type has no public
/// name. What comes after it is between here and the target.
fn tunnel(error: &reqwest::Error) -> Option<String> {
    chain(error)
        .map(ToString::to_string)
        .find_map(|text| text.strip_prefix("tunnel error: ").map(str::to_owned))
}

fn explain_proxy(target: &Endpoint, proxy: &str, error: &reqwest::Error) -> (String, &'static str) {
    let authority = target.authority();
    match tunnel(error).as_deref() {
        Some("proxy authorization required") => (
            format!("{proxy} asks for a user name and a password, or does not take those it was given"),
            "write the proxy as http://user:password@host:port, percent-encoded",
        ),
        Some("unsuccessful") => (
            format!("{proxy} did not let the request through to {authority}"),
            "have the proxy allow this host, or name the host in NO_PROXY if it can be reached directly",
        ),
        Some("failed to create underlying connection") if error.is_dns() => (
            format!("the host of {proxy} does not resolve"),
            "correct the proxy's address, or name the target's host in NO_PROXY if it can be reached directly",
        ),
        Some("failed to create underlying connection") => (
            format!("{proxy} did not accept a connection"),
            "check the proxy's address and port, or name the target's host in NO_PROXY if it can be reached directly",
        ),
        _ => (
            format!("{proxy} did not answer as a proxy does"),
            "check that the address and port are those of a proxy, and its scheme",
        ),
    }
}

/// While connecting, only the TLS handshake reads from the peer: bad data and an early end can come from nowhere else.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|io| matches!(io.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof))
}

fn explain(target: &Endpoint, failure: NetworkFailure, error: &reqwest::Error) -> (String, &'static str) {
    let (host, authority) = (target.host(), target.authority());
    match failure {
        NetworkFailure::Dns => (
            format!("the host {host} does not resolve"),
            "check the address for typing errors, then this machine's DNS and network",
        ),
        NetworkFailure::Connect if error.is_timeout() => (
            format!("{authority} did not accept a connection in time"),
            "check the address and port, and whether a firewall stands in between or a proxy is required",
        ),
        NetworkFailure::Connect if target.is_loopback() => {
            (format!("nothing listens at {authority}"), "start the server there, or correct the port")
        }
        NetworkFailure::Connect => (
            format!("{authority} did not accept a connection"),
            "check the address and port, and whether a firewall stands in between or a proxy is required",
        ),
        NetworkFailure::Tls => {
            let (problem, fix) = explain_tls(error);
            (format!("the TLS handshake with {authority} failed, because {problem}"), fix)
        }
        NetworkFailure::Timeout => (
            format!("{authority} did not answer in time"),
            "try again later, or allow more time where the service is known to be slow",
        ),
        _ => (
            format!("the connection to {authority} broke before the whole answer came"),
            "try again; if it stays so, check proxies and firewalls in between",
        ),
    }
}

/// rustls names the flaw in its text only, as far as an error that went through `io::Error` can tell.
fn explain_tls(error: &reqwest::Error) -> (&'static str, &'static str) {
    let text = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let trust = "trust the certificate authority that issued it (trust_pem of the HTTP client's builder), if you know it";
    if text.contains("UnknownIssuer") || text.contains("CaUsedAsEndEntity") {
        ("this machine does not trust the issuer of its certificate", trust)
    } else if text.contains("not valid for name") || text.contains("NotValidForName") {
        (
            "its certificate is for another host",
            "check the address, and whether a proxy answers in the host's place",
        )
    } else if text.contains("expired") || text.contains("Expired") {
        ("its certificate has expired", "have the certificate renewed, and check this machine's clock")
    } else if text.contains("not valid yet") || text.contains("NotValidYet") {
        ("its certificate is not valid yet", "check this machine's clock")
    } else if text.contains("certificate") {
        ("its certificate was refused", trust)
    } else {
        (
            "the peer does not speak TLS as it should",
            "check the port, and whether the address should begin with http://",
        )
    }
}
