//! Calls REST v2.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use credential::{CredentialError, SendOnce, TokenCredential, Transport};
use http::{Method, Response};
use serde::de::DeserializeOwned;

use crate::page::all_items;
use crate::rest_v2_relocation::{MOST_HOPS, circle, destination, is_relocation};
use crate::{MediaAuthorizer, RestV2Endpoint, rest_v2};

/// Calls an account's REST v2 service: adds the headers and the token, finds the address to which the service sends its
/// callers, and remembers it.
///
/// # Example
/// ```
/// use ams_aad::{RestV2Client, RestV2Endpoint, ServicePrincipal, rest_v2};
/// # use credential_testkit::ScriptedTransport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let http = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#)
/// #     .then(301, &[("location", "https://myaccount.restv2.westus2-2.media.azure.net/api/")], "")
/// #     .then(301, &[("location", "https://myaccount.restv2.westus2-2.media.azure.net/api/")], "")
/// #     .then_json(r#"{"value":[]}"#)
/// #     .then_json(r#"{"value":[{"Name":"film"}]}"#).shared();
/// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
/// let principal = ServicePrincipal::builder("contoso.com", "11111111-2222-3333-4444-555555555555", "s3cret").build()?;
/// let credential = principal.rest_v2_credential(http.clone())?;
/// let endpoint = RestV2Endpoint::parse("https://myaccount.restv2.westus.media.azure.net/api/")?;
///
/// let client = RestV2Client::new(credential, endpoint, http);
/// let assets: Vec<serde_json::Value> = client.list("Assets").await?;
/// assert_eq!(assets[0]["Name"], "film");
/// assert_eq!(client.endpoint().to_string(), "https://myaccount.restv2.westus2-2.media.azure.net/api");
/// # Ok(())
/// # }
/// ```
pub struct RestV2Client {
    credential: Arc<dyn TokenCredential>,
    transport: Arc<dyn Transport>,
    allowed: BTreeSet<String>,
    current: Mutex<RestV2Endpoint>,
}

impl RestV2Client {
    /// Calls `endpoint` with `credential`'s tokens for its default scope.
    pub fn new(
        credential: impl TokenCredential + 'static,
        endpoint: RestV2Endpoint,
        transport: Arc<dyn Transport>,
    ) -> Self {
        let (credential, current) = (Arc::new(credential), Mutex::new(endpoint));
        Self { credential, transport, allowed: BTreeSet::new(), current }
    }

    /// Lets the service send on to this host too, besides the account's own: a cluster such as
    /// `wamsbluclus001rest-hs.cloudapp.net`, to which `https://media.windows.net/API` sent its callers.
    #[must_use]
    pub fn allow_host(mut self, host: &str) -> Self {
        self.allowed.insert(host.to_ascii_lowercase());
        self
    }

    /// Returns where the service is, as far as that is known.
    pub fn endpoint(&self) -> RestV2Endpoint {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks the service's root where it is, and remembers that. Calls do so by themselves when they are sent on.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub async fn discover(&self) -> Result<RestV2Endpoint, CredentialError> {
        let mut endpoint = self.endpoint();
        let mut hops = 0;
        loop {
            let response = self.send_to(&endpoint, Method::GET, "", Bytes::new()).await?;
            if !is_relocation(response.status()) {
                rest_v2::check(&response)?;
                *self.current.lock().unwrap_or_else(PoisonError::into_inner) = endpoint.clone();
                return Ok(endpoint);
            }
            if hops == MOST_HOPS {
                return Err(circle(&response));
            }
            endpoint = destination(&endpoint, &response, &self.allowed)?;
            hops += 1;
        }
    }

    /// Sends a request. `path` is what follows the endpoint, such as `Assets?$top=1`; `body` is JSON, or empty. A transport
    /// that retries carries out no `POST` twice.
    ///
    /// # Errors
    /// Those of the credential and the transport;
    /// [`UnexpectedAnswer`](credential::CredentialErrorKind::UnexpectedAnswer) when the service sends on to where its token
    /// must not go, or in a circle. An answer that is a refusal is no error here: see [`rest_v2::check`].
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes> + Send,
    ) -> Result<Response<Bytes>, CredentialError> {
        let body = body.into();
        let response = self.send_to(&self.endpoint(), method.clone(), path, body.clone()).await?;
        if !is_relocation(response.status()) {
            return Ok(response);
        }
        // Only the answer to the root names the base address beyond doubt.
        let endpoint = self.discover().await?;
        self.send_to(&endpoint, method, path, body).await
    }

    /// Gets an entity, or anything else of JSON.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) and [`rest_v2::read`].
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CredentialError> {
        rest_v2::read(&self.send(Method::GET, path, "").await?)
    }

    /// Posts JSON, and reads the entity that it became.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) and [`rest_v2::read`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: impl Into<Bytes> + Send,
    ) -> Result<T, CredentialError> {
        rest_v2::read(&self.send(Method::POST, path, body).await?)
    }

    /// Deletes an entity.
    ///
    /// # Errors
    /// Those of [`send`](Self::send) and [`rest_v2::check`].
    pub async fn delete(&self, path: &str) -> Result<(), CredentialError> {
        rest_v2::check(&self.send(Method::DELETE, path, "").await?)
    }

    /// Reads a whole list, page by page.
    ///
    /// # Errors
    /// Those of [`send`](Self::send), [`rest_v2::read_page`] and [`rest_v2::next_request`].
    pub async fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, CredentialError> {
        let first = self.send(Method::GET, path, "").await?;
        let endpoint = self.endpoint();
        let authorizer = MediaAuthorizer::rest_v2(self.credential.clone(), &endpoint);
        all_items(&authorizer, &*self.transport, first, rest_v2::read_page, |page| {
            rest_v2::next_request(&endpoint, page)
        })
        .await
    }

    async fn send_to(
        &self,
        endpoint: &RestV2Endpoint,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<Response<Bytes>, CredentialError> {
        let is_post = method == Method::POST;
        let mut request = rest_v2::request(endpoint, method, path, body)?;
        if is_post {
            SendOnce::set(&mut request);
        }
        let authorizer = MediaAuthorizer::rest_v2(self.credential.clone(), endpoint);
        authorizer.send(&*self.transport, request).await
    }
}

impl fmt::Debug for RestV2Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestV2Client")
            .field("endpoint", &self.endpoint())
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}
