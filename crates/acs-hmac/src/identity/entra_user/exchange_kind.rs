//! The two ways in which an Entra token becomes a user access token, told apart by the scopes.

use std::borrow::Cow;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Endpoint};
use http::Request;

use crate::operations::identity::{ExchangeEntraUserToken, ExchangeTeamsExtensionToken};
use crate::wire::Operation;

/// The scope of Entra tokens with which a person uses Communication Services as an Entra user: all that the
/// application has been granted.
pub const CLIENTS_SCOPE: &str = "https://communication.azure.com/clients/.default";

/// The scope of Entra tokens with which a Teams user makes calls through a resource (Teams Phone extensibility).
pub const TEAMS_EXTENSION_SCOPE: &str =
    "https://auth.msft.communication.azure.com/TeamsExtension.ManageCalls";

/// Which exchange a family of scopes is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExchangeKind {
    EntraUser,
    TeamsExtension,
}

impl ExchangeKind {
    const ALL: [Self; 2] = [Self::EntraUser, Self::TeamsExtension];

    /// Finds the one family to which all scopes belong. Prefixes compare without case, as the host of an address does.
    pub(super) fn of_scopes(scopes: &[Cow<'static, str>]) -> Result<Self, CredentialError> {
        let invalid = |problem| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                problem,
                "use scopes that all begin with https://communication.azure.com/clients/, or all with \
                 https://auth.msft.communication.azure.com/ for Teams Phone extensibility",
            )
        };
        if scopes.is_empty() {
            return Err(invalid("no scopes were given for the Entra token"));
        }
        let fits =
            |kind: &Self| scopes.iter().all(|scope| kind.prefixes().iter().any(|p| begins_with(scope, p)));
        Self::ALL
            .into_iter()
            .find(fits)
            .ok_or_else(|| invalid("the scopes for the Entra token do not all belong to one known family"))
    }

    fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::EntraUser => &["https://communication.azure.com/clients/"],
            Self::TeamsExtension => {
                &["https://auth.msft.communication.azure.com/", "https://auth.msft.communication.azure.us/"]
            }
        }
    }

    pub(super) fn request(
        self,
        endpoint: &Endpoint,
        api_version: &str,
    ) -> Result<Request<Bytes>, CredentialError> {
        match self {
            Self::EntraUser => ExchangeEntraUserToken::new().build(endpoint, api_version),
            Self::TeamsExtension => ExchangeTeamsExtensionToken::new().build(endpoint, api_version),
        }
    }

    pub(super) fn api_version(self) -> &'static str {
        match self {
            Self::EntraUser => ExchangeEntraUserToken::DESCRIPTION.default_api_version(),
            Self::TeamsExtension => ExchangeTeamsExtensionToken::DESCRIPTION.default_api_version(),
        }
    }
}

fn begins_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(scopes: &[&'static str]) -> Option<ExchangeKind> {
        let scopes: Vec<_> = scopes.iter().map(|scope| Cow::Borrowed(*scope)).collect();
        ExchangeKind::of_scopes(&scopes).ok()
    }

    #[test]
    fn families() {
        use ExchangeKind::{EntraUser, TeamsExtension};
        for (scopes, expected) in [
            (&[CLIENTS_SCOPE][..], Some(EntraUser)),
            (&["https://communication.azure.com/clients/VoIP", CLIENTS_SCOPE], Some(EntraUser)),
            (&["HTTPS://Communication.Azure.com/Clients/.default"], Some(EntraUser)),
            (&[TEAMS_EXTENSION_SCOPE], Some(TeamsExtension)),
            (&["https://auth.msft.communication.azure.us/.default"], Some(TeamsExtension)),
            (
                &[TEAMS_EXTENSION_SCOPE, "https://auth.msft.communication.azure.us/.default"],
                Some(TeamsExtension),
            ),
            (&[], None),
            (&[""], None),
            (&["https://communication.azure.com//.default"], None),
            (&["https://communication.azure.com/.default"], None),
            (&["https://communication.azure.com/clients"], None),
            (&["https://auth.msft.communication.azure.com.example.com/x"], None),
            (&[CLIENTS_SCOPE, TEAMS_EXTENSION_SCOPE], None),
            (&[CLIENTS_SCOPE, "openid"], None),
            (&["https://communication.azure.com/client\u{e9}/x"], None),
        ] {
            assert_eq!(kind(scopes), expected, "{scopes:?}");
        }
    }
}
