//! The Identity service: users and their access tokens.

mod answers;
mod client;
mod communication_user;
mod requests;
mod service_error;
mod timestamp;
mod token_scope;

pub use client::{IdentityClient, IdentityClientBuilder};
pub use communication_user::{CommunicationUser, UserAndToken};
pub use requests::DEFAULT_API_VERSION;
pub use token_scope::TokenScope;
