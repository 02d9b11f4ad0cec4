//! Calls REST v3 through Azure Resource Manager.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use credential::{CredentialError, SendOnce, TokenCredential, Transport};
use http::{Method, Response};
use serde::de::DeserializeOwned;

use crate::page::all_items;
use crate::{ArmEndpoint, MediaAccount, MediaAuthorizer, RestV2Endpoint, arm};

/// Calls REST v3 through Azure Resource Manager, or a compatible service: adds the token, and asks for a better one where the
/// service demands it.
///
/// # Example
/// ```
/// use ams_aad::{ArmClient, ArmEndpoint, MediaAccount, MediaCloud, ServicePrincipal};
/// # use credential_testkit::ScriptedTransport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let http = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#)
/// #     .then_json(r#"{"value":[{"name":"film"}]}"#).shared();
/// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
/// let principal = ServicePrincipal::builder("contoso.com", "11111111-2222-3333-4444-555555555555", "s3cret").build()?;
/// let credential = principal.arm_credential(http.clone())?;
/// let account = MediaAccount::new("00000000-0000-0000-0000-000000000001", "my-group", "myaccount")?;
///
/// let client = ArmClient::new(credential, ArmEndpoint::of_cloud(MediaCloud::Public)?, http);
/// let assets: Vec<serde_json::Value> = client.list(&account.child_path("assets")).await?;
/// assert_eq!(assets[0]["name"], "film");
/// # Ok(())
/// # }
/// ```
pub struct ArmClient {
    authorizer: MediaAuthorizer<Arc<dyn TokenCredential>>,
    endpoint: ArmEndpoint,
    transport: Arc<dyn Transport>,
}

impl ArmClient {
    /// Calls `endpoint` with `credential`'s tokens for its default scope.
    pub fn new(
        credential: impl TokenCredential + 'static,
        endpoint: ArmEndpoint,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let credential: Arc<dyn TokenCredential> = Arc::new(credential);
        Self { authorizer: MediaAuthorizer::arm(credential, &endpoint), endpoint, transport }
    }

    /// Returns where Resource Manager is.
    pub fn endpoint(&self) -> &ArmEndpoint {
        &self.endpoint
    }

    /// Sends a request. `path` is made by [`MediaAccount`]; `body` is JSON, or empty. A transport that retries carries out no
    /// `POST` twice.
    ///
    /// # Errors
    /// Those of [`arm::request`], the credential and the transport. An answer that is a refusal is no error here: see
    /// [`arm::check`].
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes> + Send,
    ) -> Result<Response<Bytes>, CredentialError> {
        let is_post = method == Method::POST;
        let mut request = arm::request(&self.endpoint, method, path, body)?;
        if is_post {
            SendOnce::set(&mut request);
        }
        self.authorizer.send(&*self.transport, request).await
    }

    /// Gets a resource.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) and [`arm::read`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CredentialError> {
        arm::read(&self.send(Method::GET, path, "").await?)
    }

    /// Creates or replaces a resource, and reads what it became.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) and [`arm::read`].
    pub async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: impl Into<Bytes> + Send,
    ) -> Result<T, CredentialError> {
        arm::read(&self.send(Method::PUT, path, body).await?)
    }

    /// Runs an action, such as `listKeys`, and reads its result.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) and [`arm::read`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: impl Into<Bytes> + Send,
    ) -> Result<T, CredentialError> {
        arm::read(&self.send(Method::POST, path, body).await?)
    }

    /// Deletes a resource.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) and [`arm::check`].
    pub async fn delete(&self, path: &str) -> Result<(), CredentialError> {
        arm::check(&self.send(Method::DELETE, path, "").await?)
    }

    /// Reads a whole list, page by page.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), [`arm::read_page`] and [`arm::next_request`].
    pub async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, CredentialError> {
        let first = self.send(Method::GET, path, "").await?;
        let next = |page: &_| arm::next_request(&self.endpoint, page);
        all_items(&self.authorizer, &*self.transport, first, arm::read_page, next).await
    }

    /// Asks where an account's REST v2 service is.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) and [`arm::read_rest_v2_endpoint`].
    pub async fn rest_v2_endpoint(&self, account: &MediaAccount) -> Result<RestV2Endpoint, CredentialError> {
        let response = self.send(Method::GET, &account.rest_v2_path(), "").await?;
        arm::read_rest_v2_endpoint(&self.endpoint, &response)
    }
}

impl fmt::Debug for ArmClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArmClient").field("authorizer", &self.authorizer).finish_non_exhaustive()
    }
}
