//! Who is signed in.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use credential::{CredentialError, Secret};

use crate::client::Client;
use crate::{AuthenticationRecord, Authority, SessionStore, StoredAccount, TokenResponse};

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
pub struct UserSession(Arc<Shared>);

#[derive(Default)]
struct Shared {
    entries: Mutex<Vec<Entry>>,
    store: Option<Arc<dyn SessionStore>>,
    /// Why the store did not do what it was last asked to.
    failure: Mutex<Option<CredentialError>>,
}

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
    fn new(record: AuthenticationRecord, authority: Authority) -> Self {
        Self { record, authority, refresh_token: None, turn: Arc::default() }
    }

    /// What a store keeps of it; nothing when there is nothing to sign in with.
    fn stored(&self) -> Option<StoredAccount> {
        let refresh_token = self.refresh_token.clone()?;
        Some(StoredAccount { record: self.record.clone(), authority: self.authority.clone(), refresh_token })
    }

    fn is_of(&self, client: &Client) -> bool {
        self.record.client_id() == client.id && self.authority.is_same_place(&client.authority)
    }

    fn is(&self, client: &Client, account: &str) -> bool {
        self.is_of(client) && self.record.home_account_id() == account
    }
}

impl From<StoredAccount> for Entry {
    fn from(stored: StoredAccount) -> Self {
        Self { refresh_token: Some(stored.refresh_token), ..Self::new(stored.record, stored.authority) }
    }
}

impl UserSession {
    /// Begins with nobody signed in.
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on with the accounts of a store, and keeps every change there.
    ///
    /// # Errors
    /// Those of [`SessionStore::load`].
    pub fn stored_in(store: Arc<dyn SessionStore>) -> Result<Self, CredentialError> {
        let entries = store.load()?.into_iter().map(Entry::from).collect();
        Ok(Self(Arc::new(Shared {
            entries: Mutex::new(entries),
            store: Some(store),
            failure: Mutex::default(),
        })))
    }

    /// Returns why the store did not keep or drop what it was last asked to; `None` when it did, or there is no store.
    /// After a failed sign-out the refresh token may still be there.
    pub fn store_failure(&self) -> Option<CredentialError> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns who is signed in, in the order of their first sign-in.
    pub fn accounts(&self) -> Vec<AuthenticationRecord> {
        self.entries().iter().map(|entry| entry.record.clone()).collect()
    }

    /// Forgets an account and its refresh token. Says whether it was signed in.
    ///
    /// Access tokens that were handed out stay valid until they expire, and the browser's own session goes on.
    pub fn sign_out(&self, account: &AuthenticationRecord) -> bool {
        let was_signed_in = {
            let mut entries = self.entries();
            let before = entries.len();
            entries.retain(|entry| !entry.record.is_same_account(account));
            entries.len() < before
        };
        self.with_store(|store| store.forget(account));
        was_signed_in
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
        let refresh_token = response.refresh_token().cloned();
        let stored = {
            let mut entries = self.entries();
            let at = entries.iter().position(|entry| entry.is(client, record.home_account_id()));
            let at = at.unwrap_or_else(|| {
                entries.push(Entry::new(record.clone(), client.authority.clone()));
                entries.len() - 1
            });
            let entry = &mut entries[at];
            entry.record = record.clone();
            entry.refresh_token = refresh_token.or_else(|| entry.refresh_token.take());
            entry.stored()
        };
        self.save(stored);
        record
    }

    /// Keeps the successor of a refresh token, unless the account has signed out meanwhile.
    pub(crate) fn rotate(&self, client: &Client, account: &str, response: &TokenResponse) {
        let Some(refresh_token) = response.refresh_token() else { return };
        let stored = {
            let mut entries = self.entries();
            let Some(entry) = entries.iter_mut().find(|entry| entry.is(client, account)) else { return };
            entry.refresh_token = Some(refresh_token.clone());
            entry.stored()
        };
        self.save(stored);
    }

    /// Takes over a refresh token that another process has put into the store since. Says whether there was one.
    pub(crate) fn was_renewed_elsewhere(&self, client: &Client, refused: &Held) -> bool {
        let Some(accounts) = self.0.store.as_ref().and_then(|store| store.load().ok()) else { return false };
        let mut entries = self.entries();
        let Some(entry) = entries.iter_mut().find(|entry| entry.is(client, &refused.account)) else {
            return false;
        };
        let stored = accounts.into_iter().find(|stored| stored.record.is_same_account(&entry.record));
        let newer = stored.filter(|stored| !stored.refresh_token.equals(&refused.refresh_token));
        let is_newer = newer.is_some();
        if let Some(newer) = newer {
            entry.refresh_token = Some(newer.refresh_token);
        }
        is_newer
    }

    /// Drops a refresh token that Entra has called dead, unless it has a successor already.
    pub(crate) fn drop_dead(&self, client: &Client, dead: &Held) {
        let record = {
            let mut entries = self.entries();
            let Some(entry) = entries.iter_mut().find(|entry| entry.is(client, &dead.account)) else {
                return;
            };
            if !entry.refresh_token.as_ref().is_some_and(|token| token.equals(&dead.refresh_token)) {
                return;
            }
            entry.refresh_token = None;
            entry.record.clone()
        };
        self.with_store(|store| store.forget(&record));
    }

    pub(crate) fn record(&self, client: &Client, account: &str) -> Option<AuthenticationRecord> {
        self.entries().iter().find(|entry| entry.is(client, account)).map(|entry| entry.record.clone())
    }

    fn save(&self, account: Option<StoredAccount>) {
        if let Some(account) = account {
            self.with_store(|store| store.save(&account));
        }
    }

    /// Never while the list is held: stores take their time.
    fn with_store(&self, ask: impl FnOnce(&dyn SessionStore) -> Result<(), CredentialError>) {
        if let Some(store) = &self.0.store {
            let failure = ask(&**store).err();
            *self.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
        }
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        // Every write leaves the list whole, so a panic elsewhere does not make it bad.
        self.0.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for UserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSession").field("accounts", &self.accounts().len()).finish_non_exhaustive()
    }
}
