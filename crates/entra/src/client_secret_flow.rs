//! The client-secret flow, as values.

use async_trait::async_trait;
use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Secret};
use http::Request;

use crate::ClientProof;
use crate::app_credential::AppFlow;
use crate::app_scope::AppScope;
use crate::claims::check_claims;
use crate::client::{Client, app_request, flow_options};
use crate::tenant::Tenant;

/// The client-secret flow without I/O: builds the request whose answer [`TokenResponse`](crate::TokenResponse) reads.
///
/// For programs with an HTTP client of their own; [`ClientSecretCredential`](crate::ClientSecretCredential) does the
/// sending and the caching too. RFC 6749, section 4.4; Entra documents the v1 form with `resource` and the v2 form with
/// `scope`.
///
/// # Example
/// ```
/// use entra::ClientSecretFlow;
///
/// let flow = ClientSecretFlow::new("11111111-2222-3333-4444-555555555555", "s3cret+")?;
/// let request = flow.request("contoso.com", "https://vault.azure.net/.default", None)?;
/// assert_eq!(request.uri(), "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token");
/// assert!(request.body().ends_with(b"&scope=https%3A%2F%2Fvault.azure.net%2F.default"));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientSecretFlow {
    client: Client,
    proof: ClientProof,
}

impl ClientSecretFlow {
    /// Takes the application (client) id and its secret's value, which may hold any characters.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when one is empty, or the id is not printable ASCII.
    pub fn new(client_id: impl Into<String>, secret: impl Into<Secret>) -> Result<Self, CredentialError> {
        let (client, proof) = (Client::new(client_id)?, ClientProof::Secret(secret.into()));
        proof.check()?;
        Ok(Self { client, proof })
    }

    flow_options!();

    /// Builds the request for a token of `tenant` for `scope`, which is `<resource>/.default` for v1 too. `claims` is the
    /// decoded JSON of a claims challenge.
    ///
    /// The body holds the secret, and `Bytes` shows its content in `Debug`: do not log the request.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when an input is not of its form.
    pub fn request(
        &self,
        tenant: &str,
        scope: &str,
        claims: Option<&str>,
    ) -> Result<Request<Bytes>, CredentialError> {
        const KIND: CredentialErrorKind = CredentialErrorKind::InvalidRequest;
        let tenant = Tenant::parse_concrete(KIND, tenant)?;
        let scope = AppScope::parse(KIND, &self.client.authority, scope)?;
        claims.map_or(Ok(()), check_claims)?;
        app_request(&self.client, &self.proof, &tenant, &scope, claims)
    }
}

#[async_trait]
impl AppFlow for ClientSecretFlow {
    fn client(&self) -> &Client {
        &self.client
    }

    async fn token_request(
        &self,
        client: &Client,
        tenant: &Tenant,
        scope: &AppScope<'_>,
        claims: Option<&str>,
    ) -> Result<Request<Bytes>, CredentialError> {
        app_request(client, &self.proof, tenant, scope, claims)
    }
}
