//! A middleware of `reqwest-middleware` that signs.

use async_trait::async_trait;
use http::Extensions;
use http::header::DATE;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next};

use crate::sign_reqwest::{hash_of, with_head};
use crate::{ContentHash, Resigner};

/// A middleware of `reqwest-middleware` that signs every request, and mends a refusal as
/// [`SigningAttempt`](crate::SigningAttempt) does.
///
/// Add it after the middleware that retries, so that each retry is signed anew. A body that is a stream needs a
/// [`ContentHash`] in the request's extensions, and is sent once only.
///
/// # Example
/// ```
/// use acs_hmac::{Resigner, Signer, SigningMiddleware};
/// use credential::AccessKey;
/// use reqwest_middleware::ClientBuilder;
///
/// let resigner = Resigner::new(Signer::new(AccessKey::from_base64("pw==")?)?);
/// // Redirects are not for signed requests: they would be sent on with a signature for another address.
/// let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// let client = ClientBuilder::new(client).with(SigningMiddleware::new(resigner)).build();
/// # let _unused = client;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SigningMiddleware {
    resigner: Resigner,
}

impl SigningMiddleware {
    /// Signs with this.
    pub fn new(resigner: Resigner) -> Self {
        Self { resigner }
    }
}

#[async_trait]
impl Middleware for SigningMiddleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let content_hash = hash_of(&request, extensions.get::<ContentHash>()).map_err(Error::middleware)?;
        let mut attempt = self.resigner.attempt();
        loop {
            let spare = request.try_clone();
            with_head(&mut request, |method, uri, headers| attempt.sign(method, uri, headers, &content_hash))
                .map_err(Error::middleware)?;
            let response = next.clone().run(request, extensions).await?;
            let date = response.headers().get(DATE).and_then(|value| value.to_str().ok());
            let correction = attempt.after(response.status(), date, spare.is_some());
            let (Some(correction), Some(again)) = (correction, spare) else { return Ok(response) };
            tracing::warn!(%correction, "a signed request was refused; signing it again");
            request = again;
        }
    }
}
