//! How requests reach a service.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

use crate::{AuthorizeRequest, CredentialError};

/// How requests reach a service: one request in, one whole response out.
///
/// Implementations do not follow redirects, because a redirect would carry credentials to a host that was not
/// asked for, and do not judge the status. `credential-http` has one on reqwest, with retries.
#[async_trait]
pub trait Transport: Debug + Send + Sync {
    /// Sends the request.
    ///
    /// # Errors
    /// [`CredentialErrorKind::Unreachable`](crate::CredentialErrorKind::Unreachable) when no whole answer came.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError>;

    /// Authorizes the request and sends it. A transport that retries authorizes every attempt anew, because a
    /// signature carries a date. Nothing is mended here: [`AuthorizeRequest::send`] is the way for callers.
    ///
    /// # Errors
    /// Those of [`Transport::send`] and of [`AuthorizeRequest::authorize`].
    async fn send_authorized(
        &self,
        mut request: Request<Bytes>,
        authorizer: &dyn AuthorizeRequest,
    ) -> Result<Response<Bytes>, CredentialError> {
        authorizer.authorize(&mut request).await?;
        self.send(request).await
    }
}

/// What `async_trait` makes of an `async fn`.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, CredentialError>> + Send + 'a>>;

/// Written out instead of `async`, so that the inner future is passed on and not wrapped into one more on the heap.
impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send<'a, 'b>(&'a self, request: Request<Bytes>) -> Answer<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        (**self).send(request)
    }

    fn send_authorized<'a, 'b, 'c>(
        &'a self,
        request: Request<Bytes>,
        authorizer: &'b dyn AuthorizeRequest,
    ) -> Answer<'c>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        (**self).send_authorized(request, authorizer)
    }
}
