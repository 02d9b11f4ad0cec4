//! The cloud in which a participant lives.

use std::fmt;

/// The cloud in which a participant lives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CommunicationCloud {
    /// The public cloud.
    #[default]
    Public,
    /// The US Government Community Cloud High.
    Gcch,
    /// The cloud of the US Department of Defense.
    Dod,
}

impl CommunicationCloud {
    const ALL: [Self; 3] = [Self::Public, Self::Gcch, Self::Dod];

    /// Returns the cloud's name in the service's JSON: `public`, `gcch` or `dod`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Gcch => "gcch",
            Self::Dod => "dod",
        }
    }

    /// The middle part of a Teams raw id, such as `8:orgid:..`.
    pub(super) fn teams_part(self) -> &'static str {
        match self {
            Self::Public => "orgid",
            Self::Gcch => "gcch",
            Self::Dod => "dod",
        }
    }

    /// The middle part of a Communication Services raw id, such as `8:acs:..`.
    pub(super) fn acs_part(self) -> &'static str {
        match self {
            Self::Public => "acs",
            Self::Gcch => "gcch-acs",
            Self::Dod => "dod-acs",
        }
    }

    pub(super) fn of_teams_part(part: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.teams_part() == part)
    }

    pub(super) fn of_acs_part(part: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.acs_part() == part)
    }
}

impl fmt::Display for CommunicationCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
