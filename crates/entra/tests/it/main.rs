//! Integration tests of the Entra flows, through the public API.

mod answers;
mod bad_input;
mod client_secret_credential;
mod emulator;
mod leaks;
mod wire;

use credential_testkit::ScriptedTransport;
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
