//! The client-secret flow, as values.

use async_trait::async_trait;
use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, Secret};
use http::Request;

use crate::app_credential::AppFlow;
use crate::client_id::check_client_id;
use crate::scope::DefaultScope;
use crate::tenant::Tenant;
use crate::token_request::{check_claims, token_request};
use crate::{Authority, ProtocolVersion};

/// The client-secret flow without I/O: builds the request whose answer [`TokenResponse`](crate::TokenResponse) reads.
///
/// For programs with an HTTP client of their own; [`ClientSecretCredential`](crate::ClientSecretCredential) does the
/// sending and the caching too. RFC 6749, section 4.4; Entra documents the v1 form with `resource` and the v2 form with
/// `scope`.
///
/// # Example
/// ```
/// use entra::ClientSecretFlow;
///
/// let flow = ClientSecretFlow::new("11111111-2222-3333-4444-555555555555", "s3cret+")?;
/// let request = flow.request("contoso.com", "https://vault.azure.net/.default", None)?;
/// assert_eq!(request.uri(), "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token");
/// assert!(request.body().ends_with(b"&scope=https%3A%2F%2Fvault.azure.net%2F.default"));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientSecretFlow {
    authority: Authority,
    version: ProtocolVersion,
    client_id: String,
    secret: Secret,
}

impl ClientSecretFlow {
    /// Takes the application (client) id and its secret's value, which may hold any characters.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when one is empty, or the id is not printable ASCII.
    pub fn new(client_id: impl Into<String>, secret: impl Into<Secret>) -> Result<Self, CredentialError> {
        let (client_id, secret) = (client_id.into(), secret.into());
        check_client_id(&client_id)?;
        if secret.expose().trim().is_empty() {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the client secret is empty",
                "give the value of a secret from the app registration's Certificates & secrets page",
            ));
        }
        Ok(Self { authority: Authority::default(), version: ProtocolVersion::default(), client_id, secret })
    }

    /// Uses another authority than the public cloud's.
    #[must_use]
    pub fn with_authority(mut self, authority: Authority) -> Self {
        self.authority = authority;
        self
    }

    /// Uses another version of the endpoint than v2.
    #[must_use]
    pub fn with_version(mut self, version: ProtocolVersion) -> Self {
        self.version = version;
        self
    }

    /// Builds the request for a token of `tenant` for `scope`, which is `<resource>/.default` for v1 too. `claims` is the
    /// decoded JSON of a claims challenge.
    ///
    /// The body holds the secret, and `Bytes` shows its content in `Debug`: do not log the request.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when an input is not of its form.
    pub fn request(
        &self,
        tenant: &str,
        scope: &str,
        claims: Option<&str>,
    ) -> Result<Request<Bytes>, CredentialError> {
        const KIND: CredentialErrorKind = CredentialErrorKind::InvalidRequest;
        self.build(&Tenant::parse_concrete(KIND, tenant)?, DefaultScope::parse(KIND, scope)?, claims)
    }

    fn build(
        &self,
        tenant: &Tenant,
        scope: DefaultScope<'_>,
        claims: Option<&str>,
    ) -> Result<Request<Bytes>, CredentialError> {
        let mut fields = vec![
            ("grant_type", "client_credentials"),
            ("client_id", &self.client_id),
            ("client_secret", self.secret.expose()),
            scope.field(self.version),
        ];
        if let Some(claims) = claims {
            check_claims(claims)?;
            fields.push(("claims", claims));
        }
        Ok(token_request(self.authority.token_uri(tenant, self.version)?, &fields))
    }
}

#[async_trait]
impl AppFlow for ClientSecretFlow {
    async fn token_request(
        &self,
        tenant: &Tenant,
        scope: DefaultScope<'_>,
        claims: Option<&str>,
    ) -> Result<Request<Bytes>, CredentialError> {
        self.build(tenant, scope, claims)
    }
}
