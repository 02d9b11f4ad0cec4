//! The roles that let an Entra identity use an account.

use std::fmt;

/// A role that an Entra identity needs on an account before its token can be exchanged. Azure's Owner and Contributor grant
/// nothing here, and a new assignment takes some minutes to work.
///
/// # Example
/// ```
/// use mr_sts::MixedRealityRole;
///
/// let role = MixedRealityRole::RemoteRenderingClient;
/// assert_eq!(role.to_string(), "Remote Rendering Client");
/// assert_eq!(MixedRealityRole::from_id(&role.id().to_uppercase()), Some(role));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MixedRealityRole {
    /// Converts models, runs sessions and renders.
    RemoteRenderingAdministrator,
    /// Runs sessions and renders.
    RemoteRenderingClient,
    /// Creates, finds and deletes anchors; what an account key amounts to.
    SpatialAnchorsAccountOwner,
    /// Creates and finds anchors.
    SpatialAnchorsAccountContributor,
    /// Finds anchors.
    SpatialAnchorsAccountReader,
    /// Converts and detects objects.
    ObjectAnchorsAccountOwner,
    /// Detects objects.
    ObjectAnchorsAccountReader,
}

impl MixedRealityRole {
    /// Lists all roles.
    pub const ALL: &'static [Self] = &[
        Self::RemoteRenderingAdministrator,
        Self::RemoteRenderingClient,
        Self::SpatialAnchorsAccountOwner,
        Self::SpatialAnchorsAccountContributor,
        Self::SpatialAnchorsAccountReader,
        Self::ObjectAnchorsAccountOwner,
        Self::ObjectAnchorsAccountReader,
    ];

    /// Returns the role definition's id, the same in every tenant.
    pub const fn id(self) -> &'static str {
        match self {
            Self::RemoteRenderingAdministrator => "3df8b902-2a6f-47c7-8cc5-360e9b272a7e",
            Self::RemoteRenderingClient => "d39065c4-c120-43c9-ab0a-63eed9795f0a",
            Self::SpatialAnchorsAccountOwner => "70bbe301-9835-447d-afdd-19eb3167307c",
            Self::SpatialAnchorsAccountContributor => "8bbe83f1-e2a6-4df7-8cb4-4e04d4e5c827",
            Self::SpatialAnchorsAccountReader => "5d51204f-eb77-4b1c-b86a-2ec626c49413",
            Self::ObjectAnchorsAccountOwner => "ca0835dd-bacc-42dd-8ed2-ed5e7230d15b",
            Self::ObjectAnchorsAccountReader => "4a167cdf-cb95-4554-9203-2347fe489bd9",
        }
    }

    /// Returns the role's name, as the portal shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RemoteRenderingAdministrator => "Remote Rendering Administrator",
            Self::RemoteRenderingClient => "Remote Rendering Client",
            Self::SpatialAnchorsAccountOwner => "Spatial Anchors Account Owner",
            Self::SpatialAnchorsAccountContributor => "Spatial Anchors Account Contributor",
            Self::SpatialAnchorsAccountReader => "Spatial Anchors Account Reader",
            Self::ObjectAnchorsAccountOwner => "Object Anchors Account Owner",
            Self::ObjectAnchorsAccountReader => "Object Anchors Account Reader",
        }
    }

    /// Returns the role of a definition's id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.id().eq_ignore_ascii_case(id))
    }
}

impl fmt::Display for MixedRealityRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_and_names_differ_and_lead_back() {
        let ids: HashSet<_> = MixedRealityRole::ALL.iter().map(|role| role.id()).collect();
        let names: HashSet<_> = MixedRealityRole::ALL.iter().map(|role| role.name()).collect();
        assert_eq!((ids.len(), names.len()), (7, 7));
        for role in MixedRealityRole::ALL {
            assert_eq!(MixedRealityRole::from_id(role.id()), Some(*role));
            assert!(crate::account_id::parse(role.id()).is_ok(), "{role} has a UUID");
        }
        assert_eq!(MixedRealityRole::from_id(""), None);
    }
}
