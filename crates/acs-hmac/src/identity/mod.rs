//! The Identity service: users and their access tokens.

mod answers;
mod as_configuration;
mod client;
mod communication_user;
mod entra_user;
mod identifier;
mod issued_user_token_credential;
mod teams_user_exchange;
mod token_options;
mod token_scope;
mod user_token;

pub use client::{IdentityClient, IdentityClientBuilder};
pub use communication_user::{CommunicationUser, UserAndToken};
pub use entra_user::{
    CLIENTS_SCOPE, EntraUserTokenCredential, EntraUserTokenCredentialBuilder, TEAMS_EXTENSION_SCOPE,
};
pub use identifier::{
    CommunicationCloud, CommunicationIdentifier, PhoneNumber, TeamsApp, TeamsExtensionUser, TeamsUser,
    UnknownIdentifier,
};
pub use issued_user_token_credential::{IssuedUserTokenCredential, IssuedUserTokenCredentialBuilder};
pub use token_scope::TokenScope;
pub use user_token::{
    RefreshUserToken, UserTokenCredential, UserTokenCredentialBuilder, parse_user_token, refresh_with,
};

use as_configuration::as_configuration;

/// The version of the service's interface that is asked for unless another one is named.
pub const DEFAULT_API_VERSION: &str = crate::operations::identity::SERVICE.default_api_version;
