//! The bridge inside a whole pipeline of `azure_core`, policies and all; only its HTTP client is a stand-in.
#![expect(
    elided_lifetimes_in_paths,
    reason = "azure_core's traits leave them out, and async-trait wants the same"
)]

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::http::headers::{HeaderName, Headers};
use azure_core::http::policies::Policy;
use azure_core::http::policies::auth::{Authorizer, BearerTokenAuthorizationPolicy, OnChallenge};
use azure_core::http::{
    AsyncRawResponse, ClientOptions, Context, HttpClient, Method, Pipeline, Request, StatusCode, Transport,
};
use credential::{
    AccessToken, ClaimsChallenge, CredentialError, CredentialErrorKind, IntoAzureCore, TokenCredential,
    TokenRequest,
};

const SCOPE: &str = "https://vault.azure.net/.default";
/// Base64 of `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`.
const CLAIMS: &str = "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ==";

/// Gives a token that names whether claims were asked for, or fails.
#[derive(Clone, Debug, Default)]
struct Ours {
    asked: Arc<Mutex<Vec<TokenRequest>>>,
    failure: Option<CredentialError>,
}

#[async_trait]
impl TokenCredential for Ours {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.asked.lock().unwrap().push(request.clone());
        if let Some(error) = &self.failure {
            return Err(error.clone());
        }
        let text = if request.claims().is_some() { "with-claims" } else { "plain" };
        Ok(AccessToken::new(text, SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000)))
    }
}

/// A resource that wants claims.
#[derive(Clone, Debug, Default)]
struct Resource(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl HttpClient for Resource {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let token = request.headers().get_str(&HeaderName::from_static("authorization"))?.to_owned();
        self.0.lock().unwrap().push(token.clone());
        let mut headers = Headers::new();
        if token == "Bearer with-claims" {
            return Ok(AsyncRawResponse::from_bytes(StatusCode::Ok, headers, "opened"));
        }
        let challenge = format!(r#"Bearer realm="", error="insufficient_claims", claims="{CLAIMS}""#);
        headers.insert("www-authenticate", challenge);
        Ok(AsyncRawResponse::from_bytes(StatusCode::Unauthorized, headers, ""))
    }
}

/// What a client of Microsoft's does with a challenge, once it knows our types: the claims go into the typed context.
#[derive(Debug)]
struct AnswerClaims;

#[async_trait]
impl OnChallenge for AnswerClaims {
    async fn on_challenge(
        &self,
        _context: &Context,
        request: &mut Request,
        authorizer: &dyn Authorizer,
        headers: &Headers,
    ) -> azure_core::Result<()> {
        let text = headers.get_str(&HeaderName::from_static("www-authenticate"))?;
        let received = http::HeaderMap::from_iter([(http::header::WWW_AUTHENTICATE, text.parse().unwrap())]);
        let challenge = ClaimsChallenge::in_headers(&received).unwrap();
        let mut options = azure_core::credentials::TokenRequestOptions::default();
        options.method_options.context.insert(challenge.answer(&TokenRequest::new([SCOPE])));
        authorizer.authorize(request, &[SCOPE], options).await
    }
}

fn pipeline(credential: Ours, resource: &Resource) -> Pipeline {
    let bearer = BearerTokenAuthorizationPolicy::new(credential.into_azure_core(), [SCOPE])
        .with_on_challenge(Arc::new(AnswerClaims));
    let options = ClientOptions {
        transport: Some(Transport::new(Arc::new(resource.clone()))),
        ..ClientOptions::default()
    };
    let bearer: Arc<dyn Policy> = Arc::new(bearer);
    Pipeline::new(Some("bridge"), Some("0.1.0"), options, Vec::new(), vec![bearer], None)
}

async fn send(pipeline: &Pipeline) -> azure_core::Result<azure_core::http::RawResponse> {
    let mut request = Request::new("https://vault.example/".parse().unwrap(), Method::Get);
    pipeline.send(&Context::new(), &mut request, None).await
}

#[tokio::test]
async fn claims_of_a_challenge_reach_our_credential_through_the_typed_context() {
    let (ours, resource) = (Ours::default(), Resource::default());
    let answer = send(&pipeline(ours.clone(), &resource)).await.unwrap();
    assert_eq!(answer.body().as_ref(), b"opened");
    assert_eq!(*resource.0.lock().unwrap(), ["Bearer plain", "Bearer with-claims"]);
    let asked = ours.asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].claims(), None);
    assert_eq!(asked[1].claims(), Some(r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#));
    assert!(asked.iter().all(|request| request.scopes() == [SCOPE]));
}

#[tokio::test]
async fn our_error_is_found_in_what_the_pipeline_fails_with() {
    let failure =
        CredentialError::new(CredentialErrorKind::Refused, "the secret has expired", "make a new one")
            .with_code("AADSTS7000222");
    let (ours, resource) = (Ours { failure: Some(failure), ..Ours::default() }, Resource::default());
    let error = send(&pipeline(ours.clone(), &resource)).await.unwrap_err();
    assert!(resource.0.lock().unwrap().is_empty(), "nothing is sent without a token");
    assert_eq!(ours.asked.lock().unwrap().len(), 1, "their retry leaves credentials alone");
    let found = CredentialError::find_in(&error).unwrap();
    assert_eq!(found.code(), Some("AADSTS7000222"));
}
