//! Integration tests of the HTTP client: real sockets for what goes over them, a script and fake time for the rest.

#![expect(clippy::unwrap_used, reason = "in helpers of tests, too, a surprise should stop the test")]

mod blocking;
mod leaks;
mod network;
mod proxy;
mod redirects;
mod retry;
mod server;
mod settings;
mod tls;
mod wire;
