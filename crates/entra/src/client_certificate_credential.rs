//! Tokens for an app that proves itself with a certificate.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{AccessToken, CredentialError, Random, TokenCredential, TokenRequest};

use crate::app_credential::AppCredential;
use crate::client_assertion_flow::WithSource;
use crate::client_options::{ClientOptions, client_options};
use crate::{CertificateAssertion, ClientAssertionFlow, ClientCertificate};

/// Tokens for an app (service principal) that proves itself with a certificate; cached and renewed ahead of expiry.
///
/// The private key stays in the process: Entra gets an assertion that it has signed, valid for ten minutes.
///
/// # Example
/// ```
/// use credential::{TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
/// use entra::{ClientCertificate, ClientCertificateCredential};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let entra = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#);
/// # let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256)?;
/// # let pem = key.serialize_pem() + &rcgen::CertificateParams::new(vec![])?.self_signed(&key)?.pem();
/// // `pem` is the text of a file that holds the certificate and its private key.
/// let certificate = ClientCertificate::from_pem(&pem)?;
/// let client_id = "11111111-2222-3333-4444-555555555555";
/// let credential = ClientCertificateCredential::builder("contoso.com", client_id, certificate)
/// #     .transport(entra.shared())
///     .build()?;
/// let token = credential.get_token(&TokenRequest::new(["https://vault.azure.net/.default"])).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
pub struct ClientCertificateCredential(AppCredential<WithSource>);

impl ClientCertificateCredential {
    /// Starts with the tenant (id or domain, or `adfs`), the application (client) id and its certificate.
    pub fn builder(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        certificate: ClientCertificate,
    ) -> ClientCertificateCredentialBuilder {
        ClientCertificateCredentialBuilder {
            tenant: tenant.into(),
            client_id: client_id.into(),
            certificate,
            random: None,
            options: ClientOptions::default(),
        }
    }
}

#[async_trait]
impl TokenCredential for ClientCertificateCredential {
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

impl fmt::Debug for ClientCertificateCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientCertificateCredential").field(&self.0).finish()
    }
}

/// Collects what a [`ClientCertificateCredential`] is made of; nothing is checked before [`build`](Self::build).
pub struct ClientCertificateCredentialBuilder {
    tenant: String,
    client_id: String,
    certificate: ClientCertificate,
    random: Option<Arc<dyn Random>>,
    options: ClientOptions,
}

impl ClientCertificateCredentialBuilder {
    client_options!();

    /// Takes the ids of assertions from another source of random bytes.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = Some(random);
        self
    }

    /// Checks everything, without I/O, the certificate's time of validity included.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when an input is empty or not of its
    ///   form, the tenant is `common`, `organizations` or `consumers`, or the certificate is not valid now.
    /// - [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) without a transport, when the feature `reqwest`
    ///   is off.
    pub fn build(self) -> Result<ClientCertificateCredential, CredentialError> {
        let clock = self.options.clock();
        self.certificate.check_valid_at(clock.now())?;
        let flow = ClientAssertionFlow::new(self.client_id)?
            .with_authority(self.options.authority.clone())
            .with_version(self.options.version);
        let mut source = CertificateAssertion::new(self.certificate).with_clock(clock);
        if let Some(random) = self.random {
            source = source.with_random(random);
        }
        let flow = WithSource { flow, source: Box::new(source) };
        AppCredential::new(&self.tenant, flow, self.options).map(ClientCertificateCredential)
    }
}

impl fmt::Debug for ClientCertificateCredentialBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificateCredentialBuilder")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}
