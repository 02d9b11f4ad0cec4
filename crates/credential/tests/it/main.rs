//! Integration tests of the core, through its public API.
