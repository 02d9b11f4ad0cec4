//! Requests to MK.IO, a compatible service.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AuthorizeRequest, Clock, CredentialError, CredentialErrorKind, Endpoint, Environment, Secret,
    SystemClock, jwt_expires_at,
};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request};
use zeroize::Zeroizing;

/// Which of MK.IO's two interfaces is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MkIoApi {
    /// `/api/v1/...`, with the token as a bearer.
    #[default]
    Current,
    /// `/api/ams/...`, which resembles Media Services, with the token in the header `x-mkio-token`.
    Legacy,
}

impl MkIoApi {
    /// Returns the service's address.
    pub const fn address(self) -> &'static str {
        match self {
            Self::Current => "https://app.mk.io",
            Self::Legacy => "https://api.mk.io",
        }
    }
}

/// Authorizes requests to MK.IO with a personal token, which lives up to a year, and gives it to no other host.
///
/// # Example
/// ```
/// use ams_aad::{MkIoApi, MkIoAuthorizer};
/// use credential::AuthorizeRequest;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let authorizer = MkIoAuthorizer::new(MkIoApi::Current, "t0ken")?;
/// let mut request = http::Request::get("https://app.mk.io/api/v1/user/profile").body(Default::default())?;
/// authorizer.authorize(&mut request).await?;
/// assert_eq!(request.headers()["authorization"], "Bearer t0ken");
///
/// let mut elsewhere = http::Request::get("https://example.com/").body(Default::default())?;
/// assert!(authorizer.authorize(&mut elsewhere).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MkIoAuthorizer {
    api: MkIoApi,
    endpoint: Endpoint,
    token: Secret,
    clock: Arc<dyn Clock>,
}

const TOKEN_VARIABLE: &str = "MKIO_TOKEN";
const LEGACY_HEADER: HeaderName = HeaderName::from_static("x-mkio-token");

impl MkIoAuthorizer {
    /// Authorizes with a token that was made on MK.IO's page of API tokens.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the token is empty or holds characters that no token has.
    pub fn new(api: MkIoApi, token: impl Into<Secret>) -> Result<Self, CredentialError> {
        let token: Secret = token.into();
        let text = token.expose().trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the MK.IO token is empty, or holds spaces or characters outside printable ASCII",
                "make a token on MK.IO's page of API tokens, and copy it whole",
            ));
        }
        let token = Secret::from(text);
        let endpoint = Endpoint::parse("MK.IO address", api.address())?;
        Ok(Self { api, endpoint, token, clock: SystemClock::shared() })
    }

    /// Takes the token from the variable `MKIO_TOKEN`, as the migration tool of the service does.
    ///
    /// # Errors
    /// [`CredentialErrorKind::NotConfigured`] when it is not set; those of [`MkIoAuthorizer::new`] otherwise.
    ///
    /// # Example
    /// ```
    /// use ams_aad::{MkIoApi, MkIoAuthorizer};
    /// use credential::MapEnvironment;
    ///
    /// // `SystemEnvironment::default()` reads the process's own variables.
    /// let environment = MapEnvironment::new().with("MKIO_TOKEN", "t0ken");
    /// let authorizer = MkIoAuthorizer::from_environment(MkIoApi::Current, &environment)?;
    /// assert_eq!(authorizer.endpoint().to_string(), "https://app.mk.io");
    /// # Ok::<(), credential::CredentialError>(())
    /// ```
    pub fn from_environment(api: MkIoApi, environment: &dyn Environment) -> Result<Self, CredentialError> {
        Self::new(api, environment.required(TOKEN_VARIABLE)?).map_err(|error| {
            let problem = format!("{TOKEN_VARIABLE}: {}", error.problem());
            CredentialError::new(error.kind(), problem, error.fix().to_owned())
        })
    }

    /// Calls another address: an older one, such as `https://api.io.mediakind.com`, or an emulator's.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = endpoint;
        self
    }

    /// Uses another clock to see whether the token has expired.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Returns the service's address.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Builds the request with which the service says whom the token is of, yet to be authorized: a cheap way to try it.
    ///
    /// # Errors
    /// None in practice: the paths are constants.
    pub fn profile_request(&self) -> Result<Request<Bytes>, CredentialError> {
        let (method, path) = match self.api {
            MkIoApi::Current => (http::Method::GET, "/api/v1/user/profile"),
            MkIoApi::Legacy => (http::Method::PUT, "/api/profile"),
        };
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = method;
        *request.uri_mut() = self.endpoint.uri(path)?;
        Ok(request)
    }

    /// A token that is no JWT tells no expiry; then the service decides.
    fn check_expiry(&self) -> Result<(), CredentialError> {
        match jwt_expires_at(self.token.expose()) {
            Ok(expires_at) if expires_at <= self.clock.now() => Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the MK.IO token has expired",
                "make a new one on MK.IO's page of API tokens: they live for a year at most",
            )),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    fn header(&self) -> Result<(HeaderName, HeaderValue), CredentialError> {
        let (name, scheme) = match self.api {
            MkIoApi::Current => (AUTHORIZATION, "Bearer "),
            MkIoApi::Legacy => (LEGACY_HEADER, ""),
        };
        let text = Zeroizing::new([scheme, self.token.expose()].concat());
        let mut value = HeaderValue::from_str(&text).map_err(|_| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the MK.IO token cannot stand in a header",
                "copy it again",
            )
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}

#[async_trait]
impl AuthorizeRequest for MkIoAuthorizer {
    async fn authorize(&self, request: &mut Request<Bytes>) -> Result<(), CredentialError> {
        if !self.endpoint.is_at_origin_of(request.uri()) {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidRequest,
                "the request is not for the host that the MK.IO token may go to",
                "build it for the authorizer's endpoint, or name another one with with_endpoint",
            ));
        }
        self.check_expiry()?;
        let (name, value) = self.header()?;
        request.headers_mut().insert(name, value);
        Ok(())
    }
}

impl fmt::Debug for MkIoAuthorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MkIoAuthorizer")
            .field("api", &self.api)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
