//! Authorizes requests to one endpoint, and to no other.

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AuthorizeRequest, BearerAuthorizer, CredentialError, CredentialErrorKind, Endpoint, TokenCredential,
    Transport,
};
use http::{Request, Response, Uri};

use crate::{ArmEndpoint, RestV2Endpoint, origin, with_retirement_hint};

/// Authorizes requests to one endpoint with a bearer token, and refuses to give the token to any other host.
///
/// # Example
/// ```
/// use ams_aad::{MediaAuthorizer, RestV2Endpoint, ServicePrincipal, rest_v2};
/// use credential_testkit::ScriptedTransport;
/// use http::Method;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// let transport = ScriptedTransport::new()
///     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#)
///     .then_json(r#"{"value":[{"Name":"film"}]}"#);
/// let principal = ServicePrincipal::builder("contoso.com", "11111111-2222-3333-4444-555555555555", "s3cret").build()?;
/// let endpoint = RestV2Endpoint::parse("https://myaccount.restv2.westus.media.azure.net/api/")?;
///
/// let authorizer = MediaAuthorizer::rest_v2(principal.rest_v2_credential(transport.shared())?, &endpoint);
/// let request = rest_v2::request(&endpoint, Method::GET, "Assets", "")?;
/// let response = authorizer.send(&transport, request).await?;
/// let assets: Vec<serde_json::Value> = rest_v2::read_list(&response)?;
/// assert_eq!(assets[0]["Name"], "film");
/// assert_eq!(transport.requests()[1].headers()["authorization"], "Bearer t0ken");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MediaAuthorizer<C> {
    endpoint: Endpoint,
    bearer: BearerAuthorizer<C>,
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
        let no_scopes: [&str; 0] = [];
        Self { endpoint: endpoint.clone(), bearer: BearerAuthorizer::new(credential, no_scopes) }
    }

    /// Authorizes a request and sends it.
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
        transport.send_authorized(request, self).await.map_err(|error| with_retirement_hint(error, &host))
    }

    fn check(&self, uri: &Uri) -> Result<(), CredentialError> {
        if origin::is_same(&self.endpoint, uri)? {
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
        self.check(request.uri())?;
        self.bearer.authorize(request).await
    }
}
