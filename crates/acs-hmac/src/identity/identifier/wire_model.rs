//! The JSON of an identifier, as Chat, Rooms, Email and Call Automation have it.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CommunicationCloud, PhoneNumber, TeamsApp, TeamsExtensionUser, TeamsUser};
use crate::{CommunicationIdentifier, CommunicationUser};

/// `rawId`, and at most one of the objects, which names the kind. `kind` itself is sent by newer services only; it says
/// nothing that the objects do not say, so it is neither needed nor written.
#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
struct WireModel {
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    communication_user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_number: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microsoft_teams_user: Option<Teams>,
    #[serde(skip_serializing_if = "Option::is_none")]
    microsoft_teams_app: Option<App>,
    #[serde(skip_serializing_if = "Option::is_none")]
    teams_extension_user: Option<ExtensionUser>,
}

#[derive(Deserialize, Serialize)]
struct User {
    id: String,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Phone {
    value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_anonymous: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asserted_id: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Teams {
    user_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_anonymous: Option<bool>,
    cloud: Option<Cloud>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct App {
    app_id: String,
    cloud: Option<Cloud>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExtensionUser {
    user_id: String,
    tenant_id: String,
    resource_id: String,
    cloud: Option<Cloud>,
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Cloud {
    Public,
    Gcch,
    Dod,
}

impl From<CommunicationCloud> for Cloud {
    fn from(cloud: CommunicationCloud) -> Self {
        match cloud {
            CommunicationCloud::Public => Self::Public,
            CommunicationCloud::Gcch => Self::Gcch,
            CommunicationCloud::Dod => Self::Dod,
        }
    }
}

/// Absent, and null, mean the public cloud.
fn known_cloud(cloud: Option<Cloud>) -> CommunicationCloud {
    match cloud {
        None | Some(Cloud::Public) => CommunicationCloud::Public,
        Some(Cloud::Gcch) => CommunicationCloud::Gcch,
        Some(Cloud::Dod) => CommunicationCloud::Dod,
    }
}

impl From<&CommunicationIdentifier> for WireModel {
    fn from(identifier: &CommunicationIdentifier) -> Self {
        use CommunicationIdentifier as I;
        let mut model = Self { raw_id: Some(identifier.raw_id()), ..Self::default() };
        match identifier {
            I::CommunicationUser(user) => model.communication_user = Some(User { id: user.id().to_owned() }),
            I::PhoneNumber(number) => {
                model.phone_number = Some(Phone {
                    value: number.value().to_owned(),
                    is_anonymous: number.is_anonymous().then_some(true),
                    asserted_id: number.asserted_id().map(str::to_owned),
                });
            }
            I::TeamsUser(user) => {
                model.microsoft_teams_user = Some(Teams {
                    user_id: user.user_id().to_owned(),
                    is_anonymous: user.is_anonymous().then_some(true),
                    cloud: Some(user.cloud().into()),
                });
            }
            I::TeamsApp(app) => {
                let cloud = Some(app.cloud().into());
                model.microsoft_teams_app = Some(App { app_id: app.app_id().to_owned(), cloud });
            }
            I::TeamsExtensionUser(user) => {
                model.teams_extension_user = Some(ExtensionUser {
                    user_id: user.user_id().to_owned(),
                    tenant_id: user.tenant_id().to_owned(),
                    resource_id: user.resource_id().to_owned(),
                    cloud: Some(user.cloud().into()),
                });
            }
            I::Unknown(_) => {}
        }
        model
    }
}

impl WireModel {
    /// The identifier, or what is wrong. Nothing of the JSON is in it.
    fn read(self) -> Result<CommunicationIdentifier, &'static str> {
        let raw_id = self.raw_id.as_deref().filter(|raw_id| !raw_id.trim().is_empty());
        let from_raw_id = raw_id.and_then(|raw_id| CommunicationIdentifier::parse(raw_id).ok());
        let mut found = self.objects();
        match (found.pop(), found.is_empty()) {
            (Some(_), false) => Err("an identifier has two of communicationUser, phoneNumber and so on"),
            (Some(Some(identifier)), true) => Ok(identifier),
            // An object without its ids; the raw id says who it is.
            (Some(None), true) => {
                from_raw_id.ok_or("an identifier's object lacks its id, and it has no rawId")
            }
            (None, _) => from_raw_id.ok_or("an identifier has no rawId and none of the known objects"),
        }
    }

    /// What the objects name; none for an object whose ids are empty.
    fn objects(self) -> Vec<Option<CommunicationIdentifier>> {
        let user = self.communication_user.map(|user| {
            let id = Some(user.id).filter(|id| !id.trim().is_empty())?;
            Some(CommunicationUser::new(id).into())
        });
        let phone = self.phone_number.map(|phone| Some(PhoneNumber::new(phone.value).ok()?.into()));
        let teams = self.microsoft_teams_user.map(|user| {
            let made = if user.is_anonymous == Some(true) {
                TeamsUser::anonymous(user.user_id)
            } else {
                TeamsUser::new(user.user_id, known_cloud(user.cloud))
            };
            Some(made.ok()?.into())
        });
        let app = self
            .microsoft_teams_app
            .map(|app| Some(TeamsApp::new(app.app_id, known_cloud(app.cloud)).ok()?.into()));
        let extension = self.teams_extension_user.map(|user| {
            let ExtensionUser { user_id, tenant_id, resource_id, cloud } = user;
            Some(TeamsExtensionUser::new(resource_id, tenant_id, user_id, known_cloud(cloud)).ok()?.into())
        });
        [user, phone, teams, app, extension].into_iter().flatten().collect()
    }
}

/// The JSON that the services take: `rawId`, and an object for the kind.
///
/// # Example
/// ```
/// use acs_hmac::CommunicationIdentifier;
///
/// let user = CommunicationIdentifier::parse("8:acs:resource_user")?;
/// let json = serde_json::to_string(&user)?;
/// assert_eq!(json, r#"{"rawId":"8:acs:resource_user","communicationUser":{"id":"8:acs:resource_user"}}"#);
/// assert_eq!(serde_json::from_str::<CommunicationIdentifier>(&json)?, user);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Serialize for CommunicationIdentifier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WireModel::from(self).serialize(serializer)
    }
}

/// Reads what the services answer: the object names the kind, and where there is none, the raw id does.
impl<'de> Deserialize<'de> for CommunicationIdentifier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WireModel::deserialize(deserializer)?.read().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn json(raw_id: &str) -> String {
        serde_json::to_string(&CommunicationIdentifier::parse(raw_id).unwrap()).unwrap()
    }

    fn read(json: &str) -> Result<CommunicationIdentifier, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn every_kind() {
        for (raw_id, expected) in [
            ("8:acs:r_u", r#""communicationUser":{"id":"8:acs:r_u"}"#),
            ("4:+1555", r#""phoneNumber":{"value":"+1555"}"#),
            ("4:anonymous", r#""phoneNumber":{"value":"anonymous","isAnonymous":true}"#),
            ("4:+1555_7", r#""phoneNumber":{"value":"+1555_7","assertedId":"7"}"#),
            ("8:orgid:o", r#""microsoftTeamsUser":{"userId":"o","cloud":"public"}"#),
            ("8:dod:o", r#""microsoftTeamsUser":{"userId":"o","cloud":"dod"}"#),
            (
                "8:teamsvisitor:v",
                r#""microsoftTeamsUser":{"userId":"v","isAnonymous":true,"cloud":"public"}"#,
            ),
            ("28:gcch:a", r#""microsoftTeamsApp":{"appId":"a","cloud":"gcch"}"#),
            (
                "8:acs:r_t_u",
                r#""teamsExtensionUser":{"userId":"u","tenantId":"t","resourceId":"r","cloud":"public"}"#,
            ),
        ] {
            assert_eq!(json(raw_id), format!(r#"{{"rawId":"{raw_id}",{expected}}}"#));
        }
        assert_eq!(json("48:x"), r#"{"rawId":"48:x"}"#);
    }

    #[test]
    fn what_services_answer() {
        for (json, raw_id, kind) in [
            (r#"{"rawId":"8:acs:r_u"}"#, "8:acs:r_u", "communicationUser"),
            (r#"{"rawId":"48:x","kind":"unheardOf","unheardOf":{}}"#, "48:x", "unknown"),
            (
                r#"{"communicationUser":{"id":"8:acs:r_t_u"},"rawId":null}"#,
                "8:acs:r_t_u",
                "communicationUser",
            ),
            (r#"{"kind":"phoneNumber","phoneNumber":{"value":"+1"}}"#, "4:+1", "phoneNumber"),
            (
                r#"{"microsoftTeamsUser":{"userId":"o","isAnonymous":null,"cloud":null},"rawId":"8:orgid:o"}"#,
                "8:orgid:o",
                "microsoftTeamsUser",
            ),
            (r#"{"microsoftTeamsApp":{"appId":"a","cloud":"dod"}}"#, "28:dod:a", "microsoftTeamsApp"),
            (r#"{"communicationUser":{"id":""},"rawId":"8:acs:r_u"}"#, "8:acs:r_u", "communicationUser"),
            (
                r#"{"rawId":"4:+1","phoneNumber":{"value":"+1"},"communicationUser":null}"#,
                "4:+1",
                "phoneNumber",
            ),
        ] {
            let identifier = read(json).unwrap();
            assert_eq!((identifier.raw_id().as_str(), identifier.kind()), (raw_id, kind), "{json}");
        }
    }

    #[test]
    fn what_names_nobody_or_two_is_refused_and_not_repeated() {
        for bad in [
            "{}",
            r#"{"rawId":" "}"#,
            r#"{"communicationUser":{"id":""}}"#,
            r#"{"communicationUser":{"id":"planted"},"phoneNumber":{"value":"planted"}}"#,
            r#"{"teamsExtensionUser":{"userId":"planted_x","tenantId":"t","resourceId":"r"}}"#,
        ] {
            let error = read(bad).expect_err(bad).to_string();
            assert!(error.contains("identifier") && !error.contains("planted"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn json_gives_the_identifier_back(
            raw_id in "(4|8|28|48):(acs|gcch-acs|dod-acs|orgid|gcch|dod|spool|teamsvisitor|x)?:?[a-f0-9_:+-]{0,12}",
        ) {
            let identifier = CommunicationIdentifier::parse(&raw_id).unwrap();
            prop_assert_eq!(read(&json(&raw_id)).unwrap(), identifier);
        }
    }
}
