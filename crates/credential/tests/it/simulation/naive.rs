//! A simple cache that makes one mistake.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use credential::{AccessToken, Clock, CredentialError, TokenCredential, TokenRequest};
use tokio::sync::Notify;

use super::issuer::Issuer;
use super::world::Subject;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    FetchesTwice,
    LooksAtTheWallOnly,
    FailsWithTheRenewal,
    LocksAllKeys,
    ForgetsThoseWhoWait,
    ReturnsWhatWasRefused,
    AsksAgainAtOnce,
}

pub(crate) struct Naive {
    issuer: Issuer,
    mistake: Mistake,
    tokens: Mutex<HashMap<String, (AccessToken, Duration)>>,
    gates: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    fetching: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Naive {
    pub(crate) fn new(issuer: Issuer, mistake: Mistake) -> Self {
        Self {
            issuer,
            mistake,
            tokens: Mutex::default(),
            gates: Mutex::default(),
            fetching: Mutex::default(),
        }
    }

    fn find(&self, request: &TokenRequest) -> Option<AccessToken> {
        let tokens = self.tokens.lock().unwrap();
        let (token, dies_at) = tokens.get(&*request.scopes()[0])?;
        let is_alive = self.mistake == Mistake::LooksAtTheWallOnly || self.issuer.clock.elapsed() < *dies_at;
        let may_return = self.mistake == Mistake::ReturnsWhatWasRefused || !request.refuses(token);
        (is_alive && may_return && token.is_valid_at(self.issuer.clock.now())).then(|| token.clone())
    }

    async fn fetch(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let token = self.issuer.get_token(request).await?;
        let life = token.expires_at().duration_since(self.issuer.clock.now()).unwrap_or_default();
        let kept = (token.clone(), self.issuer.clock.elapsed() + life);
        self.tokens.lock().unwrap().insert(request.scopes()[0].to_string(), kept);
        Ok(token)
    }

    fn gate(&self, scope: &str) -> Arc<tokio::sync::Mutex<()>> {
        let name = if self.mistake == Mistake::LocksAllKeys { "all" } else { scope };
        self.gates.lock().unwrap().entry(name.to_owned()).or_default().clone()
    }

    /// The caller who fetches wakes the others, unless it is dropped.
    async fn wait_or_fetch(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let scope = request.scopes()[0].to_string();
        let others = self.fetching.lock().unwrap().get(&scope).cloned();
        if let Some(others) = others {
            others.notified().await;
            return self.find(request).ok_or_else(|| {
                CredentialError::new(credential::CredentialErrorKind::Refused, "no token came", "try again")
            });
        }
        let done = Arc::new(Notify::new());
        self.fetching.lock().unwrap().insert(scope.clone(), done.clone());
        let result = self.fetch(request).await;
        self.fetching.lock().unwrap().remove(&scope);
        done.notify_waiters();
        result
    }
}

#[async_trait(?Send)]
impl Subject for Naive {
    async fn get(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let soon = Duration::from_secs(300);
        let found = self.find(request);
        if let Some(token) = &found
            && (self.mistake != Mistake::FailsWithTheRenewal
                || token.is_valid_at(self.issuer.clock.now() + soon))
        {
            return Ok(token.clone());
        }
        match self.mistake {
            Mistake::FetchesTwice => return self.fetch(request).await,
            Mistake::ForgetsThoseWhoWait => return self.wait_or_fetch(request).await,
            _ => {}
        }
        let gate = self.gate(&request.scopes()[0]);
        let _gate = gate.lock().await;
        match self.find(request) {
            Some(token) if self.mistake != Mistake::FailsWithTheRenewal => Ok(token),
            _ => self.fetch(request).await,
        }
    }

    async fn refresh(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let gate = self.gate(&request.scopes()[0]);
        let _gate = gate.lock().await;
        self.fetch(request).await
    }

    async fn invalidate(&self, token: &AccessToken) {
        self.tokens.lock().unwrap().retain(|_, (kept, _)| !kept.is_same_token(token));
    }

    fn clear(&self) {
        self.tokens.lock().unwrap().clear();
    }

    fn hit(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.find(request)
    }
}
