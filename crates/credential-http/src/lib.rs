#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod blocking;
mod http_client;
mod http_client_builder;
mod named_proxy;
mod network_error;
mod request_id;
mod reqwest_transport;
mod retry_policy;
mod retry_transport;
mod tokio_sleep;

pub use blocking::Blocking;
pub use credential::retry_after;
pub use http_client::HttpClient;
pub use http_client_builder::HttpClientBuilder;
pub use reqwest_transport::ReqwestTransport;
pub use retry_policy::{Attempt, RetryPolicy};
pub use retry_transport::RetryTransport;
pub use tokio_sleep::TokioSleep;
