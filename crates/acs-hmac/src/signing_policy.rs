//! A policy of `azure_core` that signs.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::headers::HeaderName;
use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{Body, Context, Request};
use azure_core::stream::SeekableStream;
use credential::{CredentialError, CredentialErrorKind};
use http::header::HOST;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use sha2::{Digest, Sha256};

use crate::{ContentHash, Resigner, SigningAttempt};

const DATE: HeaderName = HeaderName::from_static("date");

/// A policy for pipelines of `azure_core` that signs every attempt, and mends a refusal as [`SigningAttempt`] does.
///
/// It belongs to the policies per try: [`ClientOptions::per_try_policies`](azure_core::http::ClientOptions) of any client,
/// or the list of that name of a pipeline. There it runs for every retry, so that each carries a fresh date. A body that is
/// a stream is read for its hash and set back; nothing of it is copied. On failure, our [`CredentialError`] is found in
/// theirs with `downcast_ref`.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use acs_hmac::{Resigner, Signer, SigningPolicy};
/// use azure_core::http::ClientOptions;
/// use credential::AccessKey;
///
/// let resigner = Resigner::new(Signer::new(AccessKey::from_base64("pw==")?)?);
/// let mut options = ClientOptions::default();
/// options.per_try_policies.push(Arc::new(SigningPolicy::new(resigner)));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SigningPolicy {
    resigner: Resigner,
}

impl SigningPolicy {
    /// Signs with this.
    pub fn new(resigner: Resigner) -> Self {
        Self { resigner }
    }
}

#[expect(
    elided_lifetimes_in_paths,
    reason = "the trait elides it, and async_trait then wants the same spelling"
)]
#[async_trait]
impl Policy for SigningPolicy {
    async fn send(&self, context: &Context, request: &mut Request, next: &[Arc<dyn Policy>]) -> PolicyResult {
        let Some((following, rest)) = next.split_first() else {
            let problem = "the signing policy is the last one of its pipeline";
            let fix = "add it to the policies per try, before the transport";
            return Err(theirs(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                problem,
                fix,
            )));
        };
        let content_hash = hash_of(request.body_mut()).await?;
        let mut attempt = self.resigner.attempt();
        loop {
            sign(&mut attempt, request, &content_hash).map_err(theirs)?;
            let response = following.send(context, request, rest).await?;
            let status = StatusCode::from_u16(response.status().into()).unwrap_or(StatusCode::BAD_GATEWAY);
            let date = response.headers().get_optional_str(&DATE);
            let Some(correction) = attempt.after(status, date, true) else { return Ok(response) };
            tracing::warn!(%correction, "a signed request was refused; signing it again");
            request.body_mut().reset().await?;
        }
    }
}

/// Signs what `http` would send for this request, and copies the headers that are new.
fn sign(
    attempt: &mut SigningAttempt,
    request: &mut Request,
    content_hash: &ContentHash,
) -> Result<(), CredentialError> {
    let refuse = |problem, fix| CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix);
    let uri: Uri = request.url().as_str().parse().map_err(|_| {
        refuse("the request's address cannot be sent by HTTP", "use an address such as https://host/path")
    })?;
    let method = Method::from_bytes(request.method().as_ref().as_bytes())
        .map_err(|_| refuse("the request's method is no word", "use GET, POST and so on"))?;
    let mut headers = HeaderMap::new();
    if let Some(host) = request.headers().get_optional_str(&HeaderName::from_static("host")) {
        let host = HeaderValue::from_str(host)
            .map_err(|_| refuse("the request's Host header is unreadable", "remove the Host header"))?;
        headers.insert(HOST, host);
    }
    attempt.sign(&method, &uri, &mut headers, content_hash)?;
    for (name, value) in &headers {
        // What was signed is ASCII.
        let value = value.to_str().unwrap_or_default().to_owned();
        request.insert_header(name.as_str().to_owned(), value);
    }
    Ok(())
}

async fn hash_of(body: &mut Body) -> azure_core::Result<ContentHash> {
    match body {
        Body::Bytes(bytes) => Ok(ContentHash::of(bytes)),
        Body::SeekableStream(stream) => {
            // Wherever it stands: retries of the pipeline send it from its beginning, too.
            stream.reset().await?;
            let hash = hash_of_stream(stream.as_mut()).await;
            stream.reset().await?;
            hash
        }
    }
}

async fn hash_of_stream(stream: &mut dyn SeekableStream) -> azure_core::Result<ContentHash> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; stream.buffer_size().max(1)];
    loop {
        let read = poll_fn(|context| Pin::new(&mut *stream).poll_read(context, &mut piece)).await;
        match read.map_err(|error| azure_core::Error::new(ErrorKind::Io, error))? {
            0 => return Ok(ContentHash::from_digest(&hash.finalize().into())),
            length => hash.update(&piece[..length]),
        }
    }
}

fn theirs(error: CredentialError) -> azure_core::Error {
    let text = error.to_string();
    azure_core::Error::with_error(ErrorKind::Credential, error, text)
}
