//! Integration tests of signing, verifying and the identity client, through the public API.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not foresee")]

mod connection_string;
#[cfg(feature = "identity")]
mod emulator;
mod error_texts;
#[cfg(feature = "identity")]
mod identity;
mod leaks;
mod signing;
mod vectors;
mod verifier;
