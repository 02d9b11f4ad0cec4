//! A client of all of Communication Services' operations.

use std::sync::Arc;

use bytes::Bytes;
use credential::{AuthorizeRequest, CredentialError, CredentialErrorKind, Endpoint, Transport};
use http::{Request, Response, Uri};

use crate::wire::{Operation, check_api_version};
use crate::{ConnectionString, Resigner, Signer};

/// Sends the operations of one resource, authorized by what it was built with.
///
/// A connection string, a [`Signer`] or a [`Resigner`] authorizes by access key and mends what a refusal shows to be
/// wrong, as [`SigningAttempt`](crate::SigningAttempt) does; a `credential::BearerAuthorizer` authorizes by Entra token
/// ([`ENTRA_SCOPE`](crate::ENTRA_SCOPE)) or, for Chat, by user access token. A transport that retries authorizes every
/// attempt anew. Clones share everything.
///
/// # Example
/// ```
/// use acs_hmac::operations::identity::CreateUser;
/// use acs_hmac::{CommunicationClient, ConnectionString};
/// # use credential_testkit::ScriptedTransport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let transport = ScriptedTransport::new().then(201, &[], r#"{"identity":{"id":"8:acs:resource_user"}}"#);
/// # let http = transport.shared();
/// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
/// let parsed = ConnectionString::parse("endpoint=https://contoso.communication.azure.com;accesskey=c2VjcmV0")?;
/// let client = CommunicationClient::from_connection_string(&parsed, http)?;
/// let created = client.call(&CreateUser::new()).await?;
/// assert_eq!(created.identity.id, "8:acs:resource_user");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct CommunicationClient {
    endpoint: Endpoint,
    api_version: Option<String>,
    authorizer: Arc<dyn AuthorizeRequest>,
    transport: Arc<dyn Transport>,
}

/// Builds a [`CommunicationClient`].
#[derive(Clone, Debug)]
#[must_use]
pub struct CommunicationClientBuilder {
    endpoint: Endpoint,
    api_version: Option<String>,
    authorizer: Arc<dyn AuthorizeRequest>,
    transport: Option<Arc<dyn Transport>>,
}

impl CommunicationClientBuilder {
    /// Sends requests through this transport. Without one, the feature `reqwest` provides the shared client.
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Asks for this version of the interface instead of each service's default.
    pub fn api_version(mut self, api_version: impl Into<String>) -> Self {
        self.api_version = Some(api_version.into());
        self
    }

    /// Checks all inputs and builds the client.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the api version is no version;
    /// [`CredentialErrorKind::NotConfigured`] when there is no transport.
    pub fn build(self) -> Result<CommunicationClient, CredentialError> {
        let Self { endpoint, api_version, authorizer, transport } = self;
        if let Some(version) = &api_version {
            check_api_version(version)?;
        }
        Ok(CommunicationClient {
            endpoint,
            api_version,
            authorizer,
            transport: transport_or_shared(transport)?,
        })
    }
}

impl CommunicationClient {
    /// Starts a client of this resource, whose requests `authorizer` authorizes.
    pub fn builder(endpoint: Endpoint, authorizer: Arc<dyn AuthorizeRequest>) -> CommunicationClientBuilder {
        CommunicationClientBuilder { endpoint, api_version: None, authorizer, transport: None }
    }

    /// Starts a client of this resource, whose requests are signed by `resigner`, and refused ones mended.
    pub fn signed_by(endpoint: Endpoint, resigner: Resigner) -> CommunicationClientBuilder {
        Self::builder(endpoint, Arc::new(resigner))
    }

