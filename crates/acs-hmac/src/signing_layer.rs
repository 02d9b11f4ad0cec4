//! A layer of tower that signs.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use credential::{CredentialError, CredentialErrorKind};
use http::header::DATE;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::{ContentHash, Resigner, SignableBody, SigningAttempt};

type BoxError = Box<dyn Error + Send + Sync>;

/// A layer of tower that signs every request, and mends a refusal as [`SigningAttempt`] does.
///
/// Put retries outside of it, so that each of them is signed anew. A body that is a stream needs a [`ContentHash`] in the
/// request's extensions, and is sent once only.
///
/// # Example
/// ```
/// use acs_hmac::{Resigner, Signer, SigningLayer};
/// use credential::AccessKey;
/// use http::{Request, Response};
/// use tower::{Layer, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let client = service_fn(|request: Request<&'static str>| async move {
///     assert!(request.headers().contains_key("authorization"));
///     Ok::<_, std::io::Error>(Response::new("sent"))
/// });
/// let signer = Signer::new(AccessKey::from_base64("pw==")?)?;
/// let service = SigningLayer::new(Resigner::new(signer)).layer(client);
/// let request = Request::get("https://contoso.communication.azure.com/rooms").body("")?;
/// assert_eq!(service.oneshot(request).await?.into_body(), "sent");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct SigningLayer {
    resigner: Resigner,
}

impl SigningLayer {
    /// Signs with this; all services of the layer share what it learns.
    pub fn new(resigner: Resigner) -> Self {
        Self { resigner }
    }
}

impl<S> Layer<S> for SigningLayer {
    type Service = SigningService<S>;

    fn layer(&self, inner: S) -> SigningService<S> {
        SigningService { inner, resigner: self.resigner.clone() }
    }
}

/// A service of tower that signs; made by [`SigningLayer`].
#[derive(Clone, Debug)]
pub struct SigningService<S> {
    inner: S,
    resigner: Resigner,
}

impl<S, B, R> Service<Request<B>> for SigningService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: SignableBody + Send + 'static,
    R: Send + 'static,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was polled until it was ready is the one to call; the clone may not be ready.
        let next = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, next);
        Box::pin(send(ready, self.resigner.attempt(), request))
    }
}

async fn send<S, B, R>(
    mut service: S,
    mut attempt: SigningAttempt,
    request: Request<B>,
) -> Result<Response<R>, BoxError>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    B: SignableBody,
{
    let content_hash = hash_of(&request)?;
    let (mut parts, mut body) = request.into_parts();
    loop {
        let spare = body.replay().map(|body| (parts.clone(), body));
        attempt.sign(&parts.method, &parts.uri, &mut parts.headers, &content_hash)?;
        let response = service.call(Request::from_parts(parts, body)).await.map_err(Into::into)?;
        let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
        let correction = attempt.after(response.status(), date, spare.is_some());
        let (Some(correction), Some(again)) = (correction, spare) else { return Ok(response) };
        tracing::warn!(%correction, "a signed request was refused; signing it again");
        (parts, body) = again;
        poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
    }
}

fn hash_of<B: SignableBody>(request: &Request<B>) -> Result<ContentHash, CredentialError> {
    let known = request.body().content_hash();
    known.or_else(|| request.extensions().get().copied()).ok_or_else(|| {
        CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            "the request's body is a stream without a hash",
            "put the body's ContentHash into the request's extensions",
        )
    })
}
