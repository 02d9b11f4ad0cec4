//! Reads the answers of operations.

use std::str::FromStr;

use bytes::Bytes;
use credential::CredentialError;
use http::Response;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use super::ServiceDescription;
use super::service_error::{service_error, unexpected};

/// Reads the body of a success.
pub(crate) fn json<T: DeserializeOwned>(
    service: &ServiceDescription,
    response: &Response<Bytes>,
) -> Result<T, CredentialError> {
    refuse_failure(service, response)?;
    // The parser's own error may quote the body, and with it a token.
    serde_json::from_slice(response.body()).map_err(|_| not_of(service, response))
}

/// Reads a success whose body is JSON in which nothing matters.
pub(crate) fn any_json(
    service: &ServiceDescription,
    response: &Response<Bytes>,
) -> Result<(), CredentialError> {
    json::<IgnoredAny>(service, response).map(drop)
}

/// Reads a success that has no body; one with a body comes from somebody else.
pub(crate) fn nothing(
    service: &ServiceDescription,
    response: &Response<Bytes>,
) -> Result<(), CredentialError> {
    refuse_failure(service, response)?;
    if response.body().is_empty() { Ok(()) } else { Err(not_of(service, response)) }
}

/// Reads a header of a success; one that cannot be read is as good as none.
pub(crate) fn header<T: FromStr>(response: &Response<Bytes>, name: &str) -> Option<T> {
    response.headers().get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Reads `null` as what stands for nothing.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a text.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer)
}

fn refuse_failure(service: &ServiceDescription, response: &Response<Bytes>) -> Result<(), CredentialError> {
    if response.status().is_success() { Ok(()) } else { Err(service_error(service, response)) }
}

fn not_of(service: &ServiceDescription, response: &Response<Bytes>) -> CredentialError {
    unexpected(service, response, format!("the answer is not one of the {} service", service.name))
}
