//! The scope of Communication Services' own tokens.

/// The scope to ask Entra for when a service is called with a token instead of an access key.
///
/// Two slashes, as the official SDKs send it; the token's audience then ends with one. Services accept the form with
/// one slash as well. Sovereign clouds may differ, so never derive a scope from an endpoint.
pub const ENTRA_SCOPE: &str = "https://communication.azure.com//.default";
