//! Conditional access: what an administrator demands before the user gets another token.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::error::EntraError;
use super::token_request::TokenRequest;

/// Whether the user must sign in again, with more proof, before grants without a user at the screen give tokens.
#[derive(Debug, Default)]
pub(crate) struct Interaction(AtomicBool);

/// The policy that demands it. Its id is fixed, as everything here.
const POLICY: &str = "ca000000-0000-4000-8000-000000000001";

impl Interaction {
    pub(crate) fn demand(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// The user signed in: the policy is content.
    pub(super) fn met(&self) {
        self.0.store(false, Ordering::Release);
    }

    /// Refuses a grant at which no user can be asked.
    pub(super) fn check(&self, request: &TokenRequest<'_>) -> Result<(), EntraError> {
        if !self.0.load(Ordering::Acquire) {
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
