//! Several credentials, tried in order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use async_trait::async_trait;
use credential::{
    AccessToken, ChainedCredential, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest,
};
use http::StatusCode;

#[derive(Debug)]
struct Fails(CredentialErrorKind, &'static str);

#[async_trait]
impl TokenCredential for Fails {
    async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        Err(CredentialError::new(self.0, self.1, "mend it")
            .with_status(StatusCode::UNAUTHORIZED)
            .with_id("MS-CV", "cv.0"))
    }
}

#[derive(Debug, Default)]
struct Answers(AtomicUsize);

#[async_trait]
impl TokenCredential for Answers {
    async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(AccessToken::new(format!("answer {number}"), SystemTime::UNIX_EPOCH))
    }
}

async fn ask(chain: &ChainedCredential) -> Result<AccessToken, CredentialError> {
    chain.get_token(&TokenRequest::default()).await
}

#[tokio::test]
async fn the_first_that_is_configured_answers_and_is_remembered() {
    let chain = ChainedCredential::new()
        .then("environment", Fails(CredentialErrorKind::NotConfigured, "AZURE_CLIENT_ID is not set"))
        .then("second", Answers::default())
        .then("third", Fails(CredentialErrorKind::Refused, "never asked"));
    assert_eq!(chain.answered_by(), None);
    assert_eq!(ask(&chain).await.unwrap().expose(), "answer 1");
    assert_eq!(chain.answered_by(), Some("second"));
    assert_eq!(chain.identity(), None, "the second one does not say whose its tokens are");
    assert_eq!(ask(&chain).await.unwrap().expose(), "answer 2");
}

#[tokio::test]
async fn a_configured_credential_that_fails_ends_the_search() {
    let chain = ChainedCredential::new()
        .then("environment", Fails(CredentialErrorKind::NotConfigured, "AZURE_CLIENT_ID is not set"))
        .then("client secret", Fails(CredentialErrorKind::Refused, "the secret has expired"))
        .then("somebody else", Answers::default());
    let error = ask(&chain).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused);
    assert_eq!(error.id("MS-CV"), Some("cv.0"));
    assert_eq!(
        error.to_string(),
        "client secret (after environment, not configured): the secret has expired (HTTP 401, MS-CV cv.0): mend it"
    );
    assert_eq!(chain.answered_by(), None);
}

#[tokio::test]
async fn when_none_is_configured_each_says_why() {
    let chain = ChainedCredential::new()
        .then("environment", Fails(CredentialErrorKind::NotConfigured, "AZURE_CLIENT_ID is not set"))
        .then("vault", Fails(CredentialErrorKind::NotConfigured, "no address is given"));
    let error = ask(&chain).await.unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::NotConfigured);
    assert_eq!(
        error.to_string(),
        "no credential of the chain is configured; environment: AZURE_CLIENT_ID is not set (mend it); \
         vault: no address is given (mend it): configure one of them"
    );
    assert_eq!(ask(&ChainedCredential::new()).await.unwrap_err().kind(), CredentialErrorKind::NotConfigured);
}
