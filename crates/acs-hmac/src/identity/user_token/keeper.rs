//! The present user access token, and the one refresh at a time that replaces it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use credential::{AccessToken, Clock, CredentialError, CredentialErrorKind, Random, TokenRequest};

use super::RefreshUserToken;
use super::refresh_schedule::{on_demand_at, pause_after, proactive_wait};

/// The present token, and the one refresh at a time that replaces it.
pub(super) struct Keeper {
    refresher: Arc<dyn RefreshUserToken>,
    clock: Arc<dyn Clock>,
    random: Option<Arc<dyn Random>>,
    state: Mutex<State>,
    /// Whoever holds it may call the refresher.
    gate: async_lock::Mutex<()>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// The refreshes that have ended.
    attempts: u64,
    /// How many of them failed since the last that did not, and the last failure.
    failures: u32,
    failure: Option<CredentialError>,
    /// After a failure: when to try again, on the scale that is never set back.
    retry_at: Duration,
}

struct Held {
    token: AccessToken,
    /// From here on callers renew it.
    due_at: SystemTime,
    /// The expiry on the scale that is never set back.
    dies_at: Duration,
}

enum Lookup {
    Fresh(AccessToken),
    Due(AccessToken),
    Nothing,
}

/// What the background does next: wait, then refresh, unless somebody else did in the meantime.
pub(super) struct Plan {
    pub(super) wait: Duration,
    attempts: u64,
}

impl Keeper {
    pub(super) fn new(
        refresher: Arc<dyn RefreshUserToken>,
        initial: Option<AccessToken>,
        clock: Arc<dyn Clock>,
        random: Option<Arc<dyn Random>>,
    ) -> Self {
        let held = initial.map(|token| Held::new(token, &*clock));
        let state = Mutex::new(State { held, ..State::default() });
        Self { refresher, clock, random, state, gate: async_lock::Mutex::new(()) }
    }

