//! Who is signed in.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use credential::Secret;

use crate::client::Client;
use crate::{AuthenticationRecord, Authority, TokenResponse};

/// The accounts that are signed in, with their refresh tokens. Clones are the same session; give one to several
/// credentials, and a person signs in once.
///
/// A refresh token stays here until an answer brings its successor or Entra calls it dead; a failed exchange loses nothing.
/// It is sent to the place that issued it and on behalf of the app that it was issued to, and to no other.
///
/// # Example
/// ```
/// use entra::UserSession;
///
/// let session = UserSession::new();
/// assert!(session.accounts().is_empty(), "nobody has signed in yet");
/// ```
#[derive(Clone, Default)]
pub struct UserSession(Arc<Mutex<Vec<Entry>>>);

struct Entry {
    record: AuthenticationRecord,
    authority: Authority,
    /// None once Entra has called it dead.
    refresh_token: Option<Secret>,
    /// Held by whoever spends the refresh token.
    turn: Arc<async_lock::Mutex<()>>,
}

/// A refresh token, and whose it is.
pub(crate) struct Held {
    pub(crate) account: String,
    pub(crate) refresh_token: Secret,
}

impl Entry {
    fn is_of(&self, client: &Client) -> bool {
        self.record.client_id() == client.id && self.authority.is_same_place(&client.authority)
    }

    fn is(&self, client: &Client, account: &str) -> bool {
        self.is_of(client) && self.record.home_account_id() == account
    }
}

impl UserSession {
    /// Begins with nobody signed in.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns who is signed in, in the order of their first sign-in.
    pub fn accounts(&self) -> Vec<AuthenticationRecord> {
        self.entries().iter().map(|entry| entry.record.clone()).collect()
    }

    /// Forgets an account and its refresh token. Says whether it was signed in.
    ///
    /// Access tokens that were handed out stay valid until they expire, and the browser's own session goes on.
    pub fn sign_out(&self, account: &AuthenticationRecord) -> bool {
        let mut entries = self.entries();
        let before = entries.len();
        let is_it = |record: &AuthenticationRecord| {
            record.home_account_id() == account.home_account_id()
                && record.client_id() == account.client_id()
                && record.authority() == account.authority()
        };
        entries.retain(|entry| !is_it(&entry.record));
        entries.len() < before
    }

    /// The refresh token of an account; without one named, that of the only account there is.
    pub(crate) fn held(&self, client: &Client, account: Option<&str>) -> Option<Held> {
        let entries = self.entries();
        let mut fitting = entries.iter().filter(|entry| match account {
            Some(account) => entry.is(client, account),
            None => entry.is_of(client),
        });
        let (entry, None) = (fitting.next()?, fitting.next()) else { return None };
        Some(Held {
            account: entry.record.home_account_id().to_owned(),
            refresh_token: entry.refresh_token.clone()?,
        })
    }

    /// What to hold while the refresh token of an account is spent: a server may take each of them once.
    pub(crate) fn turn(&self, client: &Client, account: &str) -> Option<Arc<async_lock::Mutex<()>>> {
        self.entries().iter().find(|entry| entry.is(client, account)).map(|entry| entry.turn.clone())
    }

    /// Notes that somebody has signed in.
    pub(crate) fn sign_in(&self, client: &Client, response: &TokenResponse) -> AuthenticationRecord {
        let record = AuthenticationRecord::of(client, response.identity());
        let mut entries = self.entries();
        let refresh_token = response.refresh_token().cloned();
        match entries.iter_mut().find(|entry| entry.is(client, record.home_account_id())) {
            Some(entry) => {
                entry.record = record.clone();
                entry.refresh_token = refresh_token.or_else(|| entry.refresh_token.take());
            }
            None => entries.push(Entry {
                record: record.clone(),
                authority: client.authority.clone(),
                refresh_token,
                turn: Arc::default(),
            }),
        }
        record
    }

    /// Keeps the successor of a refresh token, unless the account has signed out meanwhile.
    pub(crate) fn rotate(&self, client: &Client, account: &str, response: &TokenResponse) {
        let Some(refresh_token) = response.refresh_token() else { return };
        if let Some(entry) = self.entries().iter_mut().find(|entry| entry.is(client, account)) {
            entry.refresh_token = Some(refresh_token.clone());
        }
    }

    /// Drops a refresh token that Entra has called dead, unless it has a successor already.
    pub(crate) fn drop_dead(&self, client: &Client, dead: &Held) {
        let mut entries = self.entries();
        let Some(entry) = entries.iter_mut().find(|entry| entry.is(client, &dead.account)) else { return };
        if entry.refresh_token.as_ref().is_some_and(|token| token.equals(&dead.refresh_token)) {
            entry.refresh_token = None;
        }
    }

    pub(crate) fn record(&self, client: &Client, account: &str) -> Option<AuthenticationRecord> {
        self.entries().iter().find(|entry| entry.is(client, account)).map(|entry| entry.record.clone())
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        // Every write leaves the list whole, so a panic elsewhere does not make it bad.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for UserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSession").field("accounts", &self.accounts().len()).finish_non_exhaustive()
    }
}
