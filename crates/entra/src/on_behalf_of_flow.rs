//! The on-behalf-of flow, as values.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Secret, TokenRequest};
use http::Request;

use crate::ClientProof;
use crate::client::{Client, flow_options};
use crate::user_ask::UserAsk;

/// The on-behalf-of flow without I/O: builds the request whose answer [`TokenResponse`](crate::TokenResponse) reads.
///
/// A service that was called with a user's token exchanges it for a token with which it calls another service for the same
/// user. Entra documents it as "OAuth 2.0 On-Behalf-Of flow" (a profile of RFC 7523).
///
/// # Example
/// ```
/// use credential::{Secret, TokenRequest};
/// use entra::{ClientProof, OnBehalfOfFlow};
///
/// let proof = ClientProof::Secret(Secret::from("s3cret"));
/// let flow = OnBehalfOfFlow::new("11111111-2222-3333-4444-555555555555", proof)?;
/// let incoming = Secret::from("eyJ.eyJ.c2ln");
/// let wanted = TokenRequest::new(["https://graph.microsoft.com/User.Read"]);
/// let request = flow.request("contoso.com", &incoming, &wanted)?;
/// assert_eq!(request.uri().path(), "/contoso.com/oauth2/v2.0/token");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct OnBehalfOfFlow {
    client: Client,
}

impl OnBehalfOfFlow {
    /// Takes the application (client) id that the incoming tokens are for, and its proof: no public client may do this.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when one is empty or not of its form.
    pub fn new(client_id: impl Into<String>, proof: ClientProof) -> Result<Self, CredentialError> {
        proof.check()?;
        let mut client = Client::new(client_id)?;
        client.proof = Some(proof);
        Ok(Self { client })
    }

    pub(crate) fn of(client: Client) -> Self {
        Self { client }
    }

    flow_options!();

    /// Builds the request that exchanges `assertion`, an access token of a user for this app.
    ///
    /// The body holds secrets, and `Bytes` shows its content in `Debug`: do not log the request.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when the tenant, the assertion, the scopes or the claims are not of their
    /// form.
    pub fn request(
        &self,
        tenant: &str,
        assertion: &Secret,
        request: &TokenRequest,
    ) -> Result<Request<Bytes>, CredentialError> {
        self.build(assertion, &UserAsk::parse(tenant, request)?)
    }

    pub(crate) fn build(
        &self,
        assertion: &Secret,
        ask: &UserAsk<'_>,
    ) -> Result<Request<Bytes>, CredentialError> {
        check_user_assertion(assertion)?;
        self.client.proof.as_ref().map_or(Ok(()), ClientProof::check)?;
        let mut fields = self.client.fields("urn:ietf:params:oauth:grant-type:jwt-bearer");
        fields.push(("assertion", assertion.expose().into()));
        fields.push(("requested_token_use", "on_behalf_of".into()));
        fields.push(("client_info", "1".into()));
        fields.extend(ask.plain_fields(&self.client)?);
        self.client.send_to(&ask.tenant, &fields)
    }
}

pub(crate) fn check_user_assertion(assertion: &Secret) -> Result<(), CredentialError> {
    let text = assertion.expose();
    let (problem, fix) = if text.is_empty() {
        (
            "the user's token is empty",
            "pass the access token that the caller sent in the Authorization header",
        )
    } else if text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
        (
            "the user's token begins with Bearer",
            "pass what follows after `Bearer ` in the Authorization header",
        )
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        ("the user's token holds characters that no token has", "pass one access token and nothing else")
    } else {
        return Ok(());
    };
    Err(CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix))
}
