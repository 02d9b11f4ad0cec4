//! A credential of your own: run it with `cargo run -p credential --example own_credential`. It needs no network.
//!
//! The imagined company has a token service: a key goes in, a token and its lifetime come out. What a credential has to do is
//! marked 1 to 6; caching, renewal and waiting callers come from `CachedCredential`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessToken, AuthorizeRequest, BearerAuthorizer, CachedCredential, ChainedCredential, Clock,
    CredentialError, CredentialErrorKind, Endpoint, Environment, MapEnvironment, Secret, SystemClock,
    TokenCredential, TokenRequest, Transport, retry_after,
};
use http::{HeaderValue, Request, Response, StatusCode};

const KEY_VARIABLE: &str = "COMPANY_TOKEN_KEY";

/// Tokens of the company's token service.
pub struct CompanyCredential {
    endpoint: Endpoint,
    key: Secret,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl CompanyCredential {
    /// 1. Take what is needed, and check it here: a mistake is found before anything is sent.
    pub fn new(
        endpoint: &str,
        environment: &dyn Environment,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, CredentialError> {
        Ok(Self {
            // `Endpoint` refuses http, user info and queries.
            endpoint: Endpoint::parse("token service", endpoint)?,
            // Without the variable this is `NotConfigured`, and a chain goes on to its next credential.
            key: environment.required(KEY_VARIABLE)?,
            transport,
            clock: SystemClock::shared(),
        })
    }

    /// 2. Build the request as a value: easy to test, and the same for async and blocking callers.
    fn request(&self, scope: &str) -> Result<Request<Bytes>, CredentialError> {
        let mut key = HeaderValue::from_str(self.key.expose()).map_err(|_| {
            // The value is not in the text: it is the secret.
            let problem = format!("{KEY_VARIABLE} cannot stand in a header");
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                problem,
                "copy the key again, in one line",
            )
        })?;
        // Logs of HTTP clients leave sensitive values out.
        key.set_sensitive(true);
        let mut request = Request::new(Bytes::from(format!("scope={scope}")));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = self.endpoint.uri("/token")?;
        request.headers_mut().insert("x-company-key", key);
        Ok(request)
    }

    /// 3. Read the answer as a value: `<seconds> <token>`. Nothing of a body that is not understood gets into an error.
    fn read(&self, response: &Response<Bytes>) -> Result<AccessToken, CredentialError> {
        if response.status() != StatusCode::OK {
            return Err(self.refusal(response));
        }
        let text = std::str::from_utf8(response.body()).unwrap_or_default();
        let parts = text.split_once(' ').and_then(|(life, token)| Some((life.parse().ok()?, token)));
        let (life, token) = parts.ok_or_else(|| {
            let problem = "the token service answered with something else than a token";
            CredentialError::new(
                CredentialErrorKind::UnexpectedAnswer,
                problem,
                "check its address, and any proxy",
            )
        })?;
        Ok(AccessToken::new(token.to_owned(), self.clock.now() + Duration::from_secs(life)))
    }

    /// 4. Say what happened, in a class that callers act on, and how to fix it.
    fn refusal(&self, response: &Response<Bytes>) -> CredentialError {
        let (kind, problem, fix) = match response.status().as_u16() {
            429 => (
                CredentialErrorKind::Throttled,
                "the token service gets too many requests",
                "wait, then try again",
            ),
            500.. => {
                (CredentialErrorKind::Unavailable, "the token service failed for now", "try again later")
            }
            _ => (
                CredentialErrorKind::Refused,
                "the token service refused the key",
                "ask the platform team for a new key",
            ),
        };
        let error = CredentialError::new(kind, problem, fix).with_status(response.status());
        match retry_after(response.headers(), self.clock.now()) {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }
}

/// 5. Join them. The request says what is wanted; what a service has no use for (tenant, claims) may be ignored.
#[async_trait]
impl TokenCredential for CompanyCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let [scope] = request.scopes() else {
            let problem = "the token service gives tokens for one scope at a time";
            return Err(CredentialError::new(CredentialErrorKind::InvalidRequest, problem, "name one scope"));
        };
        self.read(&self.transport.send(self.request(scope)?).await?)
    }
}

/// 6. Show nothing secret.
impl fmt::Debug for CompanyCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompanyCredential").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// The service, as far as this example goes. A program takes `credential_http::HttpClient::shared()?` instead.
#[derive(Debug)]
struct Offline;

#[async_trait]
impl Transport for Offline {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        let mut response = Response::new(Bytes::from_static(b"3600 t0ken-of-the-company"));
        if request.headers()["x-company-key"] != "right" {
            *response.status_mut() = StatusCode::FORBIDDEN;
        }
        Ok(response)
    }
}

/// Uses the credential as any other one of the family; returns what it would print.
pub async fn tour() -> Result<Vec<String>, CredentialError> {
    let (endpoint, transport) = ("https://tokens.company.example", Arc::new(Offline));
    let mut lines = Vec::new();

    // Cached: one fetch for all callers of a scope, renewed ahead of its expiry.
    let environment = MapEnvironment::new().with(KEY_VARIABLE, "right");
    let credential =
        CachedCredential::new(CompanyCredential::new(endpoint, &environment, transport.clone())?);
    lines.push(format!("{credential:?}"));
    let credential: Arc<dyn TokenCredential> = Arc::new(credential);
    let first = credential.get_token(&TokenRequest::new(["build"])).await?;
    let second = credential.get_token(&TokenRequest::new(["build"])).await?;
    lines.push(format!("fetched once: {}", first.is_same_token(&second)));

    // In front of any request. With the feature `azure_core`, `.into_azure_core()` gives it to Microsoft's clients.
    let mut call = Request::new(Bytes::new());
    *call.uri_mut() = Endpoint::parse("builds", "https://builds.company.example")?.uri("/runs")?;
    BearerAuthorizer::new(credential.clone(), ["build"]).authorize(&mut call).await?;
    lines.push(format!("authorized: {:?}", call.headers()["authorization"]));

    // What goes wrong says how to fix it.
    let wrong = MapEnvironment::new().with(KEY_VARIABLE, "wrong");
    let refused = CompanyCredential::new(endpoint, &wrong, transport.clone())?;
    if let Err(error) = refused.get_token(&TokenRequest::new(["build"])).await {
        lines.push(error.to_string());
    }
    if let Err(error) = CompanyCredential::new(endpoint, &MapEnvironment::new(), transport) {
        lines.push(error.to_string());
    }

    // One of several: the first that is configured answers.
    let chain = ChainedCredential::new().then("company", credential);
    chain.get_token(&TokenRequest::new(["build"])).await?;
    lines.push(format!("answered by: {}", chain.answered_by().unwrap_or("nobody")));
    Ok(lines)
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "a person runs this example to see what it says")]
async fn main() -> Result<(), CredentialError> {
    tour().await?.iter().for_each(|line| println!("{line}"));
    Ok(())
}
