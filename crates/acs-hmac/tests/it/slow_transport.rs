//! A transport whose answers let others go first.

use async_trait::async_trait;
use bytes::Bytes;
use credential::{CredentialError, Transport};
use credential_testkit::ScriptedTransport;
use http::{Request, Response};

/// Sends after every other task had its turn, so that tests see what happens while a request is under way.
#[derive(Debug)]
pub(crate) struct SlowTransport(pub(crate) ScriptedTransport);

#[async_trait]
impl Transport for SlowTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        tokio::task::yield_now().await;
        self.0.send(request).await
    }
}
