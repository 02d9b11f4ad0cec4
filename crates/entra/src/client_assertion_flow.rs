//! The client-assertion flow, as values.

use async_trait::async_trait;
use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Secret};
use http::Request;

use crate::app_credential::AppFlow;
use crate::app_scope::AppScope;
use crate::claims::check_claims;
use crate::client::{Client, app_request, flow_options};
use crate::tenant::Tenant;
use crate::{AssertionRequest, ClientAssertion, ClientProof};

/// The flow of an app that proves itself with a signed assertion, without I/O: builds the request whose answer
/// [`TokenResponse`](crate::TokenResponse) reads.
///
/// RFC 7523, section 2.2; Entra documents it as the second and third case of the client credentials flow.
///
/// # Example
/// ```
/// use credential::Secret;
/// use entra::ClientAssertionFlow;
///
/// let flow = ClientAssertionFlow::new("11111111-2222-3333-4444-555555555555")?;
/// let assertion = Secret::from("eyJ.eyJ.c2ln");
/// let request = flow.request("contoso.com", "https://vault.azure.net/.default", &assertion, None)?;
/// assert_eq!(request.uri(), "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientAssertionFlow {
    client: Client,
}

impl ClientAssertionFlow {
    /// Takes the application (client) id.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is empty or not printable ASCII.
    pub fn new(client_id: impl Into<String>) -> Result<Self, CredentialError> {
        Ok(Self { client: Client::new(client_id)? })
    }

    flow_options!();

    /// Builds the request for a token of `tenant` for `scope`, which is `<resource>/.default` for v1 too. `claims` is the
    /// decoded JSON of a claims challenge.
    ///
    /// The body holds the assertion, and `Bytes` shows its content in `Debug`: do not log the request.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when tenant, scope or claims are not of their form, and
    /// [`CredentialErrorKind::InvalidConfiguration`] when the assertion is not.
    pub fn request(
        &self,
        tenant: &str,
        scope: &str,
        assertion: &Secret,
        claims: Option<&str>,
    ) -> Result<Request<Bytes>, CredentialError> {
        const KIND: CredentialErrorKind = CredentialErrorKind::InvalidRequest;
        let tenant = Tenant::parse_concrete(KIND, tenant)?;
        let scope = AppScope::parse(KIND, &self.client.authority, scope)?;
        claims.map_or(Ok(()), check_claims)?;
        build(&self.client, &tenant, &scope, assertion.clone(), claims)
    }
}

fn build(
    client: &Client,
    tenant: &Tenant,
    scope: &AppScope<'_>,
    assertion: Secret,
    claims: Option<&str>,
) -> Result<Request<Bytes>, CredentialError> {
    let proof = ClientProof::Assertion(assertion);
    proof.check()?;
    app_request(client, &proof, tenant, scope, claims)
}

/// The flow, and where its assertions come from.
#[derive(Debug)]
pub(crate) struct WithSource {
    pub(crate) flow: ClientAssertionFlow,
    pub(crate) source: Box<dyn ClientAssertion>,
}

#[async_trait]
impl AppFlow for WithSource {
    fn client(&self) -> &Client {
        &self.flow.client
    }

    async fn token_request(
        &self,
        client: &Client,
        tenant: &Tenant,
        scope: &AppScope<'_>,
        claims: Option<&str>,
    ) -> Result<Request<Bytes>, CredentialError> {
        let assertion = self.source.assertion(&AssertionRequest::new(client, tenant)?).await?;
        build(client, tenant, scope, assertion, claims)
    }
}
