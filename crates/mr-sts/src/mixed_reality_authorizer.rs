//! Authorizes requests to one service with a Mixed Reality token, and to no other.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessToken, AuthorizeRequest, CredentialError, CredentialErrorKind, Endpoint, TokenCredential,
    TokenRequest, Transport,
};
use http::header::AUTHORIZATION;
use http::{Request, Response, StatusCode, Uri};

/// Authorizes requests to one service, such as Remote Rendering, with a Mixed Reality token, and refuses to give the token
/// to any other host.
///
/// # Example
/// ```
/// use credential::{AccessToken, Endpoint};
/// # use credential_testkit::ScriptedTransport;
/// use mr_sts::{MixedRealityAuthorizer, MixedRealityCredential, remote_rendering};
/// use std::time::{Duration, SystemTime};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let http = ScriptedTransport::new().then_json(r#"{"id":"s1","status":"Ready"}"#);
/// let token = AccessToken::new("mr-t0ken", SystemTime::now() + Duration::from_secs(3600));
/// let endpoint = Endpoint::parse("endpoint", "https://remoterendering.westeurope.mixedreality.azure.com")?;
/// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
/// let authorizer = MixedRealityAuthorizer::new(MixedRealityCredential::with_token(token), &endpoint);
///
/// let account = "68321d5a-7978-4ceb-b880-0f49751daae9";
/// let request = remote_rendering::session(&endpoint, account, "s1")?;
/// let session = remote_rendering::read_session(&authorizer.send(&http, request).await?)?;
/// assert!(session.is_ready());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MixedRealityAuthorizer<C> {
    credential: C,
    endpoint: Endpoint,
}

impl<C: TokenCredential> MixedRealityAuthorizer<C> {
    /// Authorizes requests to `endpoint` with `credential`'s tokens.
    pub fn new(credential: C, endpoint: &Endpoint) -> Self {
        Self { credential, endpoint: endpoint.clone() }
    }

    /// Authorizes a request and sends it. When the service refuses the token (status 401), the credential is asked once for
    /// another one.
    ///
    /// # Errors
    /// Those of the credential and the transport, and [`CredentialErrorKind::InvalidRequest`] when the request is not for
    /// this endpoint. An answer that is a refusal is no error here: see
    /// [`remote_rendering::check`](crate::remote_rendering::check).
    pub async fn send(
        &self,
        transport: &dyn Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CredentialError> {
        let first = Attempt::new(self, TokenRequest::default());
        let response = transport.send_authorized(request.clone(), &first).await?;
        let refused = match first.into_sent() {
            Some(token) if response.status() == StatusCode::UNAUTHORIZED => token,
            _ => return Ok(response),
        };
        let another = TokenRequest::default().not_this_token(refused.clone());
        match self.credential.get_token(&another).await {
            Ok(token) if !token.is_same_token(&refused) => {
                transport.send_authorized(request, &Attempt::new(self, another)).await
            }
            // The answer stands: there is nothing better to ask with.
            Ok(_) | Err(_) => Ok(response),
        }
    }

    async fn authorize_with(
        &self,
        request: &mut Request<Bytes>,
        ask: &TokenRequest,
    ) -> Result<AccessToken, CredentialError> {
        self.check(request.uri())?;
        let token = self.credential.get_token(ask).await?;
        request.headers_mut().insert(AUTHORIZATION, token.to_header_value()?);
        Ok(token)
    }

    fn check(&self, uri: &Uri) -> Result<(), CredentialError> {
        if self.endpoint.is_at_origin_of(uri) {
            return Ok(());
        }
        Err(CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            "the request is not for the endpoint that the Mixed Reality token may go to",
            "build it for that endpoint, or make an authorizer for the other one",
        ))
    }
}

#[async_trait]
impl<C: TokenCredential> AuthorizeRequest for MixedRealityAuthorizer<C> {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        self.authorize_with(request, &TokenRequest::default()).await.map(drop)
    }

    async fn send(
        &self,
        transport: &dyn Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CredentialError> {
        Self::send(self, transport, request).await
    }
}

/// Authorizes one request and remembers the token that it carried.
#[derive(Debug)]
struct Attempt<'a, C> {
    authorizer: &'a MixedRealityAuthorizer<C>,
    ask: TokenRequest,
    sent: Mutex<Option<AccessToken>>,
}

impl<'a, C> Attempt<'a, C> {
    fn new(authorizer: &'a MixedRealityAuthorizer<C>, ask: TokenRequest) -> Self {
        Self { authorizer, ask, sent: Mutex::new(None) }
    }

    fn into_sent(self) -> Option<AccessToken> {
        self.sent.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<C: TokenCredential> AuthorizeRequest for Attempt<'_, C> {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        let token = self.authorizer.authorize_with(request, &self.ask).await?;
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(())
    }
}
