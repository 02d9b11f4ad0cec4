//! Authorizes requests to one endpoint, and to no other.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessToken, AuthorizeRequest, CredentialError, CredentialErrorKind, Endpoint, TokenCredential,
    TokenRequest, Transport,
};
use http::header::AUTHORIZATION;
use http::{Request, Response, Uri};

use crate::token_refusal::better_token;
use crate::{ArmEndpoint, RestV2Endpoint, with_retirement_hint};

/// Authorizes requests to one endpoint with a bearer token, and refuses to give the token to any other host.
///
/// # Example
/// ```
/// use ams_aad::{MediaAuthorizer, RestV2Endpoint, ServicePrincipal, rest_v2};
/// # use credential_testkit::ScriptedTransport;
/// use http::Method;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let transport = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#)
/// #     .then_json(r#"{"value":[{"Name":"film"}]}"#);
/// # let http = transport.shared();
/// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
/// let principal = ServicePrincipal::builder("contoso.com", "11111111-2222-3333-4444-555555555555", "s3cret").build()?;
/// let endpoint = RestV2Endpoint::parse("https://myaccount.restv2.westus.media.azure.net/api/")?;
///
/// let authorizer = MediaAuthorizer::rest_v2(principal.rest_v2_credential(http.clone())?, &endpoint);
/// let request = rest_v2::request(&endpoint, Method::GET, "Assets", "")?;
/// let response = authorizer.send(&http, request).await?;
/// let assets: Vec<serde_json::Value> = rest_v2::read_list(&response)?;
/// assert_eq!(assets[0]["Name"], "film");
/// # assert_eq!(transport.requests()[1].headers()["authorization"], "Bearer t0ken");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MediaAuthorizer<C> {
    endpoint: Endpoint,
    credential: C,
}

impl<C: TokenCredential> MediaAuthorizer<C> {
    /// Authorizes requests to a REST v2 endpoint with `credential`'s tokens for its default scope.
    pub fn rest_v2(credential: C, endpoint: &RestV2Endpoint) -> Self {
        Self::new(credential, endpoint.endpoint())
    }

    /// Authorizes requests to Resource Manager with `credential`'s tokens for its default scope.
    pub fn arm(credential: C, endpoint: &ArmEndpoint) -> Self {
        Self::new(credential, endpoint.endpoint())
    }

    fn new(credential: C, endpoint: &Endpoint) -> Self {
        Self { endpoint: endpoint.clone(), credential }
    }

    /// Authorizes a request and sends it. When the service refuses the token because it has expired, was revoked or lacks
    /// claims (status 401), the credential is asked once for a better one.
    ///
    /// # Errors
    /// Those of the credential and the transport, and [`CredentialErrorKind::InvalidRequest`] when the request is not for
    /// this endpoint. A host of Media Services that does not resolve is explained by the service's retirement.
    pub async fn send(
        &self,
        transport: &dyn Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CredentialError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        self.send_unexplained(transport, request).await.map_err(|error| with_retirement_hint(error, &host))
    }

    async fn send_unexplained(
        &self,
        transport: &dyn Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CredentialError> {
        let first = Attempt::new(self, None);
        let response = transport.send_authorized(request.clone(), &first).await?;
        let Some(refused) = first.into_sent() else { return Ok(response) };
        let Some(ask) = better_token(&response, &refused) else { return Ok(response) };
        match self.credential.get_token(&ask).await {
            Ok(token) if !token.is_same_token(&refused) => {
                transport.send_authorized(request, &Attempt::new(self, Some(token))).await
            }
            // The answer stands: there is nothing better to ask with.
            Ok(_) => Ok(response),
            // A claims challenge may need the person; whoever asked must learn that.
            Err(error) if ask.claims().is_some() => Err(error),
            Err(_) => Ok(response),
        }
    }

    fn check(&self, uri: &Uri) -> Result<(), CredentialError> {
        if self.endpoint.is_at_origin_of(uri) {
            return Ok(());
        }
        Err(CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            "the request is not for the endpoint whose token it would carry",
            "build it for that endpoint, or make an authorizer for the other one",
        ))
    }
}

#[async_trait]
impl<C: TokenCredential> AuthorizeRequest for MediaAuthorizer<C> {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        Attempt::new(self, None).authorize(request).await
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
    authorizer: &'a MediaAuthorizer<C>,
    /// Used instead of asking the credential.
    instead: Option<AccessToken>,
    sent: Mutex<Option<AccessToken>>,
}

impl<'a, C> Attempt<'a, C> {
    fn new(authorizer: &'a MediaAuthorizer<C>, instead: Option<AccessToken>) -> Self {
        Self { authorizer, instead, sent: Mutex::new(None) }
    }

    fn into_sent(self) -> Option<AccessToken> {
        self.sent.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl<C: TokenCredential> AuthorizeRequest for Attempt<'_, C> {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        self.authorizer.check(request.uri())?;
        let token = match &self.instead {
            Some(token) => token.clone(),
            None => self.authorizer.credential.get_token(&TokenRequest::default()).await?,
        };
        request.headers_mut().insert(AUTHORIZATION, token.to_header_value()?);
        *self.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Ok(())
    }
}
