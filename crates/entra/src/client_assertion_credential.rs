//! Tokens for an app that proves itself with a signed assertion.

use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;
use credential::{AccessToken, CredentialError, TokenCredential, TokenRequest};

use crate::app_credential::AppCredential;
use crate::client_assertion_flow::WithSource;
use crate::client_options::{ClientOptions, client_options};
use crate::{ClientAssertion, ClientAssertionFlow, TokenFile};

/// Tokens for an app (service principal) that proves itself with a client assertion: workload identity federation, or a
/// key that only signs; cached and renewed ahead of expiry.
///
/// The app registration lists the assertion's issuer, subject and audience
/// ([`Cloud::federation_audience`](crate::Cloud::federation_audience)) as a federated identity credential.
///
/// # Example
/// ```
/// use credential::{Secret, TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
/// use entra::{AssertionFn, ClientAssertionCredential};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let entra = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#);
/// let assertion = AssertionFn::new(|_request| async { Ok(Secret::from("eyJ.eyJ.c2ln")) });
/// let credential =
///     ClientAssertionCredential::builder("contoso.com", "11111111-2222-3333-4444-555555555555", assertion)
/// #         .transport(entra.shared())
///         .build()?;
/// let token = credential.get_token(&TokenRequest::new(["https://vault.azure.net/.default"])).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
pub struct ClientAssertionCredential(AppCredential<WithSource>);

impl ClientAssertionCredential {
    /// Starts with the tenant (id or domain), the application (client) id and where its assertions come from.
    pub fn builder(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        assertion: impl ClientAssertion + 'static,
    ) -> ClientAssertionCredentialBuilder {
        ClientAssertionCredentialBuilder {
            tenant: tenant.into(),
            client_id: client_id.into(),
            source: Box::new(assertion),
            options: ClientOptions::default(),
        }
    }

    /// Starts with what the workload identity webhook of Kubernetes puts into a pod's environment: `AZURE_TENANT_ID`,
    /// `AZURE_CLIENT_ID` and `AZURE_FEDERATED_TOKEN_FILE`; give `AZURE_AUTHORITY_HOST` to
    /// [`Authority::parse`](crate::Authority::parse).
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the path is empty.
    pub fn workload_identity(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        token_file: impl Into<PathBuf>,
    ) -> Result<ClientAssertionCredentialBuilder, CredentialError> {
        Ok(Self::builder(tenant, client_id, TokenFile::new(token_file)?))
    }
}

#[async_trait]
impl TokenCredential for ClientAssertionCredential {
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

impl fmt::Debug for ClientAssertionCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientAssertionCredential").field(&self.0).finish()
    }
}

/// Collects what a [`ClientAssertionCredential`] is made of; nothing is checked before [`build`](Self::build).
pub struct ClientAssertionCredentialBuilder {
    tenant: String,
    client_id: String,
    source: Box<dyn ClientAssertion>,
    options: ClientOptions,
}

impl ClientAssertionCredentialBuilder {
    client_options!();

    /// Checks everything, without I/O: no assertion is asked for yet.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the tenant, the client id, the
    ///   default scope or an allowed tenant is empty or not of its form, or the tenant is `common`, `organizations` or
    ///   `consumers`.
    /// - [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) without a transport, when the feature `reqwest`
    ///   is off.
    pub fn build(self) -> Result<ClientAssertionCredential, CredentialError> {
        let flow = ClientAssertionFlow::new(self.client_id)?
            .with_authority(self.options.authority.clone())
            .with_version(self.options.version);
        let flow = WithSource { flow, source: self.source };
        AppCredential::new(&self.tenant, flow, self.options).map(ClientAssertionCredential)
    }
}

impl fmt::Debug for ClientAssertionCredentialBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAssertionCredentialBuilder")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("source", &self.source)
            .field("authority", &self.options.authority)
            .finish_non_exhaustive()
    }
}
