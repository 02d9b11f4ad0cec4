//! Any participant, and the raw id under which services know it.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind};

use super::{CommunicationCloud, PhoneNumber, TeamsApp, TeamsExtensionUser, TeamsUser, UnknownIdentifier};
use crate::CommunicationUser;

/// Any participant of a chat or a call.
///
/// The raw id is the one text form that all services and official SDKs share; `Display` writes it. Every text that is
/// not blank can be parsed, and gives back the same raw id: kinds that this version does not know are kept as they came.
///
/// Official SDKs differ about malformed ids. Here, as in those for JavaScript and .NET, a raw id of a user or an
/// application has exactly three parts between colons; and where an id is missing after the last colon, the kind is
/// unknown instead of a participant without an id. `28:<guid>`, a bot in older SDKs, is unknown as in all newer ones.
///
/// # Example
/// ```
/// use acs_hmac::{CommunicationCloud, CommunicationIdentifier, TeamsUser};
///
/// let user = CommunicationIdentifier::parse("8:orgid:45ab2481-1c1c-4005-be24-0ffb879b1130")?;
/// let CommunicationIdentifier::TeamsUser(teams) = &user else { panic!("{user}") };
/// assert_eq!(teams.user_id(), "45ab2481-1c1c-4005-be24-0ffb879b1130");
///
/// let same = TeamsUser::new("45ab2481-1c1c-4005-be24-0ffb879b1130", CommunicationCloud::Public)?;
/// assert_eq!(CommunicationIdentifier::from(same), user);
/// assert_eq!(user.raw_id(), "8:orgid:45ab2481-1c1c-4005-be24-0ffb879b1130");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommunicationIdentifier {
    /// A user of Communication Services, or an Entra user who acts as one.
    CommunicationUser(CommunicationUser),
    /// A user of Microsoft Teams.
    TeamsUser(TeamsUser),
    /// An application of Microsoft Teams.
    TeamsApp(TeamsApp),
    /// A Teams user who acts through a Communication Services resource.
    TeamsExtensionUser(TeamsExtensionUser),
    /// A participant on the telephone.
    PhoneNumber(PhoneNumber),
    /// A kind that this version does not know.
    Unknown(UnknownIdentifier),
}

impl CommunicationIdentifier {
    /// Parses a raw id, such as `8:acs:RESOURCE_USER` or `4:+15551234`.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the text is blank.
    pub fn parse(raw_id: &str) -> Result<Self, CredentialError> {
        if raw_id.trim().is_empty() {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the raw id is empty",
                "pass one such as 8:acs:RESOURCE_USER or 4:+15551234",
            ));
        }
        Ok(known(raw_id).unwrap_or_else(|| Self::Unknown(UnknownIdentifier::new(raw_id.to_owned()))))
    }

    /// Returns the raw id.
    pub fn raw_id(&self) -> String {
        self.to_string()
    }

    /// Returns the kind as the services' JSON names it, such as `communicationUser`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CommunicationUser(_) => "communicationUser",
            Self::TeamsUser(_) => "microsoftTeamsUser",
            Self::TeamsApp(_) => "microsoftTeamsApp",
            Self::TeamsExtensionUser(_) => "teamsExtensionUser",
            Self::PhoneNumber(_) => "phoneNumber",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// Reads the raw id of a known kind.
fn known(raw_id: &str) -> Option<CommunicationIdentifier> {
    if let Some(value) = raw_id.strip_prefix("4:") {
        return PhoneNumber::new(value).ok().map(Into::into);
    }
    let mut parts = raw_id.split(':');
    let (Some(number), Some(realm), Some(id), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    if id.trim().is_empty() {
        return None;
    }
    if let (Some(cloud), "8") = (CommunicationCloud::of_acs_part(realm), number) {
        return Some(extension_user(id, cloud).map_or_else(|| user(raw_id), Into::into));
    }
    match (number, realm) {
        ("8", "spool") => Some(user(raw_id)),
        ("8", "teamsvisitor") => TeamsUser::anonymous(id).ok().map(Into::into),
        ("8", _) => TeamsUser::new(id, CommunicationCloud::of_teams_part(realm)?).ok().map(Into::into),
        ("28", _) => TeamsApp::new(id, CommunicationCloud::of_teams_part(realm)?).ok().map(Into::into),
        _ => None,
    }
}

fn user(raw_id: &str) -> CommunicationIdentifier {
    CommunicationUser::new(raw_id.to_owned()).into()
}

/// `resource_tenant_user`; with any other number of underscores it is a user of Communication Services.
fn extension_user(id: &str, cloud: CommunicationCloud) -> Option<TeamsExtensionUser> {
    let mut parts = id.split('_');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(resource), Some(tenant), Some(user), None) => {
            TeamsExtensionUser::new(resource, tenant, user, cloud).ok()
        }
        _ => None,
    }
}

