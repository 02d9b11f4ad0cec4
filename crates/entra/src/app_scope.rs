//! What an app's own token is for.

use std::borrow::Cow;

use credential::{CredentialError, CredentialErrorKind};

use crate::scope::DefaultScope;
use crate::{Authority, ProtocolVersion};

/// What an app's own token is for: at Entra all that it may do at one resource, at other servers the scopes that they define.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AppScope<'a> {
    Default(DefaultScope<'a>),
    /// Scopes with spaces in between; empty for what the server gives by itself.
    Plain(Cow<'a, str>),
}

impl<'a> AppScope<'a> {
    /// Checks a text of one scope, or for servers other than Entra of several.
    pub(crate) fn parse(
        kind: CredentialErrorKind,
        authority: &Authority,
        text: &'a str,
    ) -> Result<Self, CredentialError> {
        if !authority.is_open_id() {
            return DefaultScope::parse(kind, text).map(Self::Default);
        }
        text.split(' ').filter(|scope| !scope.is_empty()).try_for_each(|scope| check_plain(kind, scope))?;
        Ok(Self::Plain(text.into()))
    }

    /// Checks the scopes of a request.
    pub(crate) fn of(
        authority: &Authority,
        scopes: &'a [Cow<'static, str>],
    ) -> Result<Self, CredentialError> {
        if !authority.is_open_id() {
            return DefaultScope::only(scopes).map(Self::Default);
        }
        scopes.iter().try_for_each(|scope| check_plain(CredentialErrorKind::InvalidRequest, scope))?;
        Ok(Self::Plain(scopes.join(" ").into()))
    }

    /// The form field that names it, where there is one.
    pub(crate) fn field(&self, version: ProtocolVersion) -> Option<(&'static str, Cow<'_, str>)> {
        match self {
            Self::Default(scope) => {
                let (name, value) = scope.field(version);
                Some((name, value.into()))
            }
            Self::Plain(scopes) if scopes.is_empty() => None,
            Self::Plain(scopes) => Some(("scope", Cow::Borrowed(scopes))),
        }
    }
}

/// `scope-token` of RFC 6749, section 3.3.
fn check_plain(kind: CredentialErrorKind, scope: &str) -> Result<(), CredentialError> {
    let allowed = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    if !scope.is_empty() && scope.bytes().all(allowed) {
        return Ok(());
    }
    Err(CredentialError::new(
        kind,
        "a scope is empty, or holds characters that no scope has",
        "give the scopes one by one, as the server defines them",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: CredentialErrorKind = CredentialErrorKind::InvalidRequest;

    #[test]
    fn servers_other_than_entra_define_scopes_of_their_own() {
        let server = Authority::open_id("id.example").unwrap();
        let of = |authority: &Authority, scopes: &[&'static str]| {
            let scopes: Vec<Cow<'static, str>> = scopes.iter().map(|&scope| scope.into()).collect();
            let scope = AppScope::of(authority, &scopes)?;
            let field = scope.field(ProtocolVersion::V2);
            Ok::<_, CredentialError>(field.map(|(name, value)| format!("{name}={value}")))
        };
        assert_eq!(of(&server, &["read", "write:all"]).unwrap().as_deref(), Some("scope=read write:all"));
        assert_eq!(of(&server, &[]).unwrap(), None);
        assert_eq!(of(&Authority::default(), &["a/.default"]).unwrap().as_deref(), Some("scope=a/.default"));
        assert!(of(&Authority::default(), &["read"]).is_err());
        for bad in ["", "planted scope", "plänted", "\"planted\""] {
            let error = of(&server, &["read", bad]).unwrap_err();
            assert!(error.kind() == KIND && !error.to_string().contains("planted"), "{error}");
        }
        let both = AppScope::parse(KIND, &server, "read write").unwrap();
        assert_eq!(both.field(ProtocolVersion::V1), Some(("scope", "read write".into())));
        assert!(AppScope::parse(KIND, &server, "read plänted").is_err());
    }
}
