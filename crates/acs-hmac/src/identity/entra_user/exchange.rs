//! The last exchange, and the one at a time that replaces it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use credential::{AccessToken, Clock, CredentialError, TokenRequest};

use crate::UserAndToken;

/// Remembers the last exchange, and lets one caller make the next.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    last: Mutex<Last>,
    /// Whoever holds it may exchange.
    gate: async_lock::Mutex<()>,
}

#[derive(Debug, Default)]
struct Last {
    /// The exchanges that have ended.
    attempts: u64,
    entra: Option<AccessToken>,
    outcome: Option<Outcome>,
}

#[derive(Debug)]
enum Outcome {
    /// With the expiry on the scale that is never set back.
    Exchanged(UserAndToken, Duration),
    Failed(CredentialError),
}

impl Exchange {
    /// Returns what `entra` was exchanged for when that is still valid. Otherwise `exchange` is awaited, or another
    /// caller's exchange of the same token, whose failure is shared too.
    pub(super) async fn get(
        &self,
        clock: &dyn Clock,
        request: &TokenRequest,
        entra: &AccessToken,
        exchange: impl Future<Output = Result<UserAndToken, CredentialError>>,
    ) -> Result<UserAndToken, CredentialError> {
        if let Some(exchanged) = self.valid(clock, request, entra) {
            return Ok(exchanged);
        }
        let attempts = self.last().attempts;
        let _gate = self.gate.lock().await;
        if let Some(exchanged) = self.valid(clock, request, entra) {
            return Ok(exchanged);
        }
        if let Some(error) = self.failure_since(attempts, entra) {
            return Err(error);
        }
        let result = exchange.await;
        self.note(clock, entra, &result);
        result
    }

    fn valid(&self, clock: &dyn Clock, request: &TokenRequest, entra: &AccessToken) -> Option<UserAndToken> {
        let last = self.last();
        match &last.outcome {
            Some(Outcome::Exchanged(exchanged, dies_at))
                if last.is_of(entra)
                    && clock.elapsed() < *dies_at
                    && exchanged.token().is_valid_at(clock.now())
                    && !request.refuses(exchanged.token()) =>
            {
                Some(exchanged.clone())
            }
            _ => None,
        }
    }

    fn failure_since(&self, attempts: u64, entra: &AccessToken) -> Option<CredentialError> {
        let last = self.last();
        match &last.outcome {
            Some(Outcome::Failed(error)) if last.attempts > attempts && last.is_of(entra) => {
                Some(error.clone())
            }
            _ => None,
        }
    }

    fn note(&self, clock: &dyn Clock, entra: &AccessToken, result: &Result<UserAndToken, CredentialError>) {
        let outcome = match result {
            Ok(exchanged) => {
                let life = exchanged.token().expires_at().duration_since(clock.now()).unwrap_or_default();
                Outcome::Exchanged(exchanged.clone(), clock.elapsed().saturating_add(life))
            }
            Err(error) => Outcome::Failed(error.clone()),
        };
        let mut last = self.last();
        last.attempts += 1;
        last.entra = Some(entra.clone());
        last.outcome = Some(outcome);
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        // Every write leaves it whole, so a panic elsewhere does not make it bad.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Last {
    fn is_of(&self, entra: &AccessToken) -> bool {
        self.entra.as_ref().is_some_and(|last| last.is_same_token(entra))
    }
}
