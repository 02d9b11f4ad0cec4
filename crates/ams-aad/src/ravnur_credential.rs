//! Tokens of Ravnur Media Services, a compatible service.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessToken, CacheOptions, CachedCredential, Clock, CredentialError, CredentialErrorKind,
    CredentialIdentity, Secret, TokenCredential, TokenRequest, Transport, jwt_expires_at,
};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::ArmEndpoint;
use crate::service_error::{error_of, with_details};

/// Tokens of Ravnur Media Services, bought with an API key and cached. Scopes and tenants are ignored: the service knows
/// none.
///
/// The service answers on the paths of Resource Manager, below its endpoint: [`ArmClient`](crate::ArmClient) and
/// [`MediaAuthorizer::arm`](crate::MediaAuthorizer::arm) call it.
///
/// # Example
/// ```
/// use ams_aad::{ArmClient, ArmEndpoint, RavnurCredential};
/// # use credential_testkit::ScriptedTransport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let http = ScriptedTransport::new().then_json("h.eyJleHAiOjIxNDc0ODM2NDd9.s").then_json(r#"{"value":[]}"#).shared();
/// let endpoint = RavnurCredential::endpoint("https://rms.example.com/auth/token")?;
/// assert_eq!(endpoint.to_string(), "https://rms.example.com");
/// let id = "00000000-0000-0000-0000-000000000001";
/// // `http` is `credential_http::HttpClient::shared()?`, or an emulator's `http_client()`.
/// let credential = RavnurCredential::new(&endpoint, id, "ap1-key", http.clone())?;
///
/// let client = ArmClient::new(credential, endpoint, http);
/// let path = ams_aad::MediaAccount::new(id, "my-group", "myaccount")?.child_path("assets");
/// let assets: Vec<serde_json::Value> = client.list(&path).await?;
/// assert!(assets.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RavnurCredential(CachedCredential<Exchange>);

/// The exchange itself.
struct Exchange {
    uri: Uri,
    subscription: String,
    api_key: Secret,
    transport: Arc<dyn Transport>,
}

const TOKEN_PATH: &str = "/auth/token";

impl RavnurCredential {
    /// Parses the service's address, as its page or its samples give it: with or without a trailing slash, or with the path of
    /// the token endpoint.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is no `https` address, nor `http` on this machine.
    pub fn endpoint(text: &str) -> Result<ArmEndpoint, CredentialError> {
        let text = text.trim().trim_end_matches('/');
        ArmEndpoint::parse_local(text.strip_suffix(TOKEN_PATH).unwrap_or(text))
    }

    /// Buys tokens for a subscription with its API key. `transport` sends the requests.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when subscription or key are empty, and when the endpoint is one of
    /// Microsoft's: the key must not go there.
    pub fn new(
        endpoint: &ArmEndpoint,
        subscription: &str,
        api_key: impl Into<Secret>,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, CredentialError> {
        let invalid =
            |problem, fix| Err(CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix));
        let api_key = api_key.into();
        if subscription.trim().is_empty() {
            return invalid("the Ravnur subscription id is empty", "give the id from the account's page");
        }
        if api_key.expose().trim().is_empty() {
            return invalid("the Ravnur API key is empty", "copy it from the account's page");
        }
        if endpoint.cloud().is_some() {
            return invalid(
                "the Ravnur endpoint is Microsoft's Resource Manager",
                "give the API endpoint of Ravnur Media Services",
            );
        }
        let uri = endpoint.endpoint().uri(TOKEN_PATH)?;
        let subscription = subscription.trim().to_owned();
        Ok(Self(CachedCredential::new(Exchange { uri, subscription, api_key, transport })))
    }

    /// Uses another clock for the cache.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self(self.0.with_clock(clock))
    }

    /// Sets up the cache: a store that is shared with others, metrics, renewal in the background.
    #[must_use]
    pub fn with_cache(self, options: &CacheOptions) -> Self {
        Self(self.0.with_options(options))
    }
}

