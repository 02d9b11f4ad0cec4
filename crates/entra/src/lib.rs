#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod advice;
mod app_credential;
mod authority;
mod client_id;
mod client_secret_credential;
mod client_secret_flow;
mod cloud;
mod form;
mod oauth_error;
mod protocol_version;
mod scope;
mod tenant;
mod token_failure;
mod token_request;
mod token_response;

pub use authority::Authority;
pub use client_secret_credential::{ClientSecretCredential, ClientSecretCredentialBuilder};
pub use client_secret_flow::ClientSecretFlow;
pub use cloud::Cloud;
pub use oauth_error::OAuthError;
pub use protocol_version::ProtocolVersion;
pub use token_response::TokenResponse;
