//! Signs the requests of reqwest.

use credential::{CredentialError, CredentialErrorKind};
use http::{HeaderMap, Method, Uri};

use crate::{ContentHash, Signer};

impl Signer {
    /// Signs a request of reqwest whose body is in memory.
    ///
    /// reqwest sends the address as it stands in the request, so that is what is signed.
    ///
    /// # Errors
    /// Those of [`Signer::sign`], and [`CredentialErrorKind::InvalidRequest`] when the body is a stream: hash it first,
    /// and use [`Signer::sign_reqwest_hashed`].
    ///
    /// # Example
    /// ```
    /// use acs_hmac::Signer;
    /// use credential::AccessKey;
    ///
    /// let signer = Signer::new(AccessKey::from_base64("pw==")?)?;
    /// let url = "https://contoso.communication.azure.com/sms?api-version=2021-03-07".parse()?;
    /// let mut request = reqwest::Request::new(reqwest::Method::POST, url);
    /// *request.body_mut() = Some("{}".into());
    /// signer.sign_reqwest(&mut request)?;
    /// assert!(request.headers().contains_key("authorization"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign_reqwest(&self, request: &mut reqwest::Request) -> Result<(), CredentialError> {
        let content_hash = hash_of(request, None)?;
        self.sign_reqwest_hashed(request, &content_hash)
    }

    /// Signs a request of reqwest whose body is hashed by the caller, such as a stream.
    ///
    /// # Errors
    /// Those of [`Signer::sign`].
    ///
    /// # Example
    /// ```
    /// use acs_hmac::{ContentHash, Signer};
    /// use credential::AccessKey;
    ///
    /// let signer = Signer::new(AccessKey::from_base64("pw==")?)?;
    /// let url = "https://contoso.communication.azure.com/sms?api-version=2021-03-07".parse()?;
    /// let mut request = reqwest::Request::new(reqwest::Method::POST, url);
    /// signer.sign_reqwest_hashed(&mut request, &ContentHash::of(b"what a stream will yield"))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sign_reqwest_hashed(
        &self,
        request: &mut reqwest::Request,
        content_hash: &ContentHash,
    ) -> Result<(), CredentialError> {
        self.refuse_signed(request.headers())?;
        let attempt = self.first_attempt();
        with_head(request, |method, uri, headers| {
            self.sign_attempt(method, uri, headers, *content_hash, attempt)
        })
    }
}

/// Lends out the parts of the head, with the address as reqwest sends it.
pub(crate) fn with_head(
    request: &mut reqwest::Request,
    sign: impl FnOnce(&Method, &Uri, &mut HeaderMap) -> Result<(), CredentialError>,
) -> Result<(), CredentialError> {
    let uri: Uri = request.url().as_str().parse().map_err(|_| {
        refuse("the request's address cannot be sent by HTTP", "use an address such as https://host/path")
    })?;
    let method = request.method().clone();
    sign(&method, &uri, request.headers_mut())
}

/// The hash of the body where it is in memory, else the one that was given.
pub(crate) fn hash_of(
    request: &reqwest::Request,
    given: Option<&ContentHash>,
) -> Result<ContentHash, CredentialError> {
    match request.body().map(|body| body.as_bytes()) {
        None => Ok(ContentHash::EMPTY),
        Some(Some(bytes)) => Ok(ContentHash::of(bytes)),
        Some(None) => given.copied().ok_or_else(|| {
            refuse(
                "the request's body is a stream without a hash",
                "hash the body first (ContentHash::of_reader) and give the hash with it",
            )
        }),
    }
}

fn refuse(problem: &'static str, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidRequest, problem, fix)
}
