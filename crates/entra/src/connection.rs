//! How the credentials of users reach the token endpoint.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use credential::{Clock, CredentialError, Secret, Transport};
use http::{Request, Response};

use crate::client::Client;
use crate::client_options::ClientOptions;
use crate::discovery::Discovery;
use crate::tenant::Tenant;
use crate::{AssertionRequest, ClientAssertion, ClientProof, TokenResponse};

/// Where the proof of an app comes from.
#[derive(Default)]
pub(crate) enum ProofSource {
    /// Public clients prove nothing.
    #[default]
    None,
    Secret(Secret),
    Assertion(Box<dyn ClientAssertion>),
}

/// The app, its proof, and the ports.
pub(crate) struct Connection {
    client: Client,
    proof: ProofSource,
    discovery: Discovery,
    transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Connection {
    pub(crate) fn new(
        client_id: String,
        proof: ProofSource,
        options: &ClientOptions,
    ) -> Result<Self, CredentialError> {
        let mut client = Client::new(client_id)?;
        client.authority = options.authority.clone();
        client.version = options.version;
        if let ProofSource::Secret(secret) = &proof {
            client.proof = Some(ClientProof::Secret(secret.clone()));
        }
        client.proof.as_ref().map_or(Ok(()), ClientProof::check)?;
        let (discovery, transport, clock) = (Discovery::default(), options.transport()?, options.clock());
        Ok(Self { client, proof, discovery, transport, clock })
    }

    /// The app, for what needs no fresh assertion.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The app with all endpoints, for what is not sent to the token endpoint.
    pub(crate) async fn complete_client(&self, tenant: &Tenant) -> Result<Client, CredentialError> {
        let client = self.discovery.complete(&self.client, tenant, &*self.transport, &*self.clock).await?;
        Ok(client.into_owned())
    }

    /// The app with all endpoints, and with its proof for one exchange.
    pub(crate) async fn proven_client(&self, tenant: &Tenant) -> Result<Client, CredentialError> {
        let mut client = self.complete_client(tenant).await?;
        if let ProofSource::Assertion(source) = &self.proof {
            let wanted = AssertionRequest::new(&client, tenant)?;
            client.proof = Some(ClientProof::Assertion(source.assertion(&wanted).await?));
        }
        Ok(client)
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        self.transport.send(request).await
    }

    /// Sends a token request and reads the answer.
    pub(crate) async fn exchange(&self, request: Request<Bytes>) -> Result<TokenResponse, CredentialError> {
        let sent_at = self.clock.now();
        TokenResponse::read(&self.send(request).await?, sent_at)
    }
}

impl fmt::Debug for ProofSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Secret(secret) => secret.fmt(f),
            Self::Assertion(source) => source.fmt(f),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("client", &self.client)
            .field("proof", &self.proof)
            .finish_non_exhaustive()
    }
}

/// The methods of a builder with a field `proof: ProofSource`.
macro_rules! proof_options {
    () => {
        /// Proves who the app is with a client secret, where it is registered as a web app.
        #[must_use]
        pub fn client_secret(mut self, secret: impl Into<credential::Secret>) -> Self {
            self.proof = $crate::connection::ProofSource::Secret(secret.into());
            self
        }

        /// Proves who the app is with a client assertion, where it is registered as a web app.
        #[must_use]
        pub fn client_assertion(mut self, assertion: impl $crate::ClientAssertion + 'static) -> Self {
            self.proof = $crate::connection::ProofSource::Assertion(Box::new(assertion));
            self
        }
    };
}
pub(crate) use proof_options;
