//! Integration tests of signing, verifying and the identity client, through the public API.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not foresee")]

mod app_configuration;
#[cfg(feature = "identity")]
mod authentication_table;
#[cfg(feature = "azure_core")]
mod azure_core_pipeline;
#[cfg(feature = "identity")]
mod blocking;
mod connection_string;
#[cfg(feature = "identity")]
mod emulator;
#[cfg(all(
    feature = "chat",
    feature = "email",
    feature = "identity",
    feature = "phone-numbers",
    feature = "rooms",
    feature = "sms"
))]
mod emulator_operations;
#[cfg(feature = "identity")]
mod entra_user_token;
mod environment;
mod error_texts;
#[cfg(feature = "identity")]
mod hand_runtime;
#[cfg(feature = "identity")]
mod identity;
#[cfg(feature = "identity")]
mod issued_user_token;
mod leaks;
mod mending;
#[cfg(feature = "identity")]
mod operations;
#[cfg(all(feature = "email", feature = "sms"))]
mod repetition;
#[cfg(feature = "reqwest-middleware")]
mod reqwest_middleware_client;
#[cfg(feature = "reqwest")]
mod reqwest_requests;
#[cfg(feature = "identity")]
mod shared_store;
mod signing;
mod signing_attempt;
#[cfg(feature = "identity")]
mod slow_transport;
#[cfg(feature = "identity")]
mod tables;
#[cfg(feature = "tower")]
mod tower_service;
#[cfg(feature = "identity")]
mod user_token;
mod vectors;
mod verifier;
