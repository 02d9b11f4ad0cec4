#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accounts;
mod answer;
mod audience;
mod bearer;
mod builder;
mod ca_file;
mod certificate_authority;
mod clock;
mod communication;
mod der;
mod description;
mod emulator;
mod entra;
mod error;
mod id_source;
mod media;
mod mixed_reality;
mod origins;
mod received;
mod request_log;
mod routes;
mod server;
mod services;
mod signing_key;
mod verdict;

pub use accounts::Accounts;
pub use builder::EmulatorBuilder;
pub use communication::{UserToken, UserTokenFault};
pub use description::Description;
pub use emulator::Emulator;
pub use error::EmulatorError;
pub use request_log::RequestRecord;

/// The examples of the workspace's README are tested with this crate's own.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod workspace_readme {}
