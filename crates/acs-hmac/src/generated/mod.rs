//! Machine-written modules, one for each API description. `cargo xtask codegen` writes them.

#[cfg(feature = "identity")]
pub mod identity;
