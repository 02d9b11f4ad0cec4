#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod arm;
mod arm_client;
mod arm_endpoint;
mod arm_failure;
mod challenge;
mod configuration_block;
mod configuration_env;
mod configuration_form;
mod configuration_keys;
mod configuration_reading;
mod configuration_xml;
mod environment;
mod media_account;
mod media_authorizer;
mod media_cloud;
mod media_configuration;
mod media_credential;
mod media_environment;
mod media_user;
mod media_user_builder;
mod mkio_authorizer;
mod page;
#[cfg(feature = "browser")]
mod pasted_redirect;
mod ravnur_configuration;
mod ravnur_credential;
mod request;
pub mod rest_v2;
mod rest_v2_client;
mod rest_v2_endpoint;
mod rest_v2_failure;
mod rest_v2_relocation;
mod retirement;
mod service_error;
mod service_principal;
mod service_principal_builder;
mod token_refusal;

#[cfg(feature = "reqwest")]
pub use credential_http::HttpClient;

pub use arm_client::ArmClient;
pub use arm_endpoint::ArmEndpoint;
pub use configuration_form::ConfigurationForm;
pub use media_account::MediaAccount;
pub use media_authorizer::MediaAuthorizer;
pub use media_cloud::{MediaCloud, REDIRECT_URI};
pub use media_configuration::MediaConfiguration;
pub use media_credential::MediaCredential;
pub use media_environment::MediaEnvironment;
pub use media_user::MediaUser;
pub use media_user_builder::MediaUserBuilder;
pub use mkio_authorizer::{MkIoApi, MkIoAuthorizer};
pub use page::Page;
pub use ravnur_configuration::RavnurConfiguration;
pub use ravnur_credential::RavnurCredential;
pub use rest_v2_client::RestV2Client;
pub use rest_v2_endpoint::RestV2Endpoint;
pub use retirement::with_retirement_hint;
pub use service_error::ServiceError;
pub use service_principal::ServicePrincipal;
pub use service_principal_builder::ServicePrincipalBuilder;

/// The programs of the guide are tested with this crate's own.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/media-services.md")]
mod guide {}