    /// Returns a valid token: at once when there is one that is not due.
    pub(super) async fn token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        match self.look_up(request) {
            Lookup::Fresh(token) => Ok(token),
            Lookup::Due(token) => self.renew(request, token).await,
            Lookup::Nothing => self.refresh_once(request).await,
        }
    }

    /// Returns the token when it is valid and not due.
    pub(super) fn fresh(&self, request: &TokenRequest) -> Option<AccessToken> {
        match self.look_up(request) {
            Lookup::Fresh(token) => Some(token),
            Lookup::Due(_) | Lookup::Nothing => None,
        }
    }

    /// One caller renews a token that is due; the others go on with it, and so does this one when that fails.
    async fn renew(
        &self,
        request: &TokenRequest,
        current: AccessToken,
    ) -> Result<AccessToken, CredentialError> {
        let Some(_gate) = self.gate.try_lock() else { return Ok(current) };
        // Perhaps renewed between the look and the lock.
        if let Lookup::Fresh(token) = self.look_up(request) {
            return Ok(token);
        }
        let result = self.refresh(request).await;
        match (result, self.look_up(request)) {
            (Err(error), Lookup::Nothing) => Err(error),
            (Err(_), Lookup::Fresh(token) | Lookup::Due(token)) | (Ok(token), _) => Ok(token),
        }
    }

    /// Refreshes, or shares what another caller refreshes, be it a token or a failure.
    async fn refresh_once(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let attempts = self.state().attempts;
        let _gate = self.gate.lock().await;
        if let Lookup::Fresh(token) | Lookup::Due(token) = self.look_up(request) {
            return Ok(token);
        }
        match self.failure_since(attempts) {
            Some(error) => Err(error),
            None => self.refresh(request).await,
        }
    }

    pub(super) fn plan(&self) -> Plan {
        let state = self.state();
        let wait = match &state.held {
            _ if state.failures > 0 => state.retry_at.saturating_sub(self.clock.elapsed()),
            Some(held) if held.is_valid(&*self.clock) => proactive_wait(held.remaining(&*self.clock)),
            _ => Duration::ZERO,
        };
        Plan { wait, attempts: state.attempts }
    }

    /// Carries out a plan whose wait is over.
    pub(super) async fn follow(&self, plan: Plan) {
        let _gate = self.gate.lock().await;
        let is_current = self.state().attempts == plan.attempts;
        if is_current && let Err(error) = self.refresh(&TokenRequest::default()).await {
            tracing::warn!(%error, "refreshing a user access token ahead of its expiry failed; it is tried again");
        }
    }

    /// Calls the refresher; to be called by the holder of the gate.
    async fn refresh(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let result = self.refresher.refresh().await.and_then(|token| self.check(token, request));
        let present = self.clock.elapsed();
        let jitter = self.jitter();
        let mut state = self.state();
        state.attempts += 1;
        match &result {
            Ok(token) => {
                state.held = Some(Held::new(token.clone(), &*self.clock));
                state.failures = 0;
                state.failure = None;
                state.retry_at = Duration::ZERO;
            }
            Err(error) => {
                state.failures = state.failures.saturating_add(1);
                state.failure = Some(error.clone());
                state.retry_at = present + pause_after(state.failures, jitter, error.retry_after());
            }
        }
        result
    }

    fn check(&self, token: AccessToken, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let fail = |kind, problem, fix| Err(CredentialError::new(kind, problem, fix));
        if token.expose().trim().is_empty() {
            let fix = "return the token that the Identity service issued, or an error";
            return fail(CredentialErrorKind::UnexpectedAnswer, "the refresher returned an empty token", fix);
        }
        if !token.is_valid_at(self.clock.now()) {
            let fix =
                "issue a new token in the refresher instead of returning a kept one, and check the clocks";
            return fail(
                CredentialErrorKind::UnexpectedAnswer,
                "the refresher returned an expired token",
                fix,
            );
        }
        if request.refuses(&token) {
            let problem = "the refresher returned the very token that the service has refused";
            return fail(CredentialErrorKind::Refused, problem, "issue a new token in the refresher");
        }
        Ok(token)
    }

    /// Without randomness, or when it fails, pauses are not jittered.
    fn jitter(&self) -> u8 {
        let mut byte = [0];
        match &self.random {
            Some(random) if random.fill(&mut byte).is_ok() => byte[0],
            _ => 0,
        }
    }

    fn look_up(&self, request: &TokenRequest) -> Lookup {
        let state = self.state();
        match &state.held {
            Some(held) if held.is_valid(&*self.clock) && !request.refuses(&held.token) => {
                let is_due = held.due_at <= self.clock.now() && state.retry_at <= self.clock.elapsed();
                let token = held.token.clone();
                if is_due { Lookup::Due(token) } else { Lookup::Fresh(token) }
            }
            _ => Lookup::Nothing,
        }
    }

    fn failure_since(&self, attempts: u64) -> Option<CredentialError> {
        let state = self.state();
        if state.attempts > attempts { state.failure.clone() } else { None }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every write leaves the state whole, so a panic elsewhere does not make it bad.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn new(token: AccessToken, clock: &dyn Clock) -> Self {
        let now = clock.now();
        let life = token.expires_at().duration_since(now).unwrap_or_default();
        Self { due_at: on_demand_at(now, life), dies_at: clock.elapsed().saturating_add(life), token }
    }

    fn is_valid(&self, clock: &dyn Clock) -> bool {
        clock.elapsed() < self.dies_at && self.token.is_valid_at(clock.now())
    }

    /// What is left on the scale on which less is left.
    fn remaining(&self, clock: &dyn Clock) -> Duration {
        let by_wall = self.token.expires_at().duration_since(clock.now()).unwrap_or_default();
        by_wall.min(self.dies_at.saturating_sub(clock.elapsed()))
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("refresher", &self.refresher).finish_non_exhaustive()
    }
}
