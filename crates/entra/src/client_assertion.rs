//! Where client assertions come from.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{CredentialError, Secret};

use crate::client::Client;
use crate::tenant::Tenant;

/// Where client assertions come from: another identity provider's token, or one that a key vault signs.
///
/// It is asked for each exchange with Entra, so an implementation may return what it has while that is valid, and no
/// longer. [`TokenFile`](crate::TokenFile) reads a file, [`AssertionFn`] calls a function.
#[async_trait]
pub trait ClientAssertion: fmt::Debug + Send + Sync {
    /// Returns a JSON Web Token that proves who the app is (RFC 7523, section 3).
    ///
    /// # Errors
    /// A [`CredentialError`] that says why there is none; it becomes the error of the whole exchange.
    async fn assertion(&self, request: &AssertionRequest) -> Result<Secret, CredentialError>;
}

#[async_trait]
impl<A: ClientAssertion + ?Sized> ClientAssertion for Arc<A> {
    async fn assertion(&self, request: &AssertionRequest) -> Result<Secret, CredentialError> {
        (**self).assertion(request).await
    }
}

/// What a client assertion is for. A federated one does not depend on it; one that the app signs itself does.
#[derive(Clone, Debug)]
pub struct AssertionRequest {
    client_id: String,
    token_endpoint: String,
    is_adfs: bool,
    is_ps256_taken: bool,
}

impl AssertionRequest {
    pub(crate) fn new(client: &Client, tenant: &Tenant) -> Result<Self, CredentialError> {
        Ok(Self {
            client_id: client.id.clone(),
            token_endpoint: client.token_uri(tenant)?.to_string(),
            is_adfs: tenant.is("adfs"),
            is_ps256_taken: !tenant.is("adfs")
                && client.metadata.as_ref().is_none_or(|metadata| !metadata.is_rs256_wanted()),
        })
    }

    /// Returns the app: `iss` and `sub` of an assertion that it signs itself.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the address that the assertion is sent to: its `aud` when the app signs it itself.
    pub fn token_endpoint(&self) -> &str {
        &self.token_endpoint
    }

    /// Says whether the assertion is for AD FS, whose tenant is always `adfs`: it knows RS256 and the SHA-1 thumbprint alone.
    pub fn is_adfs(&self) -> bool {
        self.is_adfs
    }

    /// Says whether the server takes assertions that PS256 signs. Entra does; AD FS and some other servers know RS256 alone.
    pub fn takes_ps256(&self) -> bool {
        self.is_ps256_taken
    }
}

/// Client assertions from a function.
///
/// # Example
/// ```
/// use credential::Secret;
/// use entra::{AssertionFn, ClientAssertionCredential};
///
/// let from_the_other_cloud = AssertionFn::new(|_request| async { Ok(Secret::from("eyJ.eyJ.c2ln")) });
/// let client_id = "11111111-2222-3333-4444-555555555555";
/// let credential = ClientAssertionCredential::builder("contoso.com", client_id, from_the_other_cloud);
/// ```
pub struct AssertionFn<F>(F);

impl<F, T> AssertionFn<F>
where
    F: Fn(AssertionRequest) -> T + Send + Sync,
    T: Future<Output = Result<Secret, CredentialError>> + Send,
{
    /// Calls `function` for each exchange.
    pub fn new(function: F) -> Self {
        Self(function)
    }
}

#[async_trait]
impl<F, T> ClientAssertion for AssertionFn<F>
where
    F: Fn(AssertionRequest) -> T + Send + Sync,
    T: Future<Output = Result<Secret, CredentialError>> + Send,
{
    async fn assertion(&self, request: &AssertionRequest) -> Result<Secret, CredentialError> {
        (self.0)(request.clone()).await
    }
}

impl<F> fmt::Debug for AssertionFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AssertionFn")
    }
}
