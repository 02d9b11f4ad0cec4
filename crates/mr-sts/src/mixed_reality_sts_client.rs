//! The exchange itself.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AccessToken, Clock, CredentialError, CredentialErrorKind, CredentialIdentity, Endpoint, NetworkFailure,
    Random, TokenCredential, TokenRequest, Transport,
};
use http::header::ACCEPT;
use http::{HeaderValue, Request, Response, StatusCode, Uri};

use crate::authorization::{Authorization, Input, Sent};
use crate::refusal::{self, Attempt, CLIENT_CV, Question};
use crate::{Exchanged, MixedRealityBuilder, correlation_vector};

const API_VERSION: &str = "2019-02-28-preview";

/// Exchanges an account key or an Entra token for a Mixed Reality token, anew at every call.
///
/// [`MixedRealityCredential`](crate::MixedRealityCredential) does the same and caches the token, which lives a day: take
/// that one, unless you need the answer's correlation vector or headers.
///
/// # Example
/// ```
/// use credential::AccessKey;
/// # use credential_testkit::ScriptedTransport;
/// use mr_sts::MixedRealityStsClient;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # // {"exp":2147483647}
/// # let answer = r#"{"AccessToken":"h.eyJleHAiOjIxNDc0ODM2NDd9.s"}"#;
/// # let service = ScriptedTransport::new().then(200, &[("MS-CV", "4a5GoRwvf02egrvXeENDyQ.0")], answer);
/// let id = "68321d5a-7978-4ceb-b880-0f49751daae9";
/// let client = MixedRealityStsClient::builder(id, "eastus2.mixedreality.azure.com")
///     .account_key(AccessKey::from_base64("c2VjcmV0")?)
/// #     .transport(service.shared())
///     .build()?;
///
/// let exchanged = client.exchange().await?;
/// assert_eq!(exchanged.correlation_vector(), Some("4a5GoRwvf02egrvXeENDyQ.0"));
/// # Ok(())
/// # }
/// ```
pub struct MixedRealityStsClient {
    account_id: String,
    endpoint: Endpoint,
    uri: Uri,
    input: Input,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl MixedRealityStsClient {
    /// Starts with the account's id (a UUID) and domain, both from its overview page in the portal.
    pub fn builder(account_id: &str, account_domain: &str) -> MixedRealityBuilder<Self> {
        MixedRealityBuilder::new(account_id, account_domain)
    }

    pub(crate) fn new(
        account_id: String,
        endpoint: Endpoint,
        input: Input,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, CredentialError> {
        let uri = endpoint.uri(&format!("/Accounts/{account_id}/token?api-version={API_VERSION}"))?;
        Ok(Self { account_id, endpoint, uri, input, transport, clock, random })
    }

    /// Returns the account's id, in lower case.
    pub fn account_id(&self) -> &str {
        &self.account_id
    }

    /// Returns the address of the service.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The version of the account key; zero when there is none.
    pub(crate) fn key_version(&self) -> u64 {
        match &self.input {
            Input::Key(keys) => keys.version(),
            Input::Token { .. } => 0,
        }
    }

    /// Gets a Mixed Reality token. One correlation vector names the call, however many attempts it takes.
    ///
    /// When the service refuses an Entra token (status 401), the credential is asked once for another one; when it refuses an
    /// account key, the other key is tried once, if there is one.
    ///
    /// # Errors
    /// - [`Refused`](CredentialErrorKind::Refused) with `MS-CV` and `X-MRC-CV` when the service says no,
    ///   [`Throttled`](CredentialErrorKind::Throttled) or [`Unavailable`](CredentialErrorKind::Unavailable) when it
    ///   cannot answer now, [`UnexpectedAnswer`](CredentialErrorKind::UnexpectedAnswer) when the answer is none of its.
    /// - [`Unreachable`](CredentialErrorKind::Unreachable) when no answer came.
    /// - The token credential's own errors.
    pub async fn exchange(&self) -> Result<Exchanged, CredentialError> {
        let vector = correlation_vector::base(&self.random)?;
        let (response, sent) = self.send(&vector, None).await?;
        let another = match &sent {
            Some(sent) if response.status() == StatusCode::UNAUTHORIZED => self.another(sent).await,
            _ => Ok(None),
        };
        match another {
            Ok(Some(other)) => {
                let (response, sent) = self.send(&vector, Some(other)).await?;
                self.read(&response, &vector, sent.as_ref(), Attempt::Second)
            }
            Ok(None) => self.read(&response, &vector, sent.as_ref(), Attempt::First),
            // The refusal is what a person must act on; why no other token came stands underneath.
            Err(why) => self
                .read(&response, &vector, sent.as_ref(), Attempt::First)
                .map_err(|error| error.with_source(why)),
        }
    }

    /// Something else to ask with than what was refused.
    async fn another(&self, refused: &Sent) -> Result<Option<Sent>, CredentialError> {
        match (&self.input, refused) {
            (Input::Key(keys), Sent::Key(refused)) => Ok(keys.other_than(refused).map(Sent::Key)),
            (Input::Token { credential, request }, Sent::Token(refused)) => {
                let other = credential.get_token(&request.clone().not_this_token(refused.clone())).await?;
                Ok((!other.is_same_token(refused)).then_some(Sent::Token(other)))
            }
            (Input::Key(_), Sent::Token(_)) | (Input::Token { .. }, Sent::Key(_)) => Ok(None),
        }
    }

    async fn send(
        &self,
        vector: &str,
        instead: Option<Sent>,
    ) -> Result<(Response<Bytes>, Option<Sent>), CredentialError> {
        let authorization = Authorization::new(&self.account_id, &self.input, instead);
        let request = exchange_request(&self.uri, vector);
        let response = self.transport.send_authorized(request, &authorization).await.map_err(|error| {
            let ours = error.network_failure() == Some(NetworkFailure::Dns)
                && error.problem().contains(self.endpoint.host());
            if ours { unknown_host(error, vector) } else { error }
        })?;
        Ok((response, authorization.into_sent()))
    }

    fn read(
        &self,
        response: &Response<Bytes>,
        vector: &str,
        sent: Option<&Sent>,
        attempt: Attempt,
    ) -> Result<Exchanged, CredentialError> {
        let scope = match &self.input {
            Input::Key(_) => None,
            Input::Token { request, .. } => request.scopes().first().map(AsRef::as_ref),
        };
        let question = Question { correlation_vector: vector, sent, scope, attempt, now: self.clock.now() };
        if response.status().is_success() {
            if let (Input::Key(keys), Some(Sent::Key(taken))) = (&self.input, sent) {
                keys.taken(taken);
            }
            Exchanged::read(response, &question)
        } else {
            Err(refusal::read(response, &question))
        }
    }
}

/// `GET /Accounts/{id}/token` (version 2019-02-28-preview of the service's API description).
fn exchange_request(uri: &Uri, vector: &str) -> Request<Bytes> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = uri.clone();
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    // Base64 always stands in a header.
    if let Ok(vector) = HeaderValue::from_str(vector) {
        request.headers_mut().insert(CLIENT_CV, vector);
    }
    request
}

fn unknown_host(error: CredentialError, vector: &str) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::Unreachable,
        error.problem().to_owned(),
        "check the account domain; Microsoft has retired its Mixed Reality services, so for a compatible one give its \
         address with endpoint()",
    )
    .with_network_failure(NetworkFailure::Dns)
    .with_id("X-MRC-CV", vector)
    .with_source(error)
}

/// Asks the service at every call; whatever the request names besides is ignored, as the account decides it.
#[async_trait]
impl TokenCredential for MixedRealityStsClient {
    async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.exchange().await.map(Exchanged::into_token)
    }

    /// The service, the Mixed Reality account, and on whose behalf an Entra token is exchanged.
    fn identity(&self) -> Option<CredentialIdentity> {
        let ours = CredentialIdentity::new(self.endpoint.authority().to_owned(), self.account_id.clone());
        let Input::Token { credential, .. } = &self.input else { return Some(ours) };
        Some(ours.with_account_of(&credential.identity()?))
    }
}

impl fmt::Debug for MixedRealityStsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MixedRealityStsClient")
            .field("account_id", &self.account_id)
            .field("endpoint", &self.endpoint)
            .field("input", &self.input)
            .finish_non_exhaustive()
    }
}
