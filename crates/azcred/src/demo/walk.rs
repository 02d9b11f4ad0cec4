//! Takes steps and writes down what came of each.

use std::fmt;
use std::future::Future;

use credential::{AccessToken, CredentialError, CredentialErrorKind};
use credential_emulator::{Emulator, RequestRecord};
use http::StatusCode;

use super::step::{Exchange, Expected, Outcome, Plan, Shown, Step};
use crate::failure::Failure;

type Tell = fn(usize, &Step) -> Result<(), Failure>;

/// Takes steps against an emulator, and asks its log what was verified.
pub(crate) struct Walk<'a> {
    emulator: &'a Emulator,
    tell: Tell,
    steps: Vec<Step>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(emulator: &'a Emulator) -> Self {
        Self { emulator, tell: |_, _| Ok(()), steps: Vec::new() }
    }

    /// Calls this after each step.
    pub(crate) fn telling(mut self, tell: Tell) -> Self {
        self.tell = tell;
        self
    }

    pub(crate) fn emulator(&self) -> &'a Emulator {
        self.emulator
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    /// Takes one step.
    pub(crate) async fn step(
        &mut self,
        plan: Plan,
        doing: impl Future<Output = Result<Shown, CredentialError>>,
    ) -> Result<(), Failure> {
        let before = self.emulator.requests().len();
        let ended = doing.await;
        let records = self.emulator.requests().split_off(before);
        self.steps.push(written_down(plan, ended, &records));
        match self.steps.last() {
            Some(step) => (self.tell)(self.steps.len(), step),
            None => Ok(()),
        }
    }
}

fn written_down(plan: Plan, ended: Result<Shown, CredentialError>, records: &[RequestRecord]) -> Step {
    let is_as_expected = match (&ended, plan.expected) {
        (Ok(_), Expected::Success) => true,
        (Err(error), Expected::Refusal) => is_refusal(error),
        _ => false,
    };
    let (shown, error) = match ended {
        Ok(shown) => (shown, None),
        Err(error) => (Shown::default(), Some(error.to_string())),
    };
    let requests: Vec<Exchange> = records.iter().map(Exchange::from).collect();
    Step {
        name: plan.name,
        asked: plan.asked,
        answered_by: requests.last().map_or("nobody", |exchange| exchange.service),
        verified: requests.iter().flat_map(|exchange| exchange.verified.clone()).collect(),
        requests,
        token_length: shown.token.as_ref().map(|token| token.expose().len()),
        expires_at: shown.token.as_ref().map(AccessToken::expires_at),
        result: shown.result,
        expected: plan.expected,
        outcome: if is_as_expected { Outcome::AsExpected } else { Outcome::Unexpected },
        error,
        reason: records.iter().rev().find_map(|record| record.refusal.clone()),
    }
}

fn is_refusal(error: &CredentialError) -> bool {
    error.kind() == CredentialErrorKind::Refused && error.status() == Some(StatusCode::UNAUTHORIZED)
}

impl fmt::Debug for Walk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("steps", &self.steps).finish_non_exhaustive()
    }
}
