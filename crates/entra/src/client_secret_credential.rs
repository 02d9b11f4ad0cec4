//! Tokens for an app that proves itself with a secret.

use std::fmt;

use async_trait::async_trait;
use credential::{AccessToken, CredentialError, Secret, TokenCredential, TokenRequest};

use crate::ClientSecretFlow;
use crate::app_credential::AppCredential;
use crate::client_options::{ClientOptions, client_options};

/// Tokens for an app (service principal) that proves itself with a client secret; cached and renewed ahead of expiry.
///
/// A request asks for one scope, `<resource>/.default`. Prefer a certificate or a federated assertion where you can: a
/// secret can be copied.
///
/// # Example
/// ```
/// use credential::{TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
/// use entra::{Authority, ClientSecretCredential, Cloud};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let entra = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#);
/// let credential = ClientSecretCredential::builder("contoso.com", "11111111-2222-3333-4444-555555555555", "s3cret")
///     .authority(Authority::cloud(Cloud::UsGovernment))
///     .default_scope(Cloud::UsGovernment.arm_scope())
/// #     .transport(entra.shared())
///     .build()?;
/// for _ in 0..3 {
///     credential.get_token(&TokenRequest::default()).await?; // one request: the token is cached
/// }
/// # assert_eq!(entra.requests().len(), 1);
/// # Ok(())
/// # }
/// ```
pub struct ClientSecretCredential(AppCredential<ClientSecretFlow>);

impl ClientSecretCredential {
    /// Makes a credential for the public cloud, over the process-wide HTTP client of `credential-http`.
    ///
    /// # Errors
    /// Those of [`ClientSecretCredentialBuilder::build`].
    #[cfg(feature = "reqwest")]
    pub fn new(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Self, CredentialError> {
        Self::builder(tenant, client_id, secret).build()
    }

    /// Starts with the tenant (id or domain), the application (client) id and its secret's value.
    pub fn builder(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> ClientSecretCredentialBuilder {
        ClientSecretCredentialBuilder {
            tenant: tenant.into(),
            client_id: client_id.into(),
            secret: secret.into(),
            options: ClientOptions::default(),
        }
    }
}

#[async_trait]
impl TokenCredential for ClientSecretCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.0.get_token(request).await
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.0.token_at_hand(request)
    }

    fn identity(&self) -> Option<credential::CredentialIdentity> {
        Some(self.0.identity())
    }
}

impl fmt::Debug for ClientSecretCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientSecretCredential").field(&self.0).finish()
    }
}

/// Collects what a [`ClientSecretCredential`] is made of; nothing is checked before [`build`](Self::build).
pub struct ClientSecretCredentialBuilder {
    tenant: String,
    client_id: String,
    secret: Secret,
    options: ClientOptions,
}

impl ClientSecretCredentialBuilder {
    client_options!();

    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the tenant, the client id, the
    ///   secret, the default scope or an allowed tenant is empty or not of its form, or the tenant is `common`,
    ///   `organizations` or `consumers`.
    /// - [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) without a transport, when the feature `reqwest`
    ///   is off.
    pub fn build(self) -> Result<ClientSecretCredential, CredentialError> {
        let flow = ClientSecretFlow::new(self.client_id, self.secret)?
            .with_authority(self.options.authority.clone())
            .with_version(self.options.version);
        AppCredential::new(&self.tenant, flow, self.options).map(ClientSecretCredential)
    }
}

impl fmt::Debug for ClientSecretCredentialBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSecretCredentialBuilder")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("authority", &self.options.authority)
            .field("version", &self.options.version)
            .finish_non_exhaustive()
    }
}
