//! The audiences of the emulated services.

/// Communication Services: the official SDKs' double-slash scope gives the first, hand-written scopes the second.
pub(crate) const COMMUNICATION: [&str; 2] =
    ["https://communication.azure.com/", "https://communication.azure.com"];

/// Mixed Reality, the same for every region.
pub(crate) const MIXED_REALITY: [&str; 2] =
    ["https://sts.mixedreality.azure.com/", "https://sts.mixedreality.azure.com"];

/// Media Services REST v2. There is no form with a trailing slash.
pub(crate) const MEDIA_REST_V2: [&str; 1] = ["https://rest.media.azure.net"];

/// Azure Resource Manager, public cloud.
pub(crate) const RESOURCE_MANAGER: [&str; 4] = [
    "https://management.core.windows.net/",
    "https://management.core.windows.net",
    "https://management.azure.com/",
    "https://management.azure.com",
];

/// What Teams users call with, in the public cloud and in that of the United States' government.
pub(crate) const TEAMS: [&str; 4] = [
    "https://auth.msft.communication.azure.com",
    "https://auth.msft.communication.azure.com/",
    "https://auth.msft.communication.azure.us",
    "https://auth.msft.communication.azure.us/",
];

/// Microsoft Graph: what a user flow is for that asks for no other resource.
pub(crate) const GRAPH: [&str; 1] = ["https://graph.microsoft.com"];

/// Returns all of them: the resources that tokens are issued for.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    COMMUNICATION
        .into_iter()
        .chain(MIXED_REALITY)
        .chain(MEDIA_REST_V2)
        .chain(RESOURCE_MANAGER)
        .chain(TEAMS)
        .chain(GRAPH)
}
