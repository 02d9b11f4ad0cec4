//! Where accounts are kept between the runs of a program.

use std::fmt::Debug;

use credential::CredentialError;

use crate::{AuthenticationRecord, StoredAccount};

/// Where the accounts of a [`UserSession`](crate::UserSession) are kept between the runs of a program: a file that only its
/// owner can read, better encrypted, or a key ring.
///
/// It is called when somebody has signed in, at every new refresh token and at sign-out, on the thread that asked, so it
/// must not take long. What [`StoredAccount::to_secret`] writes is all that has to be kept, under the account's
/// [`AuthenticationRecord`]. Whoever reads it can act as the person.
///
/// # Example
/// ```
/// use std::sync::{Arc, Mutex};
/// use credential::CredentialError;
/// use entra::{AuthenticationRecord, SessionStore, StoredAccount, UserSession};
///
/// /// Keeps accounts as long as the process lives.
/// #[derive(Debug, Default)]
/// struct InMemory(Mutex<Vec<StoredAccount>>);
///
/// impl SessionStore for InMemory {
///     fn load(&self) -> Result<Vec<StoredAccount>, CredentialError> {
///         Ok(self.0.lock().unwrap().clone())
///     }
///
///     fn save(&self, account: &StoredAccount) -> Result<(), CredentialError> {
///         self.forget(account.record())?;
///         self.0.lock().unwrap().push(account.clone());
///         Ok(())
///     }
///
///     fn forget(&self, account: &AuthenticationRecord) -> Result<(), CredentialError> {
///         self.0.lock().unwrap().retain(|kept| !kept.record().is_same_account(account));
///         Ok(())
///     }
/// }
///
/// let session = UserSession::stored_in(Arc::new(InMemory::default()))?;
/// assert!(session.accounts().is_empty());
/// # Ok::<(), CredentialError>(())
/// ```
pub trait SessionStore: Debug + Send + Sync {
    /// Returns all accounts.
    ///
    /// # Errors
    /// Whatever keeps the store from reading them.
    fn load(&self) -> Result<Vec<StoredAccount>, CredentialError>;

    /// Keeps an account, in place of what was kept of the [same one](AuthenticationRecord::is_same_account).
    ///
    /// # Errors
    /// Whatever keeps the store from it. The session goes on, and
    /// [`store_failure`](crate::UserSession::store_failure) tells.
    fn save(&self, account: &StoredAccount) -> Result<(), CredentialError>;

    /// Drops an account and its refresh token, if there is one.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    fn forget(&self, account: &AuthenticationRecord) -> Result<(), CredentialError>;
}
