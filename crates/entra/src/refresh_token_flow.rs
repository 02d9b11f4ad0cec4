//! The refresh-token flow, as values.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Secret, SendOnce, TokenRequest};
use http::Request;

use crate::ClientProof;
use crate::client::{Client, flow_options};
use crate::user_ask::UserAsk;

/// The refresh-token flow without I/O: builds the request whose answer [`TokenResponse`](crate::TokenResponse) reads.
///
/// A refresh token is bound to a user and an app, not to a resource or tenant: one serves for all of them. When an answer
/// holds a new one, keep that; when the exchange fails, keep the old one. RFC 6749, section 6.
///
/// # Example
/// ```
/// use credential::{Secret, TokenRequest};
/// use entra::RefreshTokenFlow;
///
/// let flow = RefreshTokenFlow::new("11111111-2222-3333-4444-555555555555")?;
/// let wanted = TokenRequest::new(["https://graph.microsoft.com/User.Read"]);
/// let request = flow.request("organizations", &Secret::from("0.AXoA"), &wanted)?;
/// assert_eq!(request.uri().path(), "/organizations/oauth2/v2.0/token");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RefreshTokenFlow {
    client: Client,
}

impl RefreshTokenFlow {
    /// Takes the application (client) id that the refresh token was issued to.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is empty or not printable ASCII.
    pub fn new(client_id: impl Into<String>) -> Result<Self, CredentialError> {
        Ok(Self { client: Client::new(client_id)? })
    }

    pub(crate) fn of(client: Client) -> Self {
        Self { client }
    }

    flow_options!();

    /// Proves who the app is, as web apps must and public clients must not.
    #[must_use]
    pub fn with_proof(mut self, proof: ClientProof) -> Self {
        self.client.proof = Some(proof);
        self
    }

    /// Builds the request for a token of `tenant` with the scopes and claims of `request`; `openid profile
    /// offline_access` are added. For v1 there must be one scope, `<resource>/.default`.
    ///
    /// It bears [`SendOnce`]. The body holds the refresh token, and `Bytes` shows its content in `Debug`: do not log the request.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when tenant, scopes or claims are not of their form, and
    /// [`CredentialErrorKind::InvalidConfiguration`] when the refresh token or the proof is empty.
    pub fn request(
        &self,
        tenant: &str,
        refresh_token: &Secret,
        request: &TokenRequest,
    ) -> Result<Request<Bytes>, CredentialError> {
        self.build(refresh_token, &UserAsk::parse(tenant, request)?)
    }

    pub(crate) fn build(
        &self,
        refresh_token: &Secret,
        ask: &UserAsk<'_>,
    ) -> Result<Request<Bytes>, CredentialError> {
        check_refresh_token(refresh_token)?;
        self.client.proof.as_ref().map_or(Ok(()), ClientProof::check)?;
        let mut fields = self.client.fields("refresh_token");
        fields.push(("refresh_token", refresh_token.expose().into()));
        fields.extend(ask.renewal_fields(&self.client)?);
        let mut request = self.client.send_to(&ask.tenant, &fields)?;
        // A server that takes each token once calls the second attempt a theft, and ends the sign-in.
        SendOnce::set(&mut request);
        Ok(request)
    }
}

pub(crate) fn check_refresh_token(refresh_token: &Secret) -> Result<(), CredentialError> {
    if !refresh_token.expose().trim().is_empty() {
        return Ok(());
    }
    Err(CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        "the refresh token is empty",
        "give the refresh token that a sign-in answered with",
    ))
}
