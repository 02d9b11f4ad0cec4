//! What a token of a user is for.

use std::borrow::Cow;

use credential::{CredentialError, CredentialErrorKind};

use crate::ProtocolVersion;
use crate::scope::DefaultScope;

/// Asked for in every sign-in of a user: who it is, and a refresh token (OpenID Connect Core, sections 3.1.2.1 and 11).
const OF_THE_LIBRARY: [&str; 3] = ["openid", "profile", "offline_access"];

/// The scopes of a user's token: permissions such as `User.Read`, or `<resource>/.default`.
#[derive(Clone, Debug)]
pub(crate) struct UserScopes<'a>(Vec<&'a str>);

impl<'a> UserScopes<'a> {
    /// Checks the scopes; those that the library adds by itself are passed over.
    pub(crate) fn parse(
        kind: CredentialErrorKind,
        scopes: &'a [Cow<'static, str>],
    ) -> Result<Self, CredentialError> {
        let invalid = |problem| {
            CredentialError::new(
                kind,
                problem,
                "give scopes of one resource, such as https://graph.microsoft.com/User.Read",
            )
        };
        if scopes.is_empty() {
            return Err(invalid("the request names no scope, and the credential has no default"));
        }
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':' | b'/');
        for scope in scopes {
            if scope.is_empty() {
                return Err(invalid("a scope is empty"));
            }
            if !scope.bytes().all(allowed) {
                return Err(invalid(
                    "a scope holds characters other than ASCII letters, digits and `-` `.` `_` `:` `/`",
                ));
            }
        }
        Ok(Self(scopes.iter().map(AsRef::as_ref).filter(|scope| !OF_THE_LIBRARY.contains(scope)).collect()))
    }

    /// The form field that names them, together with those of the library.
    pub(crate) fn field(
        &self,
        version: ProtocolVersion,
    ) -> Result<(&'static str, Cow<'a, str>), CredentialError> {
        match version {
            ProtocolVersion::V1 => self.resource(),
            ProtocolVersion::V2 => {
                let all: Vec<&str> = OF_THE_LIBRARY.iter().chain(&self.0).copied().collect();
                Ok(("scope", all.join(" ").into()))
            }
        }
    }

    /// The same without those of the library, where no one signs in.
    pub(crate) fn plain_field(
        &self,
        version: ProtocolVersion,
    ) -> Result<(&'static str, Cow<'a, str>), CredentialError> {
        match version {
            ProtocolVersion::V1 => self.resource(),
            ProtocolVersion::V2 if self.0.is_empty() => Err(CredentialError::new(
                CredentialErrorKind::InvalidRequest,
                "the request names no scope of a resource",
                "give a scope such as https://graph.microsoft.com/User.Read",
            )),
            ProtocolVersion::V2 => Ok(("scope", self.0.join(" ").into())),
        }
    }

    fn resource(&self) -> Result<(&'static str, Cow<'a, str>), CredentialError> {
        let [scope] = self.0[..] else {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidRequest,
                "the v1 endpoint takes one resource, and the request does not name exactly one scope",
                "give one scope, the resource followed by /.default, or use protocol version v2",
            ));
        };
        let (name, resource) =
            DefaultScope::parse(CredentialErrorKind::InvalidRequest, scope)?.field(ProtocolVersion::V1);
        Ok((name, resource.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: CredentialErrorKind = CredentialErrorKind::InvalidRequest;

    fn field(version: ProtocolVersion, scopes: &[&'static str]) -> Result<String, CredentialError> {
        let scopes: Vec<Cow<'static, str>> = scopes.iter().map(|&scope| scope.into()).collect();
        let (name, value) = UserScopes::parse(KIND, &scopes)?.field(version)?;
        Ok(format!("{name}={value}"))
    }

    #[test]
    fn the_librarys_scopes_come_first_and_once() {
        let v2 = |scopes: &[&'static str]| field(ProtocolVersion::V2, scopes).unwrap();
        assert_eq!(
            v2(&["User.Read", "Mail.Read"]),
            "scope=openid profile offline_access User.Read Mail.Read"
        );
        assert_eq!(v2(&["offline_access", "a/.default"]), "scope=openid profile offline_access a/.default");
        assert_eq!(v2(&["openid"]), "scope=openid profile offline_access");
    }

    #[test]
    fn v1_takes_one_resource() {
        let v1 = |scopes: &[&'static str]| field(ProtocolVersion::V1, scopes);
        assert_eq!(
            v1(&["https://rest.media.azure.net/.default"]).unwrap(),
            "resource=https://rest.media.azure.net"
        );
        assert_eq!(v1(&["openid", "a//.default"]).unwrap(), "resource=a/");
        for bad in [&["User.Read"][..], &["a/.default", "b/.default"], &["openid"]] {
            assert_eq!(v1(bad).unwrap_err().kind(), KIND);
        }
    }

    #[test]
    fn where_nobody_signs_in_there_is_a_scope_of_a_resource() {
        let plain = |scopes: &[&'static str]| {
            let scopes: Vec<Cow<'static, str>> = scopes.iter().map(|&scope| scope.into()).collect();
            UserScopes::parse(KIND, &scopes)?
                .plain_field(ProtocolVersion::V2)
                .map(|(_, text)| text.into_owned())
        };
        assert_eq!(plain(&["openid", "a/b", "c"]).unwrap(), "a/b c");
        assert_eq!(plain(&["openid"]).unwrap_err().kind(), KIND);
    }

    #[test]
    fn bad_scopes_are_refused_and_not_echoed() {
        for bad in [&[][..], &[""], &["a", "planted scope"], &["plänted"], &["planted&x=y"]] {
            let error = field(ProtocolVersion::V2, bad).unwrap_err();
            assert_eq!(error.kind(), KIND);
            assert!(error.to_string().contains("scope") && !error.to_string().contains("planted"), "{error}");
        }
    }
}
