//! Integration tests of the media credentials, through the public API.

mod answers;
mod bad_input;
mod blocking;
#[cfg(feature = "browser")]
mod browser;
mod clients;
mod compatible;
#[cfg(feature = "xml")]
mod configuration;
mod emulator;
mod environment;
mod leaks;
mod media_authorizer;
mod media_user;
mod neighbours;
mod portal_json;
mod tables;
mod wire;

use ams_aad::{ServicePrincipal, ServicePrincipalBuilder};

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";
const SECRET: &str = "pl4nted~S3cret+/=";
const TOKEN: &str = "planted-access-token";
const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

fn builder() -> ServicePrincipalBuilder {
    ServicePrincipal::builder(TENANT, CLIENT_ID, SECRET)
}

/// A good answer of the token endpoint.
fn token_json() -> String {
    format!(r#"{{"token_type":"Bearer","expires_in":"3599","access_token":"{TOKEN}"}}"#)
}

/// An answer of a media service.
#[expect(clippy::unwrap_used, reason = "a broken case should stop the test")]
fn response(status: u16, headers: &[(&str, &str)], body: &str) -> http::Response<bytes::Bytes> {
    let builder = http::Response::builder().status(status);
    let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
    builder.body(bytes::Bytes::from(body.to_owned())).unwrap()
}
