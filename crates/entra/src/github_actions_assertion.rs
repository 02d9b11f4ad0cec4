//! Client assertions from GitHub Actions.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind, Secret, Transport};
use http::{Method, Uri};

use crate::job_token::JobTokenService;
use crate::{AssertionRequest, ClientAssertion, Cloud};

const SERVICE: JobTokenService = JobTokenService {
    name: "GitHub Actions token service",
    requirement: "give the job the permission `id-token: write`",
    address_fix: "give the value of ACTIONS_ID_TOKEN_REQUEST_URL; a job with the permission `id-token: write` has it",
    token_fix: "give the value of ACTIONS_ID_TOKEN_REQUEST_TOKEN; a job with the permission `id-token: write` has it",
    field: "value",
    ids: &["x-github-request-id"],
};

/// Client assertions that GitHub Actions issues to a job with the permission `id-token: write`; asked for anew at each
/// exchange, as they live for minutes.
///
/// # Example
/// ```
/// use entra::{ClientAssertionCredential, GithubActionsAssertion};
///
/// // The values of ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN.
/// let (url, token) = ("https://pipelines.actions.example/idtoken?api-version=2.0", "eyJ.eyJ.c2ln");
/// let assertion = GithubActionsAssertion::new(url, token)?;
/// let client_id = "11111111-2222-3333-4444-555555555555";
/// let credential = ClientAssertionCredential::builder("contoso.com", client_id, assertion);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct GithubActionsAssertion {
    url: Uri,
    token: Secret,
    audience: String,
    transport: Option<Arc<dyn Transport>>,
}

impl GithubActionsAssertion {
    /// Takes the values of `ACTIONS_ID_TOKEN_REQUEST_URL` and `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the address is not `https`, or the token is none.
    pub fn new(url: &str, token: impl Into<Secret>) -> Result<Self, CredentialError> {
        let (url, token) = (SERVICE.check_uri(url)?, token.into());
        SERVICE.check_token(&token)?;
        let audience = Cloud::Public.federation_audience().to_owned();
        Ok(Self { url, token, audience, transport: None })
    }

    /// Asks for another audience than the public cloud's; see [`Cloud::federation_audience`].
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is empty.
    pub fn with_audience(mut self, audience: &str) -> Result<Self, CredentialError> {
        if audience.trim().is_empty() {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the audience of the assertion is empty",
                "give the audience of the app's federated identity credential",
            ));
        }
        audience.clone_into(&mut self.audience);
        Ok(self)
    }

    /// Sends through this transport instead of the process-wide HTTP client of `credential-http`.
    #[must_use]
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }
}

#[async_trait]
impl ClientAssertion for GithubActionsAssertion {
    async fn assertion(&self, _request: &AssertionRequest) -> Result<Secret, CredentialError> {
        let query =
            form_urlencoded::Serializer::new(String::new()).append_pair("audience", &self.audience).finish();
        let request = SERVICE.request(Method::GET, &self.url, &query, &self.token)?;
        SERVICE.exchange(request, self.transport.as_ref()).await
    }
}

impl fmt::Debug for GithubActionsAssertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GithubActionsAssertion").field("audience", &self.audience).finish_non_exhaustive()
    }
}
