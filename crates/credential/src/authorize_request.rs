//! The trait of whatever can authorize an HTTP request.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::Request;

use crate::CredentialError;

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
}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        #[async_trait]
        impl<A: AuthorizeRequest + ?Sized> AuthorizeRequest for $pointer {
            async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
                (**self).authorize(request).await
            }
        }
    )*};
}
forward!(Arc<A>, Box<A>, &A);
