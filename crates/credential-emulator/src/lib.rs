#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod accounts;
mod answer;
mod audience;
mod bearer;
mod builder;
mod ca_file;
mod certificate_authority;
mod client_certificate;
mod clock;
mod communication;
#[cfg(feature = "configuration")]
mod configuration;
mod control;
mod control_api;
mod control_body;
mod control_fault;
mod dashboard;
mod der;
mod description;
mod emulator;
mod entra;
mod error;
mod fault;
mod faults;
mod id_source;
mod lifetimes;
mod media;
mod mixed_reality;
mod origins;
mod received;
mod recent;
mod request_log;
mod request_matcher;
mod request_shape;
mod routes;
mod server;
mod services;
mod signing_key;
mod verdict;

pub use accounts::{Accounts, MoreApp, MoreTenant, MoreUser};
pub use builder::EmulatorBuilder;
pub use communication::{Attachment, Email, Mailbox, Sms, UserToken, UserTokenFault};
#[cfg(feature = "configuration")]
pub use configuration::Configuration;
pub use description::Description;
pub use emulator::Emulator;
pub use entra::{BrowserRedirect, DeviceSignIn, DeviceSignInState};
pub use error::EmulatorError;
pub use fault::Fault;
pub use lifetimes::Lifetimes;
pub use request_log::RequestRecord;
pub use request_matcher::RequestMatcher;

/// The examples of the workspace's README are tested with this crate's own.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
mod workspace_readme {}

/// And those of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/emulator.md")]
mod guide {}
