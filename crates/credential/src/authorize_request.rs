//! The trait of whatever can authorize an HTTP request.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

use crate::{CredentialError, Transport};

/// Anything that can authorize an HTTP request: a bearer token, a signature.
///
/// `authorize` adds or replaces headers and changes nothing else. On error the request is exactly what came in.
/// Calling it again on a request that it authorized before gives a fresh authorization, so a retry calls it for
/// every attempt.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
/// use bytes::Bytes;
/// use credential::{AccessToken, AuthorizeRequest, BearerAuthorizer, StaticTokenCredential};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let token = AccessToken::new("t0ken", SystemTime::now() + Duration::from_secs(3600));
/// let bearer = BearerAuthorizer::new(StaticTokenCredential::new(token), ["https://example.com/.default"]);
///
/// let mut request = http::Request::get("https://example.com/").body(Bytes::new())?;
/// bearer.authorize(&mut request).await?;
/// assert_eq!(request.headers()["authorization"], "Bearer t0ken");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait AuthorizeRequest: Debug + Send + Sync {
    /// Authorizes `request`, whose body is exactly what will be sent.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`](crate::CredentialErrorKind::InvalidRequest) when this request cannot
    /// be authorized, and whatever getting the token can fail with.
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError>;

    /// Authorizes a request, sends it through `transport`, and mends a refusal where this authorizer knows how: a signer
    /// whose clock is off, a token that was revoked. The answer is the last one, whatever its status.
    ///
    /// Without a way to mend anything, the default, this is [`Transport::send_authorized`].
    ///
    /// # Errors
    /// Those of [`Transport::send_authorized`].
    ///
    /// # Example
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use bytes::Bytes;
    /// use credential::{AccessToken, AuthorizeRequest, BearerAuthorizer, StaticTokenCredential};
    /// use credential_testkit::ScriptedTransport;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let token = AccessToken::new("t0ken", SystemTime::now() + Duration::from_secs(3600));
    /// let bearer = BearerAuthorizer::new(StaticTokenCredential::new(token), ["https://example.com/.default"]);
    ///
    /// let service = ScriptedTransport::new().then_json("{}");
    /// let request = http::Request::get("https://example.com/").body(Bytes::new())?;
    /// assert_eq!(bearer.send(&service, request).await?.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    async fn send(
        &self,
        transport: &dyn Transport,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, CredentialError> {
        // A reference to whatever this is has a known size, as the transport's argument must.
        transport.send_authorized(request, &self).await
    }
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<A: AuthorizeRequest + ?Sized> AuthorizeRequest for $pointer {
            async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
                (**self).authorize(request).await
            }

            async fn send(
                &self,
                transport: &dyn Transport,
                request: Request<Bytes>,
            ) -> Result<Response<Bytes>, CredentialError> {
                (**self).send(transport, request).await
            }
        }
    )*};
}
forward!(Arc<A>, Box<A>, &A);
