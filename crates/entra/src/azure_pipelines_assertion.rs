//! Client assertions from Azure Pipelines.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind, Secret, Transport};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Uri};

use crate::job_token::JobTokenService;
use crate::{AssertionRequest, ClientAssertion};

const SERVICE: JobTokenService = JobTokenService {
    name: "Azure Pipelines token service",
    requirement: "use a service connection with workload identity federation that the pipeline may use",
    address_fix: "give the value of SYSTEM_OIDCREQUESTURI",
    token_fix: "give the value of System.AccessToken, which a step gets when its `env` maps it",
    field: "oidcToken",
    ids: &["x-vss-e2eid", "x-msedge-ref"],
};

/// Client assertions that Azure Pipelines issues for a service connection; asked for anew at each exchange, as they live
/// for minutes.
///
/// # Example
/// ```
/// use entra::{AzurePipelinesAssertion, ClientAssertionCredential};
///
/// // The values of SYSTEM_OIDCREQUESTURI and System.AccessToken, and the id of the service connection.
/// let (uri, connection) = ("https://dev.azure.com/contoso/oidctoken", "22222222-3333-4444-5555-666666666666");
/// let assertion = AzurePipelinesAssertion::new(uri, connection, "eyJ.eyJ.c2ln")?;
/// let client_id = "11111111-2222-3333-4444-555555555555";
/// let credential = ClientAssertionCredential::builder("contoso.com", client_id, assertion);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct AzurePipelinesAssertion {
    uri: Uri,
    connection: String,
    token: Secret,
    transport: Option<Arc<dyn Transport>>,
}

impl AzurePipelinesAssertion {
    /// Takes the value of `SYSTEM_OIDCREQUESTURI`, the id of the service connection and the value of `System.AccessToken`.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the address is not `https`, or the id or the token is none.
    pub fn new(
        uri: &str,
        service_connection: &str,
        token: impl Into<Secret>,
    ) -> Result<Self, CredentialError> {
        let (uri, token) = (SERVICE.check_uri(uri)?, token.into());
        SERVICE.check_token(&token)?;
        let is_id = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if service_connection.is_empty() || !service_connection.bytes().all(is_id) {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the service connection id is empty or no id",
                "give the resourceId in the address of the service connection's page",
            ));
        }
        Ok(Self { uri, connection: service_connection.to_owned(), token, transport: None })
    }

    /// Sends through this transport instead of the process-wide HTTP client of `credential-http`.
    #[must_use]
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }
}

#[async_trait]
impl ClientAssertion for AzurePipelinesAssertion {
    async fn assertion(&self, _request: &AssertionRequest) -> Result<Secret, CredentialError> {
        let query = format!("api-version=7.1&serviceConnectionId={}", self.connection);
        let mut request = SERVICE.request(Method::POST, &self.uri, &query, &self.token)?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // Without it, a token that is not accepted is answered with a sign-in page.
        headers.insert("x-tfs-fedauthredirect", HeaderValue::from_static("Suppress"));
        SERVICE.exchange(request, self.transport.as_ref()).await
    }
}

impl fmt::Debug for AzurePipelinesAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AzurePipelinesAssertion")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
