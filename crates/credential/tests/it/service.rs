//! A credential that answers by a script.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use credential::{
    AccessToken, Clock, CredentialError, CredentialErrorKind, CredentialIdentity, TokenCredential,
    TokenRequest,
};
use credential_testkit::FakeClock;
use http::StatusCode;

/// Answers by a script, then with numbered tokens that live an hour. Clones share the script.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    clock: FakeClock,
    script: Arc<Mutex<VecDeque<CredentialError>>>,
    asked: Arc<Mutex<Vec<TokenRequest>>>,
    account: Arc<Mutex<Option<&'static str>>>,
}

impl Service {
    pub(crate) fn new(clock: &FakeClock) -> Self {
        let account = Arc::new(Mutex::new(Some("ada")));
        Self { clock: clock.clone(), script: Arc::default(), asked: Arc::default(), account }
    }

    pub(crate) fn then(self, error: CredentialError) -> Self {
        self.script.lock().unwrap().push_back(error);
        self
    }

    /// Sets who has signed in.
    pub(crate) fn sign_in(&self, account: Option<&'static str>) {
        *self.account.lock().unwrap() = account;
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub(crate) fn last_asked(&self) -> TokenRequest {
        self.asked.lock().unwrap().last().unwrap().clone()
    }
}

#[async_trait]
impl TokenCredential for Service {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.asked.lock().unwrap().push(request.clone());
        tokio::task::yield_now().await;
        match self.script.lock().unwrap().pop_front() {
            Some(error) => Err(error),
            None => {
                let text = format!("token {}", self.asked());
                Ok(AccessToken::new(text, self.clock.now() + Duration::from_secs(3600)))
            }
        }
    }

    fn identity(&self) -> Option<CredentialIdentity> {
        let account = (*self.account.lock().unwrap())?;
        Some(CredentialIdentity::new("https://issuer.example", "client").with_account(account))
    }
}

pub(crate) fn refusal() -> CredentialError {
    CredentialError::new(CredentialErrorKind::Refused, "the service said no", "ask for less")
        .with_status(StatusCode::UNAUTHORIZED)
        .with_code("invalid_client")
}

pub(crate) fn throttling(seconds: u64) -> CredentialError {
    CredentialError::new(CredentialErrorKind::Throttled, "the service is busy", "wait")
        .with_status(StatusCode::TOO_MANY_REQUESTS)
        .with_retry_after(Duration::from_secs(seconds))
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
