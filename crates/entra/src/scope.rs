//! What a token is for: a v2 scope, or a v1 resource.

use std::borrow::Cow;

use credential::{CredentialError, CredentialErrorKind};

use crate::ProtocolVersion;

const SUFFIX: &str = "/.default";
const FIX: &str =
    "give one scope, the resource followed by /.default, such as https://vault.azure.net/.default";

/// The scope `<resource>/.default`: all that an administrator granted an app at one resource.
///
/// The v1 resource `R` is the v2 scope `R/.default`, nothing added and nothing cleaned: a resource that ends in a slash
/// has a scope with two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DefaultScope<'a>(&'a str);

impl<'a> DefaultScope<'a> {
    /// Checks one scope.
    pub(crate) fn parse(kind: CredentialErrorKind, text: &'a str) -> Result<Self, CredentialError> {
        let invalid = |problem| CredentialError::new(kind, problem, FIX);
        if text.is_empty() {
            return Err(invalid("the scope is empty"));
        }
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'/');
        if !text.bytes().all(allowed) {
            return Err(invalid(
                "the scope holds characters other than ASCII letters, digits and `-` `.` `_` `:` `/`",
            ));
        }
        match text.strip_suffix(SUFFIX) {
            None => Err(invalid("the scope does not end in /.default, as the scope of an app must")),
            Some("") => Err(invalid("the scope names no resource")),
            Some(_) => Ok(Self(text)),
        }
    }

    /// Checks that there is exactly one, however often it is repeated.
    pub(crate) fn only(scopes: &'a [Cow<'static, str>]) -> Result<Self, CredentialError> {
        const KIND: CredentialErrorKind = CredentialErrorKind::InvalidRequest;
        let Some((first, rest)) = scopes.split_first() else {
            return Err(CredentialError::new(
                KIND,
                "the request names no scope, and the credential has no default",
                FIX,
            ));
        };
        if rest.iter().any(|other| other != first) {
            return Err(CredentialError::new(
                KIND,
                "the request names several scopes, but an app gets a token for one resource at a time",
                FIX,
            ));
        }
        Self::parse(KIND, first)
    }

    /// The form field that names it.
    pub(crate) fn field(self, version: ProtocolVersion) -> (&'static str, &'a str) {
        match version {
            ProtocolVersion::V1 => ("resource", self.0.strip_suffix(SUFFIX).unwrap_or(self.0)),
            ProtocolVersion::V2 => ("scope", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KIND: CredentialErrorKind = CredentialErrorKind::InvalidRequest;

    fn resource(scope: &str) -> Result<String, CredentialError> {
        DefaultScope::parse(KIND, scope).map(|scope| scope.field(ProtocolVersion::V1).1.to_owned())
    }

    #[test]
    fn resources() {
        for (scope, expected) in [
            ("https://rest.media.azure.net/.default", "https://rest.media.azure.net"),
            ("https://management.core.windows.net//.default", "https://management.core.windows.net/"),
            ("api://0b6f/.default", "api://0b6f"),
            ("x/.default/.default", "x/.default"),
        ] {
            assert_eq!(resource(scope).unwrap(), expected);
            let parsed = DefaultScope::parse(KIND, scope).unwrap();
            assert_eq!(parsed.field(ProtocolVersion::V2), ("scope", scope));
        }
    }

    #[test]
    fn bad_scopes_are_refused_and_not_echoed() {
        for bad in [
            "",
            "/.default",
            "planted",
            "https://planted",
            "https://planted/.default ",
            "planted&x=/.default",
            "plänted/.default",
            "planted/.Default",
            "User.Read",
        ] {
            let error = DefaultScope::parse(KIND, bad).expect_err(bad);
            assert_eq!(error.kind(), KIND);
            assert!(error.to_string().contains("scope"), "{error}");
            assert!(!error.to_string().contains("planted"), "{error}");
            assert_eq!(error.fix(), FIX);
        }
    }

    #[test]
    fn one_scope_is_asked_for() {
        let only = |scopes: &[&'static str]| {
            let scopes: Vec<Cow<'static, str>> = scopes.iter().map(|&scope| scope.into()).collect();
            DefaultScope::only(&scopes).map(|scope| scope.0.to_owned())
        };
        assert_eq!(only(&["a/.default", "a/.default"]).unwrap(), "a/.default");
        assert!(only(&[]).unwrap_err().to_string().contains("no scope"));
        assert!(only(&["a/.default", "b/.default"]).unwrap_err().to_string().contains("several"));
    }

    proptest! {
        #[test]
        fn any_resource_comes_back(expected in "[A-Za-z0-9_:/.-]{1,40}") {
            prop_assert_eq!(resource(&format!("{expected}/.default")).unwrap(), expected);
        }

        #[test]
        fn no_text_panics(text in ".{0,60}") {
            if let Ok(resource) = resource(&text) {
                prop_assert_eq!(format!("{resource}/.default"), text);
            }
        }
    }
}
