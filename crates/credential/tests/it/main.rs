//! Integration tests of the core, through its public API.

mod authorize;
mod cache;
mod error_texts;
mod leaks;
mod parsers;
mod static_token;
