//! A redirect that only the person can bring.

use std::future::pending;

use async_trait::async_trait;
use credential::CredentialError;
use entra::{AuthorizationRequest, AuthorizationResponse, PendingRedirect, RedirectReceiver};

/// Listens nowhere: the person pastes the address at which the browser ended.
#[derive(Debug)]
pub(crate) struct PastedRedirect;

#[derive(Debug)]
struct Nowhere(String);

#[async_trait]
impl RedirectReceiver for PastedRedirect {
    async fn listen(&self, redirect_uri: &str) -> Result<Box<dyn PendingRedirect>, CredentialError> {
        Ok(Box::new(Nowhere(redirect_uri.to_owned())))
    }
}

#[async_trait]
impl PendingRedirect for Nowhere {
    fn redirect_uri(&self) -> &str {
        &self.0
    }

    async fn receive(
        &mut self,
        _request: &AuthorizationRequest,
    ) -> Result<AuthorizationResponse, CredentialError> {
        pending().await
    }
}
