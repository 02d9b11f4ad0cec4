//! Integration tests: real clients, real TLS, every refusal with its reason.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at what it did not foresee")]
#![expect(clippy::too_many_lines, reason = "the refusals are tables, one line each")]

mod arm;
mod binary;
mod client;
mod communication;
mod entra;
mod leaks;
mod media_rest_v2;
mod mixed_reality;
mod server;
mod tokens;
