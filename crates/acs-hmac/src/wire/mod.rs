//! What generated operations are made of: the one module that generated code imports.
#![allow(
    dead_code,
    unused_imports,
    reason = "which of these are needed depends on the services that are turned on"
)]

mod answer;
mod operation;
pub(crate) mod optional_secret;
mod parse_timestamp;
mod request_draft;
pub(crate) mod secret;
mod service_error;
mod timestamp;

pub(crate) use answer::{any_json, header, json, nothing, or_default, text};
pub use operation::{Caller, Operation, OperationDescription, ServiceDescription};
pub(crate) use request_draft::{RequestDraft, check_api_version};
pub(crate) use service_error::unexpected;
pub use timestamp::Timestamp;
