//! Conditional access: what an administrator demands before the user gets another token.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::error::EntraError;
use super::token_request::TokenRequest;
use crate::accounts::{Accounts, User};

/// Who, by object id, must sign in again, with more proof, before grants without a user at the screen give tokens.
#[derive(Debug, Default)]
pub(crate) struct Interaction(Mutex<BTreeSet<String>>);

/// The policy that demands it. Its id is fixed, as everything here.
const POLICY: &str = "ca000000-0000-4000-8000-000000000001";

impl Interaction {
    /// Demands it of every user.
    pub(crate) fn demand(&self, accounts: &Accounts) {
        self.lock().extend(accounts.users().map(|user| user.object_id.to_owned()));
    }

    /// The user signed in: the policy is content.
    pub(super) fn met(&self, user: &User<'_>) {
        self.lock().remove(user.object_id);
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses a grant at which no user can be asked.
    pub(super) fn check(&self, request: &TokenRequest<'_>, user: &User<'_>) -> Result<(), EntraError> {
        if !self.lock().contains(user.object_id) {
            return Ok(());
        }
        let resource = request.form.field("scope").or(request.form.field("resource")).unwrap_or_default();
        let message = format!(
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must \
             use multi-factor authentication to access '{resource}'."
        );
        let claims = json!({ "access_token": { "capolids": { "essential": true, "values": [POLICY] } } });
        Err(EntraError::bad_request("interaction_required", 50_076, message)
            .because(
                "policy: interaction was demanded; the user must sign in at the page or with a device code",
            )
            .with_suberror("basic_action")
            .with_claims(claims.to_string()))
    }
}
