//! Tokens for code that is not async, inside and outside of runtimes.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use credential::{AccessToken, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest};
use credential_http::Blocking;

/// Needs tokio's timer and gives up its thread, as a real exchange does.
#[derive(Debug)]
struct Slow;

#[async_trait]
impl TokenCredential for Slow {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        tokio::time::timeout(Duration::from_secs(60), tokio::task::yield_now()).await.unwrap();
        assert!(request.tenant() != Some("panic"), "as told");
        match request.scopes().first() {
            Some(scope) => Ok(AccessToken::new(scope.to_string(), SystemTime::UNIX_EPOCH)),
            None => Err(CredentialError::new(CredentialErrorKind::Refused, "no scope", "name one")),
        }
    }
}

fn check() {
    let credential = Blocking::new(Slow);
    assert_eq!(credential.get_token(&TokenRequest::new(["s"])).unwrap().expose(), "s");
    let error = credential.get_token(&TokenRequest::default()).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Refused, "the credential's own error");
}

#[test]
fn works_outside_of_any_runtime() {
    check();
}

#[tokio::test(flavor = "current_thread")]
async fn works_on_the_only_thread_of_a_runtime() {
    check();
}

#[tokio::test(flavor = "multi_thread")]
async fn works_on_a_worker_of_a_runtime() {
    tokio::spawn(async { check() }).await.unwrap();
}

#[test]
fn a_blocking_call_inside_of_a_blocking_call_is_refused() {
    #[derive(Debug)]
    struct Nested;
    #[async_trait]
    impl TokenCredential for Nested {
        async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
            Blocking::new(Slow).get_token(request)
        }
    }
    let error = Blocking::new(Nested).get_token(&TokenRequest::new(["s"])).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
}

#[test]
fn many_threads_share_it() {
    let credential = Blocking::new(Slow);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| credential.get_token(&TokenRequest::new(["s"])).unwrap());
        }
    });
}

#[test]
fn a_panic_is_an_error_and_not_the_end() {
    let credential = Blocking::new(Slow);
    let error = credential.get_token(&TokenRequest::new(["s"]).with_tenant("panic")).unwrap_err();
    assert_eq!(error.kind(), CredentialErrorKind::Unavailable);
    assert_eq!(credential.get_token(&TokenRequest::new(["s"])).unwrap().expose(), "s");
}
