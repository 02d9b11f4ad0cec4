//! Integration tests of the core, through its public API.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod authorize;
#[cfg(feature = "azure_core")]
mod azure_core_bridge;
#[cfg(feature = "azure_core")]
mod azure_core_pipeline;
mod cache;
mod chain;
mod error_texts;
mod forced;
mod leaks;
mod observed;
mod own_credential;
mod parsers;
mod refusals;
mod service;
mod simulation;
mod static_token;
mod store;
