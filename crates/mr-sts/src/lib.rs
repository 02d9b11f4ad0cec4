#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account_domain;
mod account_id;
mod account_keys;
mod authorization;
mod correlation_vector;
mod environment;
mod exchanged;
mod mixed_reality_authorizer;
mod mixed_reality_builder;
mod mixed_reality_credential;
mod mixed_reality_role;
mod mixed_reality_sts_client;
mod refusal;
pub mod remote_rendering;
mod scope;

pub use exchanged::Exchanged;
pub use mixed_reality_authorizer::MixedRealityAuthorizer;
pub use mixed_reality_builder::MixedRealityBuilder;
pub use mixed_reality_credential::MixedRealityCredential;
pub use mixed_reality_role::MixedRealityRole;
pub use mixed_reality_sts_client::MixedRealityStsClient;
pub use scope::DEFAULT_SCOPE;

/// The programs of the guide are tested with this crate's own.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/mixed-reality.md")]
mod guide {}