    /// Makes a client that signs with a connection string's key, and mends a refusal. Rotating that key ring reaches the
    /// client.
    ///
    /// # Errors
    /// Those of [`Signer::new`].
    pub fn from_connection_string(
        connection_string: &ConnectionString,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, CredentialError> {
        let signer = Signer::new(connection_string.access_key().clone())?;
        Self::signed_by(connection_string.endpoint().clone(), Resigner::new(signer))
            .transport(transport)
            .build()
    }

    /// Sends an operation and reads its answer.
    ///
    /// # Errors
    /// A [`CredentialError`] whose kind tells what to do; `code()` is the service's own, such as `Denied`, and `ids()`
    /// are what Microsoft's support asks for. [`CredentialErrorKind::InvalidRequest`] without a status comes before
    /// anything is sent: see [`Operation::build`].
    pub async fn call<O: Operation>(&self, operation: &O) -> Result<O::Answer, CredentialError> {
        O::read(&self.respond(operation).await?)
    }

    /// Follows a link of an earlier answer, such as `nextLink` or `Operation-Location`, and reads what it leads to as the
    /// answer of the operation `O`. The link's own api version counts.
    ///
    /// # Errors
    /// [`CredentialErrorKind::UnexpectedAnswer`] without sending anything when the link leads to another host than the
    /// endpoint's, which must not see an authorized request; otherwise those of [`CommunicationClient::call`].
    pub async fn follow<O: Operation>(&self, link: &str) -> Result<O::Answer, CredentialError> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.address_of(link)?;
        request
            .headers_mut()
            .insert(http::header::ACCEPT, http::HeaderValue::from_static("application/json"));
        O::read(&self.send(request).await?)
    }

    /// The resource's address.
    #[cfg(feature = "identity")]
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends an operation; its answer is not read yet.
    pub(crate) async fn respond<O: Operation>(
        &self,
        operation: &O,
    ) -> Result<Response<Bytes>, CredentialError> {
        self.send(self.request(operation)?).await
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        self.authorizer.send(&*self.transport, request).await
    }

    /// Builds an operation's request for this client's api version.
    pub(crate) fn request<O: Operation>(&self, operation: &O) -> Result<Request<Bytes>, CredentialError> {
        let version = self.api_version.as_deref().unwrap_or_else(|| O::DESCRIPTION.default_api_version());
        operation.build(&self.endpoint, version)
    }

    /// A link is an address at the endpoint, or a path there. The path is kept byte for byte: one that begins with two
    /// slashes is known of Email.
    fn address_of(&self, link: &str) -> Result<Uri, CredentialError> {
        let elsewhere = || {
            CredentialError::new(
                CredentialErrorKind::UnexpectedAnswer,
                "the service's link leads to another host than the endpoint's",
                "check the endpoint; if it is right, report the link to the service's support",
            )
        };
        if link.starts_with('/') {
            return self.endpoint.uri(link);
        }
        let uri: Uri = link.parse().map_err(|_| elsewhere())?;
        let own = self.endpoint.uri("/")?;
        let is_home = uri.scheme() == own.scheme()
            && uri.authority().zip(own.authority()).is_some_and(|(link, own)| is_same(&uri, link, own));
        if is_home { Ok(uri) } else { Err(elsewhere()) }
    }
}

/// Says whether both are the same host and port; the endpoint's has no default port in it.
fn is_same(uri: &Uri, link: &http::uri::Authority, own: &http::uri::Authority) -> bool {
    let default = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    let port = |authority: &http::uri::Authority| authority.port_u16().unwrap_or(default);
    link.host().eq_ignore_ascii_case(own.host()) && port(link) == port(own) && !link.as_str().contains('@')
}

pub(crate) fn transport_or_shared(
    transport: Option<Arc<dyn Transport>>,
) -> Result<Arc<dyn Transport>, CredentialError> {
    transport.map_or_else(shared_transport, Ok)
}

#[cfg(feature = "reqwest")]
fn shared_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    credential_http::HttpClient::shared()
}

#[cfg(not(feature = "reqwest"))]
fn shared_transport() -> Result<Arc<dyn Transport>, CredentialError> {
    Err(CredentialError::new(
        CredentialErrorKind::NotConfigured,
        "no transport was given for Communication Services",
        "pass one to the builder, or turn on the feature reqwest of acs-hmac",
    ))
}
