#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

/// The examples of the guide, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/entra-authorities.md")]
mod guide_to_authorities {}

mod advice;
mod app_credential;
mod app_scope;
mod authentication_record;
mod authority;
mod authority_endpoints;
mod authority_kind;
mod authority_metadata;
mod authorization_code;
mod authorization_code_flow;
mod authorization_request;
mod authorization_response;
mod azure_pipelines_assertion;
mod basic_authorization;
mod browser;
mod browser_sign_in;
mod cached_requests;
#[cfg(feature = "certificate")]
mod certificate_assertion;
#[cfg(feature = "certificate")]
mod certificate_chain;
#[cfg(feature = "certificate")]
mod certificate_file;
#[cfg(feature = "certificate")]
mod certificate_key;
mod claims;
mod client;
mod client_assertion;
mod client_assertion_credential;
mod client_assertion_flow;
#[cfg(feature = "certificate")]
mod client_certificate;
#[cfg(feature = "certificate")]
mod client_certificate_credential;
mod client_id;
mod client_options;
mod client_proof;
mod client_secret_credential;
mod client_secret_flow;
mod cloud;
mod connection;
mod device_code;
mod device_code_credential;
mod device_code_flow;
mod discovery;
mod end_session;
mod endpoint_kind;
mod environment_credential;
mod environment_selection;
mod files;
mod form;
mod generated;
mod github_actions_assertion;
mod identity;
mod instance_discovery;
mod interactive_browser_credential;
mod issuer;
mod job_token;
#[cfg(feature = "browser")]
mod landing_page;
#[cfg(feature = "browser")]
mod loopback_receiver;
mod oauth_advice;
mod oauth_error;
mod on_behalf_of;
mod on_behalf_of_flow;
#[cfg(feature = "certificate")]
mod pem;
mod pkce;
#[cfg(feature = "pkcs12")]
mod pkcs12;
mod poll_pace;
mod protocol_version;
mod race;
mod redirect_receiver;
#[cfg(feature = "browser")]
mod redirect_reception;
mod redirect_uri;
mod refresh_token_credential;
mod refresh_token_flow;
mod response_mode;
mod scope;
mod session_store;
mod sign_in_by_hand;
mod sign_in_page;
mod stored_account;
#[cfg(feature = "browser")]
mod system_browser;
mod tenant;
mod token_failure;
mod token_file;
mod token_request;
mod token_response;
mod user_ask;
mod user_credential;
mod user_exchange;
mod user_options;
mod user_partitions;
mod user_scopes;
mod user_session;
mod username_password_credential;
mod username_password_flow;

pub use authentication_record::AuthenticationRecord;
pub use authority::Authority;
pub use authority_metadata::AuthorityMetadata;
pub use authorization_code::AuthorizationCode;
pub use authorization_code_flow::AuthorizationCodeFlow;
pub use authorization_request::AuthorizationRequest;
pub use authorization_response::AuthorizationResponse;
pub use azure_pipelines_assertion::AzurePipelinesAssertion;
pub use browser::{Browser, NoBrowser};
#[cfg(feature = "certificate")]
pub use certificate_assertion::CertificateAssertion;
#[cfg(feature = "certificate")]
pub use certificate_file::CertificateFile;
pub use client_assertion::{AssertionFn, AssertionRequest, ClientAssertion};
pub use client_assertion_credential::{ClientAssertionCredential, ClientAssertionCredentialBuilder};
pub use client_assertion_flow::ClientAssertionFlow;
#[cfg(feature = "certificate")]
pub use client_certificate::ClientCertificate;
#[cfg(feature = "certificate")]
pub use client_certificate_credential::{ClientCertificateCredential, ClientCertificateCredentialBuilder};
pub use client_proof::ClientProof;
pub use client_secret_credential::{ClientSecretCredential, ClientSecretCredentialBuilder};
pub use client_secret_flow::ClientSecretFlow;
pub use cloud::Cloud;
pub use device_code::DeviceCode;
pub use device_code_credential::{DeviceCodeCredential, DeviceCodeCredentialBuilder};
pub use device_code_flow::DeviceCodeFlow;
pub use end_session::EndSession;
pub use environment_credential::{EnvironmentCredential, EnvironmentCredentialBuilder};
pub use environment_selection::{EnvironmentMethod, EnvironmentSelection};
pub use files::{Files, SystemFiles};
pub use github_actions_assertion::GithubActionsAssertion;
pub use instance_discovery::InstanceDiscovery;
pub use interactive_browser_credential::{InteractiveBrowserCredential, InteractiveBrowserCredentialBuilder};
#[cfg(feature = "browser")]
pub use loopback_receiver::LoopbackReceiver;
pub use oauth_error::OAuthError;
pub use on_behalf_of::{OnBehalfOf, OnBehalfOfBuilder, OnBehalfOfCredential};
pub use on_behalf_of_flow::OnBehalfOfFlow;
pub use protocol_version::ProtocolVersion;
pub use redirect_receiver::{PendingRedirect, RedirectReceiver};
pub use refresh_token_credential::{RefreshTokenCredential, RefreshTokenCredentialBuilder};
pub use refresh_token_flow::RefreshTokenFlow;
pub use response_mode::ResponseMode;
pub use session_store::SessionStore;
pub use sign_in_by_hand::SignInByHand;
pub use sign_in_page::SignInPrompt;
pub use stored_account::StoredAccount;
#[cfg(feature = "browser")]
pub use system_browser::SystemBrowser;
pub use token_file::TokenFile;
pub use token_response::TokenResponse;
pub use user_session::UserSession;
pub use username_password_credential::{UsernamePasswordCredential, UsernamePasswordCredentialBuilder};
pub use username_password_flow::UsernamePasswordFlow;

/// The programs of the guide are tested with this crate's own examples.
#[cfg(all(doctest, feature = "browser", feature = "reqwest"))]
#[doc = include_str!("../../../docs/guides/entra-sign-in.md")]
mod guide {}

#[cfg(all(doctest, feature = "reqwest"))]
#[doc = include_str!("../../../docs/migration.md")]
mod guide_from_other_libraries {}

#[cfg(all(doctest, feature = "reqwest"))]
#[doc = include_str!("../../../docs/from-emulator-to-azure.md")]
mod guide_to_azure {}