#[async_trait]
impl TokenCredential for RavnurCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.0.get_token(&essence(request)).await
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.0.cached_token(&essence(request)).map(|token| token.clone())
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        self.0.identity()
    }
}

/// Requests that differ in what the service does not know share one token.
fn essence(request: &TokenRequest) -> TokenRequest {
    match request.refused_token() {
        Some(refused) => TokenRequest::default().not_this_token(refused.clone()),
        None => TokenRequest::default(),
    }
}

impl Exchange {
    fn request(&self) -> Result<Request<Bytes>, CredentialError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Ask<'a> {
            subscription_id: &'a str,
            api_key: &'a str,
        }
        let ask = Ask { subscription_id: &self.subscription, api_key: self.api_key.expose() };
        let body = serde_json::to_vec(&ask).map_err(|_| {
            CredentialError::new(
                CredentialErrorKind::InvalidRequest,
                "the Ravnur token request cannot be written",
                "check the subscription id",
            )
        })?;
        let mut request = Request::new(Bytes::from_owner(Zeroizing::new(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, json);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/plain, application/json"));
        Ok(request)
    }
}

#[async_trait]
impl TokenCredential for Exchange {
    async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let response = self.transport.send(self.request()?).await?;
        read(&response)
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        Some(CredentialIdentity::new(self.uri.to_string(), self.subscription.clone()))
    }
}

/// The body is the token's text; some versions wrap it into a JSON string, or into `{"token":..,"exp":..}`.
fn read(response: &Response<Bytes>) -> Result<AccessToken, CredentialError> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Wrapped {
        Text(String),
        Object { token: String },
    }
    if !response.status().is_success() {
        return Err(refusal(response));
    }
    let text = std::str::from_utf8(response.body()).unwrap_or_default().trim();
    let text = match serde_json::from_str(text) {
        Ok(Wrapped::Text(token) | Wrapped::Object { token }) => Zeroizing::new(token),
        Err(_) => Zeroizing::new(text.to_owned()),
    };
    let expires_at = jwt_expires_at(&text).map_err(|_| not_a_token(response))?;
    Ok(AccessToken::new(text.as_str(), expires_at))
}

fn not_a_token(response: &Response<Bytes>) -> CredentialError {
    let error = CredentialError::new(
        CredentialErrorKind::UnexpectedAnswer,
        "the Ravnur service answered with something else than a token",
        "check the API endpoint, and whether a proxy or a web page answers in the service's place",
    );
    with_details(error, response, None)
}

fn refusal(response: &Response<Bytes>) -> CredentialError {
    use CredentialErrorKind::{InvalidRequest, Refused, Throttled, Unavailable};
    let meaning = match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => (
            Refused,
            Some("ravnur-401"),
            "the Ravnur service refuses the subscription or its API key",
            "copy both again from the account's page; a new account's key stands in its tag DefaultApiKey",
        ),
        StatusCode::NOT_FOUND => (
            InvalidRequest,
            Some("ravnur-404"),
            "the Ravnur service has no token endpoint there",
            "give the API endpoint without a path, such as https://rms-x.azurefd.net",
        ),
        StatusCode::TOO_MANY_REQUESTS => (
            Throttled,
            Some("ravnur-429"),
            "the Ravnur service is getting too many requests",
            "wait before asking again",
        ),
        status if status.is_server_error() => {
            (Unavailable, Some("ravnur-5xx"), "the Ravnur service failed for now", "try again later")
        }
        status if status.is_redirection() => return not_a_token(response),
        _ => (
            InvalidRequest,
            None,
            "the Ravnur service refused the token request",
            "check the subscription id and the API endpoint",
        ),
    };
    with_details(error_of(meaning), response, None)
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("uri", &self.uri).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_answer_panics_or_gives_a_token_without_an_expiry(status in 200_u16..600, body in "\\PC{0,60}|\"[a-z.]{0,20}\"|\\{\"token\":\"[a-z.]{0,20}\"\\}") {
            let response = Response::builder().status(status).body(Bytes::from(body)).unwrap();
            prop_assert!(read(&response).is_err());
        }
    }
}
