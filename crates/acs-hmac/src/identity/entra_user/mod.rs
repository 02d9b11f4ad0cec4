//! User access tokens of people who sign in with Entra.

mod builder;
mod entra_user_token_credential;
mod exchange;
mod exchange_kind;

pub use builder::EntraUserTokenCredentialBuilder;
pub use entra_user_token_credential::EntraUserTokenCredential;
pub use exchange_kind::{CLIENTS_SCOPE, TEAMS_EXTENSION_SCOPE};
