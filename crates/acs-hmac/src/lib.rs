#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod authorization;
mod connection_string;
mod content_hash;
mod entra_scope;
#[cfg(feature = "identity")]
mod identity;
mod keyed_mac;
mod refusal;
mod request_address;
mod signed_headers;
mod signer;
mod signing_date;
mod string_to_sign;
mod verifier;

pub use connection_string::ConnectionString;
pub use content_hash::ContentHash;
pub use entra_scope::ENTRA_SCOPE;
#[cfg(feature = "identity")]
pub use identity::{
    CommunicationUser, DEFAULT_API_VERSION, IdentityClient, IdentityClientBuilder, TokenScope, UserAndToken,
};
pub use refusal::Refusal;
pub use signed_headers::SignedHeaders;
pub use signer::Signer;
pub use signing_date::SigningDate;
pub use string_to_sign::StringToSign;
pub use verifier::{Verified, VerifiedKey, Verifier};
