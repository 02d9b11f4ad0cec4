//! A signed request over the family's transport.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use credential::{AuthorizeRequest, CredentialError, Transport};
use http::header::DATE;
use http::{Request, Response};

use crate::{ContentHash, Correction, Resigner, SigningAttempt};

impl Resigner {
    /// Signs a request, sends it through `transport` and mends a refusal as [`SigningAttempt`] does.
    ///
    /// A transport that retries signs each of its attempts anew. The answer is the last one, whatever its status.
    ///
    /// # Errors
    /// Those of [`Signer::sign`](crate::Signer::sign), except for being signed already, and of [`Transport::send`].
    ///
    /// # Example
    /// ```
    /// use acs_hmac::{Resigner, Signer};
    /// use bytes::Bytes;
    /// use credential::AccessKey;
    /// # use credential_testkit::ScriptedTransport;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let ring = AccessKey::from_base64("b2xk")?;
    /// ring.rotate("b2xk", Some("bmV3"))?;
    /// # let http = ScriptedTransport::new().then(401, &[], "").then(200, &[], "done");
    /// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
    /// let request = http::Request::get("https://contoso.communication.azure.com/rooms").body(Bytes::new())?;
    /// let response = Resigner::new(Signer::new(ring)?).send(&http, request).await?;
    /// assert_eq!(response.body(), "done");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn send(
        &self,
        transport: &dyn Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CredentialError> {
        let exchange = SignedExchange(Mutex::new(self.attempt()));
        loop {
            let response = transport.send_authorized(request.clone(), &exchange).await?;
            let Some(correction) = exchange.after(&response) else { return Ok(response) };
            tell(correction);
        }
    }
}

/// The feature of every client that sends this way brings the library for it.
fn tell(correction: Correction) {
    #[cfg(feature = "operations")]
    tracing::warn!(%correction, "a signed request was refused; signing it again");
    #[cfg(not(feature = "operations"))]
    let _untold = correction;
}

#[async_trait]
impl AuthorizeRequest for Resigner {
    /// Signs with what is known of clock and keys. An answer teaches it nothing then; [`Resigner::send`] listens.
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        sign_whole(&mut self.attempt(), request)
    }

    async fn send(
        &self,
        transport: &dyn Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CredentialError> {
        Self::send(self, transport, request).await
    }
}

fn sign_whole(attempt: &mut SigningAttempt, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
    let content_hash = ContentHash::of(request.body());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    attempt.sign(&method, &uri, request.headers_mut(), &content_hash)
}

/// The attempts of one request, as what a transport asks before each.
struct SignedExchange(Mutex<SigningAttempt>);

impl SignedExchange {
    fn after(&self, response: &Response<Bytes>) -> Option<Correction> {
        let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
        // The lock is held for computations alone, and what it guards is whole after each of them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).after(response.status(), date, true)
    }
}

#[async_trait]
impl AuthorizeRequest for SignedExchange {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        sign_whole(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), request)
    }
}

impl fmt::Debug for SignedExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedExchange").finish_non_exhaustive()
    }
}
