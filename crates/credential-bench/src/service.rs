//! A service that issues tokens, as each contestant reaches it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, HttpClient, Request, StatusCode};
use credential::{AccessToken, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest};

/// How long it takes, what it answers, and how often it was asked.
#[derive(Clone, Debug)]
pub struct Service {
    pub takes: Duration,
    pub refuses: bool,
    /// Seconds that a token lives.
    pub life: u64,
    /// After how much of its life our credential is told to renew a token.
    pub renewal_after: Option<Duration>,
    pub asked: Arc<AtomicUsize>,
}

/// A token's text: 1,500 characters, as Entra's have.
pub fn token() -> String {
    "t".repeat(1500)
}

impl Service {
    pub fn new(takes_ms: u64, refuses: bool, life: u64) -> Self {
        let takes = Duration::from_millis(takes_ms);
        Self { takes, refuses, life, renewal_after: None, asked: Arc::default() }
    }

    pub fn times_asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Waits as long as the service takes; says whether it gives a token.
    pub async fn answer(&self) -> bool {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if !self.takes.is_zero() {
            tokio::time::sleep(self.takes).await;
        }
        !self.refuses
    }

    /// The body of an answer.
    pub fn body(&self) -> String {
        if self.refuses {
            return r#"{"error":"invalid_client","error_description":"no"}"#.to_owned();
        }
        format!(r#"{{"token_type":"Bearer","expires_in":{},"access_token":"{}"}}"#, self.life, token())
    }
}

#[async_trait]
impl TokenCredential for Service {
    async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        if !self.answer().await {
            return Err(CredentialError::new(CredentialErrorKind::Refused, "refused", "expect this"));
        }
        let now = SystemTime::now();
        let token = AccessToken::new(token(), now + Duration::from_secs(self.life));
        Ok(match self.renewal_after {
            Some(after) => token.with_refresh_at(now + after),
            None => token,
        })
    }
}

#[async_trait]
impl HttpClient for Service {
    async fn execute_request(&self, _request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let status = if self.answer().await { StatusCode::Ok } else { StatusCode::Unauthorized };
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), self.body()))
    }
}
