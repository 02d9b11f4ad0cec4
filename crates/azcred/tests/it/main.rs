//! The real binary, run with an empty environment.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers outside the test functions stop the test, too"
)]

mod azcred;
mod bad_input;
mod curl;
mod decode;
mod demo;
mod emulator;
mod help;
mod leaks;
mod login;
mod readme;
mod sign;
mod sign_batch;
mod token;
mod token_entra;
mod verify;
