#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access_key;
mod access_token;
mod authorize_request;
#[cfg(feature = "azure_core")]
mod azure_core_bridge;
mod bearer_authorizer;
#[cfg(feature = "cache")]
mod cache_core;
#[cfg(feature = "cache")]
mod cache_metrics;
#[cfg(all(test, feature = "cache"))]
mod cache_models;
#[cfg(feature = "cache")]
mod cache_options;
#[cfg(feature = "cache")]
mod cache_settings;
#[cfg(feature = "cache")]
mod cache_slots;
#[cfg(feature = "cache")]
mod cached_credential;
mod chained_credential;
mod claims_challenge;
mod clock;
#[cfg(feature = "cache")]
mod coarse_clock;
mod credential_error_kind;
mod credential_identity;
mod endpoint;
mod environment;
mod error;
#[cfg(feature = "cache")]
mod flight;
#[cfg(feature = "cache")]
mod held_token;
#[cfg(feature = "cache")]
mod interleaving;
#[cfg(feature = "cache")]
mod jitter;
#[cfg(feature = "jwt")]
mod jwt;
#[cfg(feature = "cache")]
mod memory_token_store;
mod network_failure;
mod random;
mod request_key;
mod retry_after;
#[cfg(feature = "sealing")]
mod sealing_key;
mod secret;
mod send_once;
#[cfg(feature = "cache")]
mod setback;
#[cfg(feature = "cache")]
mod shared_store;
mod sleep;
mod spawn;
mod static_token_credential;
#[cfg(feature = "cache")]
mod store_key;
#[cfg(feature = "cache")]
mod stored_token;
mod token_credential;
mod token_request;
#[cfg(feature = "cache")]
mod token_store;
mod tolerant_base64;
mod transport;

pub use access_key::{AccessKey, Key, KeyPair};
pub use access_token::AccessToken;
pub use authorize_request::AuthorizeRequest;
#[cfg(feature = "azure_core")]
pub use azure_core_bridge::{AzureCoreError, FromAzureCore, IntoAzureCore};
pub use bearer_authorizer::BearerAuthorizer;
#[cfg(feature = "cache")]
pub use cache_metrics::CacheMetrics;
#[cfg(feature = "cache")]
pub use cache_options::CacheOptions;
#[cfg(feature = "cache")]
pub use cached_credential::CachedCredential;
pub use chained_credential::ChainedCredential;
pub use claims_challenge::ClaimsChallenge;
pub use clock::{Clock, SystemClock};
pub use credential_error_kind::CredentialErrorKind;
pub use credential_identity::CredentialIdentity;
pub use endpoint::Endpoint;
pub use environment::{Environment, MapEnvironment, SystemEnvironment};
pub use error::CredentialError;
#[cfg(feature = "cache")]
pub use held_token::CachedToken;
#[cfg(feature = "jwt")]
pub use jwt::jwt_expires_at;
#[cfg(feature = "cache")]
pub use memory_token_store::MemoryTokenStore;
pub use network_failure::NetworkFailure;
pub use random::Random;
#[cfg(feature = "system-random")]
pub use random::SystemRandom;
pub use retry_after::retry_after;
#[cfg(feature = "sealing")]
pub use sealing_key::SealingKey;
pub use secret::Secret;
pub use send_once::SendOnce;
pub use sleep::Sleep;
#[cfg(feature = "tokio")]
pub use spawn::TokioSpawn;
pub use spawn::{Spawn, Task};
pub use static_token_credential::StaticTokenCredential;
#[cfg(feature = "cache")]
pub use store_key::StoreKey;
#[cfg(feature = "cache")]
pub use stored_token::StoredToken;
pub use token_credential::TokenCredential;
pub use token_request::TokenRequest;
#[cfg(feature = "cache")]
pub use token_store::{Lease, TokenStore};
pub use tolerant_base64::decode as decode_base64;
pub use transport::Transport;
