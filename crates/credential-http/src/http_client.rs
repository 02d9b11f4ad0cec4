//! The HTTP client that the family's credentials use by default.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use credential::{AuthorizeRequest, CredentialError, Transport};
use http::{Request, Response};

use crate::{HttpClientBuilder, ReqwestTransport, RetryTransport};

/// An HTTP client for credentials: reqwest and rustls, retries, time-outs, request ids, no redirects.
///
/// Clones share connections. Needs a tokio runtime. The proxy is the one that `HTTPS_PROXY` or `ALL_PROXY` names, except for
/// the hosts in `NO_PROXY` and for this machine, which are always reached directly.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use credential_http::{HttpClient, RetryPolicy};
///
/// let client = HttpClient::builder()
///     .user_agent("my-app/1.0")
///     .timeout(Duration::from_secs(10))
///     .retry(RetryPolicy::default().with_max_attempts(2))
///     .build()?;
/// # let _unused = client;
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpClient(Arc<RetryTransport<ReqwestTransport>>);

impl HttpClient {
    /// Builds a client with default settings.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when this
    /// machine has no trusted certificate authorities, or when a proxy's variable holds no proxy's address.
    pub fn new() -> Result<Self, CredentialError> {
        Self::builder().build()
    }

    /// Starts with default settings.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::default()
    }

    /// Returns the process's one client with default settings, building it at the first call.
    ///
    /// # Errors
    /// Those of [`HttpClient::new`]; then the next call tries again.
    pub fn shared() -> Result<Arc<dyn Transport>, CredentialError> {
        static SHARED: OnceLock<Arc<dyn Transport>> = OnceLock::new();
        if let Some(shared) = SHARED.get() {
            return Ok(shared.clone());
        }
        let built = Arc::new(Self::new()?);
        Ok(SHARED.get_or_init(|| built).clone())
    }

    pub(crate) fn new_with(transport: RetryTransport<ReqwestTransport>) -> Self {
        Self(Arc::new(transport))
    }
}

/// What `async_trait` makes of an `async fn`.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, CredentialError>> + Send + 'a>>;

/// Written out instead of `async`, so that the inner future is passed on and not wrapped into one more on the heap.
impl Transport for HttpClient {
    fn send<'a, 'b>(&'a self, request: Request<Bytes>) -> Answer<'b>
    where
        'a: 'b,
        Self: 'b,
    {
        self.0.send(request)
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
        self.0.send_authorized(request, authorizer)
    }
}
