//! Where the browser goes after a sign-in.

use credential::{CredentialError, CredentialErrorKind};
use http::Uri;

/// Entra takes no longer ones.
const LONGEST: usize = 256;

/// Where the browser goes after a sign-in: an address of the app's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RedirectUri(String);

impl RedirectUri {
    /// Checks the rules that Entra documents: `https`, `http` on loopback, or a scheme of the app's own.
    pub(crate) fn parse(text: &str) -> Result<Self, CredentialError> {
        let invalid = |problem| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                problem,
                "give the redirect URI as the app registration has it, such as https://app.example/signed-in or http://localhost",
            )
        };
        if text.len() > LONGEST {
            return Err(invalid("the redirect URI is longer than 256 characters"));
        }
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && !b"!$'(),;<>\"\\^`{|}#".contains(&byte);
        if !text.bytes().all(is_allowed) {
            return Err(invalid(
                "the redirect URI holds a fragment, or characters that Entra does not allow",
            ));
        }
        let uri: Uri = text.parse().map_err(|_| invalid("the redirect URI is not an absolute address"))?;
        let host = uri.host().filter(|host| !host.is_empty());
        let (Some(scheme), Some(host)) = (uri.scheme_str(), host) else {
            return Err(invalid("the redirect URI is not an absolute address"));
        };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(invalid("the redirect URI holds user information"));
        }
        if scheme.eq_ignore_ascii_case("http") && !is_loopback(host) {
            return Err(invalid("the redirect URI is http on a host that is not this machine"));
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || matches!(host, "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_apps_pass() {
        for good in [
            "http://localhost",
            "http://localhost:8400/",
            "http://127.0.0.1:1/a?b=c",
            "https://app.example/signed-in",
            "msal1b2c3://auth",
        ] {
            assert_eq!(RedirectUri::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn others_are_refused_and_not_echoed() {
        let long = format!("https://planted.example/{}", "a".repeat(256));
        for bad in [
            "",
            "/planted",
            "planted",
            "http://planted.example/",
            "http://localhost.planted.example/",
            "https://planted@host/",
            "https://host/#planted",
            "https://host/planted;",
            "https://host/planted two",
            "https:///planted",
            &long,
        ] {
            let error = RedirectUri::parse(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
            assert!(error.problem().starts_with("the redirect URI"), "{error}");
            assert!(!error.to_string().contains("planted"), "{error}");
        }
    }
}
