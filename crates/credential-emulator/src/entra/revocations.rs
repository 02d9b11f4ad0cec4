//! Whose sessions were revoked, and when.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::EmulatorError;
use crate::services::Services;

/// Whose sessions were revoked, by object id, and when, in seconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Revocations(Mutex<HashMap<String, i64>>);

impl Revocations {
    pub(crate) fn revoked_at(&self, object_id: &str) -> Option<i64> {
        self.lock().get(object_id).copied()
    }

    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Revokes what a user or an application has: refresh tokens, the browser's session, and access tokens of clients that handle
/// claims challenges.
pub(crate) fn revoke_sessions(services: &Services, principal: &str) -> Result<(), EmulatorError> {
    let accounts = &services.accounts;
    let is = |name: &str| name.eq_ignore_ascii_case(principal);
    let user = accounts.user(principal).or_else(|| accounts.user_of(principal));
    let app = accounts.principals().find(|app| is(app.client_id) || is(app.object_id));
    let object_id = match (&user, app) {
        (Some(user), _) => user.object_id,
        (None, Some(app)) => app.object_id,
        (None, None) => {
            return Err(EmulatorError::new(
                "principal: no user and no application has this name or id",
                "give a user's name or object id, or an application's client id",
            ));
        }
    };
    if user.is_some() {
        services.sign_ins.refresh_tokens.end_sessions(object_id);
        services.sign_ins.browser.sign_out(object_id);
    }
    let now = services.clock.epoch_seconds();
    services.sign_ins.revocations.lock().insert(object_id.to_owned(), now);
    Ok(())
}
