//! Integration tests of the Entra flows, through the public API.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod answers;
mod authorities;
mod authorization_code;
mod bad_input;
mod blocking;
#[cfg(feature = "browser")]
mod browser;
mod client_assertion;
#[cfg(feature = "certificate")]
mod client_certificate;
mod client_secret_credential;
mod device_code;
mod emulator;
mod environment;
mod job_token;
mod leaks;
mod on_behalf_of;
mod other_authorities;
#[cfg(feature = "pkcs12")]
mod pkcs12;
mod refresh_token;
mod shared_store;
#[cfg(all(feature = "browser", feature = "certificate"))]
mod three_ways;
mod username_password;
mod wire;

use credential_testkit::{LeakCheck, ScriptedTransport};
use entra::{ClientSecretCredential, ClientSecretCredentialBuilder};

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";
const SECRET: &str = "pl4nted~S3cret+/=&%ü";
const VAULT: &str = "https://vault.azure.net/.default";

/// A builder that sends to `transport`.
fn builder(transport: &ScriptedTransport) -> ClientSecretCredentialBuilder {
    ClientSecretCredential::builder(TENANT, CLIENT_ID, SECRET).transport(transport.shared())
}

/// A good answer with this token.
fn token_json(token: &str) -> String {
    format!(r#"{{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"{token}"}}"#)
}

/// The text of an error for a snapshot, after looking for planted secrets in it.
fn shown(name: &str, error: &credential::CredentialError, planted: &[&str]) -> String {
    LeakCheck::new(planted.iter().copied()).error(error);
    format!("{name}\n  {error}\n")
}

/// An error as Entra writes it.
fn entra_error(error: &str, code: u32, more: &str) -> String {
    format!(
        r#"{{"error":"{error}","error_description":"AADSTS{code}: Planted. Trace ID: 0a1b","error_codes":[{code}],"trace_id":"0a1b","correlation_id":"2c3d"{more}}}"#
    )
}

/// An answer to a user's request: whose token it is, and the next refresh token.
fn user_json(token: &str, refresh_token: &str, uid: &str) -> String {
    use base64::Engine;
    let encode = |json: String| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
    let client_info = encode(format!(r#"{{"uid":"{uid}","utid":"{TENANT}"}}"#));
    let claims =
        encode(format!(r#"{{"tid":"{TENANT}","oid":"{uid}","preferred_username":"{uid}@contoso.com"}}"#));
    format!(
        r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{token}","refresh_token":"{refresh_token}","client_info":"{client_info}","id_token":"e30.{claims}.c2ln"}}"#
    )
}
