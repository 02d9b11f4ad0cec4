//! The username/password flow, as values.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Secret, TokenRequest};
use http::Request;

use crate::ClientProof;
use crate::client::{Client, flow_options};
use crate::tenant::Tenant;
use crate::user_ask::UserAsk;

/// The username/password flow without I/O: builds the request whose answer [`TokenResponse`](crate::TokenResponse) reads.
///
/// Discouraged, for the reasons that [`UsernamePasswordCredential`](crate::UsernamePasswordCredential) gives. RFC 6749,
/// section 4.3; Entra documents it as "resource owner password credentials".
///
/// # Example
/// ```
/// use credential::{Secret, TokenRequest};
/// use entra::UsernamePasswordFlow;
///
/// let flow = UsernamePasswordFlow::new("11111111-2222-3333-4444-555555555555")?;
/// let wanted = TokenRequest::new(["https://graph.microsoft.com/User.Read"]);
/// let request = flow.request("contoso.com", "ada@contoso.com", &Secret::from("p&ss"), &wanted)?;
/// assert_eq!(request.uri().path(), "/contoso.com/oauth2/v2.0/token");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct UsernamePasswordFlow {
    client: Client,
}

impl UsernamePasswordFlow {
    /// Takes the application (client) id.
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

    /// Builds the request for a token of `tenant`, which may be `organizations` but not `common` or `consumers`.
    ///
    /// The body holds the password, and `Bytes` shows its content in `Debug`: do not log the request.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when tenant, scopes or claims are not of their form, and
    /// [`CredentialErrorKind::InvalidConfiguration`] when the user name, the password or the proof is empty.
    pub fn request(
        &self,
        tenant: &str,
        username: &str,
        password: &Secret,
        request: &TokenRequest,
    ) -> Result<Request<Bytes>, CredentialError> {
        let ask = UserAsk::parse(tenant, request)?;
        check_tenant(CredentialErrorKind::InvalidRequest, &ask.tenant)?;
        self.build(username, password, &ask)
    }

    pub(crate) fn build(
        &self,
        username: &str,
        password: &Secret,
        ask: &UserAsk<'_>,
    ) -> Result<Request<Bytes>, CredentialError> {
        check_input(username, password)?;
        self.client.proof.as_ref().map_or(Ok(()), ClientProof::check)?;
        let mut fields = self.client.fields("password");
        fields.push(("username", username.into()));
        fields.push(("password", password.expose().into()));
        fields.extend(ask.fields(&self.client)?);
        self.client.send_to(&ask.tenant, &fields)
    }
}

pub(crate) fn check_input(username: &str, password: &Secret) -> Result<(), CredentialError> {
    let problem = if username.trim().is_empty() {
        "the user name is empty"
    } else if password.is_empty() {
        "the password is empty"
    } else {
        return Ok(());
    };
    Err(CredentialError::new(
        CredentialErrorKind::InvalidConfiguration,
        problem,
        "give the user principal name, such as ada@contoso.com, and its password",
    ))
}

/// Entra answers AADSTS9001023 otherwise.
pub(crate) fn check_tenant(kind: CredentialErrorKind, tenant: &Tenant) -> Result<(), CredentialError> {
    if !tenant.is("common") && !tenant.is("consumers") {
        return Ok(());
    }
    Err(CredentialError::new(
        kind,
        "the tenant stands for personal accounts too, which cannot sign in with a password here",
        "give the tenant id, or organizations",
    ))
}
