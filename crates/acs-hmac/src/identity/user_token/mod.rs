//! A user access token that an application provides and keeps fresh.

mod background;
mod builder;
mod keeper;
mod parse_user_token;
mod refresh_schedule;
mod refresh_user_token;
mod user_token_credential;

pub use builder::UserTokenCredentialBuilder;
pub use parse_user_token::parse_user_token;
pub use refresh_user_token::{RefreshUserToken, refresh_with};
pub use user_token_credential::UserTokenCredential;