impl fmt::Display for CommunicationIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommunicationUser(user) => user.fmt(f),
            Self::TeamsUser(user) => user.fmt(f),
            Self::TeamsApp(app) => app.fmt(f),
            Self::TeamsExtensionUser(user) => user.fmt(f),
            Self::PhoneNumber(number) => number.fmt(f),
            Self::Unknown(unknown) => unknown.fmt(f),
        }
    }
}

macro_rules! from {
    ($($kind:ident),*) => {$(
        impl From<$kind> for CommunicationIdentifier {
            fn from(identifier: $kind) -> Self {
                Self::$kind(identifier)
            }
        }
    )*};
}
from!(CommunicationUser, TeamsUser, TeamsApp, TeamsExtensionUser, PhoneNumber);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(raw_id: &str) -> String {
        use CommunicationIdentifier as I;
        let identifier = I::parse(raw_id).unwrap();
        let fields = match &identifier {
            I::CommunicationUser(user) => user.id().to_owned(),
            I::TeamsUser(user) => {
                let visitor = if user.is_anonymous() { " anonymous" } else { "" };
                format!("{} {}{visitor}", user.user_id(), user.cloud())
            }
            I::TeamsApp(app) => format!("{} {}", app.app_id(), app.cloud()),
            I::TeamsExtensionUser(user) => {
                format!("{} {} {} {}", user.resource_id(), user.tenant_id(), user.user_id(), user.cloud())
            }
            I::PhoneNumber(number) => {
                let hidden = if number.is_anonymous() { " anonymous" } else { "" };
                format!("{} {:?}{hidden}", number.value(), number.asserted_id())
            }
            I::Unknown(unknown) => unknown.raw_id().to_owned(),
        };
        assert_eq!(identifier.raw_id(), raw_id);
        format!("{}: {fields}", identifier.kind())
    }

    #[test]
    fn every_kind() {
        for (raw_id, expected) in [
            ("8:acs:res_user", "communicationUser: 8:acs:res_user"),
            ("8:acs:user", "communicationUser: 8:acs:user"),
            ("8:gcch-acs:res_user", "communicationUser: 8:gcch-acs:res_user"),
            ("8:dod-acs:res_user", "communicationUser: 8:dod-acs:res_user"),
            ("8:spool:x", "communicationUser: 8:spool:x"),
            ("8:spool:a_b_c", "communicationUser: 8:spool:a_b_c"),
            ("8:acs:res_wf_tenant_oid", "communicationUser: 8:acs:res_wf_tenant_oid"),
            ("8:acs:a_b_c_d_e", "communicationUser: 8:acs:a_b_c_d_e"),
            ("8:acs:res_tenant_user", "teamsExtensionUser: res tenant user public"),
            ("8:gcch-acs:res_tenant_user", "teamsExtensionUser: res tenant user gcch"),
            ("8:dod-acs:res_tenant_user", "teamsExtensionUser: res tenant user dod"),
            ("8:orgid:oid", "microsoftTeamsUser: oid public"),
            ("8:gcch:oid", "microsoftTeamsUser: oid gcch"),
            ("8:dod:oid", "microsoftTeamsUser: oid dod"),
            ("8:teamsvisitor:x", "microsoftTeamsUser: x public anonymous"),
            ("28:orgid:app", "microsoftTeamsApp: app public"),
            ("28:gcch:app", "microsoftTeamsApp: app gcch"),
            ("28:dod:app", "microsoftTeamsApp: app dod"),
            ("4:+15551234", "phoneNumber: +15551234 None"),
            ("4:15551234", "phoneNumber: 15551234 None"),
            ("4:anonymous", "phoneNumber: anonymous None anonymous"),
            ("4:+15551234_123", "phoneNumber: +15551234_123 Some(\"123\")"),
            ("4:+15551234_12_3", "phoneNumber: +15551234_12_3 Some(\"3\")"),
            ("4:+15551234_", "phoneNumber: +15551234_ None"),
            ("4:a:b", "phoneNumber: a:b None"),
        ] {
            assert_eq!(shown(raw_id), expected);
        }
    }

    #[test]
    fn kinds_that_are_not_known_keep_their_raw_id() {
        for raw_id in [
            "28:01234567-89ab-cdef-0123-456789abcdef",
            "28:gcch-global:x",
            "28:dod-global:x",
            "28:acs:res_user",
            "28:teamsvisitor:x",
            "48:8888",
            "8:unheard-of:x",
            "8:ORGID:x",
            "8:orgid:a:b",
            "8:acs:a:b",
            "8:acs",
            "8:acs:",
            "8:orgid:",
            "28:orgid: ",
            "4:",
            "4",
            ":",
            "a person",
            " 8:orgid:x",
        ] {
            assert_eq!(shown(raw_id), format!("unknown: {raw_id}"));
        }
        // Three parts, of which one is empty, make no extension user.
        assert_eq!(shown("8:acs:res__user"), "communicationUser: 8:acs:res__user");
    }

    #[test]
    fn blank_raw_ids_are_refused() {
        for blank in ["", " ", "\t\n"] {
            let error = CommunicationIdentifier::parse(blank).unwrap_err();
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        }
    }

    #[test]
    fn parts_that_would_make_another_raw_id_are_refused() {
        let cloud = CommunicationCloud::Public;
        for (case, result) in [
            ("no phone number", PhoneNumber::new("").map(drop)),
            ("no app id", TeamsApp::new(" ", cloud).map(drop)),
            ("a raw id as app id", TeamsApp::new("28:orgid:x", cloud).map(drop)),
            ("no user id", TeamsUser::new("", cloud).map(drop)),
            ("a raw id as user id", TeamsUser::new("8:orgid:x", cloud).map(drop)),
            ("no visitor", TeamsUser::anonymous("").map(drop)),
            ("no resource", TeamsExtensionUser::new("", "t", "u", cloud).map(drop)),
            ("no tenant", TeamsExtensionUser::new("r", "", "u", cloud).map(drop)),
            ("underscore", TeamsExtensionUser::new("r", "t", "u_v", cloud).map(drop)),
            ("colon", TeamsExtensionUser::new("8:acs:r", "t", "u", cloud).map(drop)),
        ] {
            let error = result.expect_err(case);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration, "{case}");
        }
    }

    fn any_cloud() -> impl Strategy<Value = CommunicationCloud> {
        prop_oneof![
            Just(CommunicationCloud::Public),
            Just(CommunicationCloud::Gcch),
            Just(CommunicationCloud::Dod)
        ]
    }

    proptest! {
        #[test]
        fn every_text_gives_its_raw_id_back(text in "\\PC{1,40}", shaped in "(4|8|28|48):(acs|gcch-acs|dod-acs|orgid|gcch|dod|spool|teamsvisitor|dod-global)?:?[a-f0-9_:+-]{0,12}") {
            for raw_id in [text, shaped].iter().filter(|raw_id| !raw_id.trim().is_empty()) {
                let identifier = CommunicationIdentifier::parse(raw_id).unwrap();
                prop_assert_eq!(&identifier.raw_id(), raw_id);
            }
        }

        #[test]
        fn what_is_built_is_parsed_as_the_same(
            cloud in any_cloud(), id in "[^:\\s]{1,20}", part in "[a-z0-9-]{1,9}", digits in "\\+?[0-9]{1,15}(_[0-9]{1,4})?",
        ) {
            for built in [
                TeamsUser::new(&id, cloud).unwrap().into(),
                TeamsUser::anonymous(&id).unwrap().into(),
                TeamsApp::new(&id, cloud).unwrap().into(),
                TeamsExtensionUser::new(&part, "tenant", &part, cloud).unwrap().into(),
                CommunicationIdentifier::from(PhoneNumber::new(&digits).unwrap()),
            ] {
                prop_assert_eq!(CommunicationIdentifier::parse(&built.raw_id()).unwrap(), built);
            }
        }
    }
}
