//! Integration tests of the Mixed Reality exchange, through its public API.

#![expect(clippy::unwrap_used, reason = "in helpers of tests, too, a surprise should stop the test")]

mod account;
mod answers;
mod bad_input;
mod blocking;
mod caching;
mod cancellation;
mod emulator;
mod environment;
mod leaks;
mod neighbours;
mod refused_token;
mod remote_rendering;
mod requests;
mod secondary_key;
mod shared_store;
mod tables;
