#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod authorization;
#[cfg(feature = "operations")]
mod communication_client;
mod connection_string;
mod content_hash;
mod diagnosis;
mod entra_scope;
mod explanation;
#[cfg(feature = "operations")]
mod generated;
#[cfg(feature = "identity")]
mod identity;
mod keyed_mac;
mod mistake;
#[cfg(feature = "operations")]
pub mod operations;
mod refusal;
mod request_address;
mod resigner;
mod scheme;
#[cfg(feature = "reqwest")]
mod sign_reqwest;
#[cfg(feature = "tower")]
mod signable_body;
mod signed_exchange;
mod signed_headers;
mod signer;
mod signing_attempt;
mod signing_date;
#[cfg(feature = "tower")]
mod signing_layer;
#[cfg(feature = "reqwest-middleware")]
mod signing_middleware;
#[cfg(feature = "azure_core")]
mod signing_policy;
mod string_to_sign;
mod target_spelling;
mod verifier;
#[cfg(feature = "operations")]
mod wire;

#[cfg(feature = "operations")]
pub use communication_client::{CommunicationClient, CommunicationClientBuilder};
pub use connection_string::ConnectionString;
pub use content_hash::ContentHash;
pub use entra_scope::ENTRA_SCOPE;
pub use explanation::Explanation;
#[cfg(feature = "identity")]
pub use identity::{
    CLIENTS_SCOPE, CommunicationCloud, CommunicationIdentifier, CommunicationUser, DEFAULT_API_VERSION,
    EntraUserTokenCredential, EntraUserTokenCredentialBuilder, IdentityClient, IdentityClientBuilder,
    IssuedUserTokenCredential, IssuedUserTokenCredentialBuilder, PhoneNumber, RefreshUserToken,
    TEAMS_EXTENSION_SCOPE, TeamsApp, TeamsExtensionUser, TeamsUser, TokenScope, UnknownIdentifier,
    UserAndToken, UserTokenCredential, UserTokenCredentialBuilder, parse_user_token, refresh_with,
};
pub use mistake::Mistake;
pub use refusal::Refusal;
pub use resigner::Resigner;
pub use scheme::Scheme;
#[cfg(feature = "tower")]
pub use signable_body::SignableBody;
pub use signed_headers::SignedHeaders;
pub use signer::Signer;
pub use signing_attempt::{Correction, SigningAttempt};
pub use signing_date::SigningDate;
#[cfg(feature = "tower")]
pub use signing_layer::{SigningLayer, SigningService};
#[cfg(feature = "reqwest-middleware")]
pub use signing_middleware::SigningMiddleware;
#[cfg(feature = "azure_core")]
pub use signing_policy::SigningPolicy;
pub use string_to_sign::StringToSign;
pub use verifier::{Verified, VerifiedKey, Verifier};
#[cfg(feature = "operations")]
pub use wire::{Caller, Operation, OperationDescription, ServiceDescription, Timestamp};

/// The programs of the guide are tested with this crate's own examples.
#[cfg(all(doctest, feature = "identity", feature = "reqwest-middleware"))]
#[doc = include_str!("../../../docs/guides/communication-services.md")]
mod guide {}
