//! Why the emulator refused a request, for `-v`.

use async_trait::async_trait;
use bytes::Bytes;
use credential::{AuthorizeRequest, CredentialError, Transport};
use http::{Request, Response};

/// Where the emulator says why it refused a request. The services themselves keep it to themselves.
pub(crate) const REASON: &str = "x-emulator-reason";

/// Tells with `-v` why the emulator refused a request, and changes nothing.
#[derive(Debug)]
pub(crate) struct EmulatorReasons<T>(pub(crate) T);

#[async_trait]
impl<T: Transport> Transport for EmulatorReasons<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        self.0.send(request).await.inspect(tell)
    }

    async fn send_authorized(
        &self,
        request: Request<Bytes>,
        authorizer: &dyn AuthorizeRequest,
    ) -> Result<Response<Bytes>, CredentialError> {
        self.0.send_authorized(request, authorizer).await.inspect(tell)
    }
}

fn tell(response: &Response<Bytes>) {
    if let Some(reason) = response.headers().get(REASON).and_then(|value| value.to_str().ok()) {
        tracing::debug!(%reason, "the emulator refused the request");
    }
}
