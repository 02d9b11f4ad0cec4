//! The file in which a signed-in account is kept.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use credential::{CredentialError, CredentialErrorKind, SealingKey, Secret};
use entra::{AuthenticationRecord, SessionStore, StoredAccount};

use crate::files::looks_like_path;

/// No session is larger: a wrong path is found out before it fills the memory.
const LARGEST: u64 = 1024 * 1024;

/// What a sealed account is bound to: it opens in no other kind of file.
const SEALED_NAME: &str = "azcred session";

/// The file in which signed-in accounts are kept, one a line, readable by its owner alone, and replaced as a whole: sealed
/// where there is a key, else in plain text.
#[derive(Debug)]
pub(crate) struct SessionFile {
    path: PathBuf,
    key: Option<SealingKey>,
}

impl SessionFile {
    pub(crate) fn new(path: &Path, key: Option<SealingKey>) -> Self {
        Self { path: path.to_owned(), key }
    }

    /// An account as it stands in the file.
    fn written(&self, account: &StoredAccount) -> Result<Secret, CredentialError> {
        let plain = account.to_secret();
        match &self.key {
            Some(key) => key.seal(&plain, SEALED_NAME).map(Secret::from),
            None => Ok(plain),
        }
    }

    /// A sealed line is never taken without the key, and a plain one not with it: it may have been put there by others.
    fn read(&self, line: &str) -> Result<StoredAccount, CredentialError> {
        match &self.key {
            Some(key) if SealingKey::is_sealed(line) => {
                let opened = key.open(line, SEALED_NAME).map_err(|_| {
                    self.failed(
                        "is of another key, or was changed",
                        "give the key of --session-key-file that it was written with, or sign in anew",
                    )
                })?;
                StoredAccount::from_secret(&opened)
            }
            Some(_) => Err(self.failed("is not encrypted", "sign out without the key, then sign in with it")),
            None if SealingKey::is_sealed(line) => Err(self
                .failed("is encrypted", "give its key with --session-key-file, or set AZCRED_SESSION_KEY")),
            None => StoredAccount::from_secret(&line.into()),
        }
    }

    fn failed(&self, what: &str, fix: &str) -> CredentialError {
        let name = if looks_like_path(&self.path) {
            self.path.display().to_string()
        } else {
            "(not shown)".to_owned()
        };
        let problem = format!("the session file {name} (--session-file) {what}");
        CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix.to_owned())
    }

    fn write(&self, accounts: &[StoredAccount]) -> Result<(), CredentialError> {
        let unwritable = |error: std::io::Error| {
            self.failed(&format!("cannot be written ({error})"), "check the folder and its permissions")
        };
        if accounts.is_empty() {
            return match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unwritable(error)),
                _ => Ok(()),
            };
        }
        let lines = accounts.iter().map(|account| self.written(account)).collect::<Result<Vec<_>, _>>()?;
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let new = PathBuf::from(name);
        let written = private_file(&new).and_then(|mut file| {
            for line in &lines {
                file.write_all(line.expose().as_bytes())?;
                file.write_all(b"\n")?;
            }
            file.sync_all()?;
            std::fs::rename(&new, &self.path)
        });
        written.map_err(|error| {
            // What was begun must not stay behind: it holds the token.
            let _gone = std::fs::remove_file(&new);
            unwritable(error)
        })
    }
}

impl SessionStore for SessionFile {
    fn load(&self) -> Result<Vec<StoredAccount>, CredentialError> {
        let file = match std::fs::File::open(&self.path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(
                    self.failed(&format!("cannot be read ({error})"), "check the path and its permissions")
                );
            }
            Ok(file) => file,
        };
        if !is_private(&file) {
            return Err(self.failed(
                "can be read by others",
                "make it readable by yourself alone with chmod 600; if others may have read it, sign in again",
            ));
        }
        let mut text = String::new();
        let read = file.take(LARGEST).read_to_string(&mut text);
        let text = Secret::from(text);
        read.map_err(|_| self.failed("is no text", "check the path"))?;
        text.expose().lines().map(|line| self.read(line)).collect()
    }

    fn save(&self, account: &StoredAccount) -> Result<(), CredentialError> {
        let mut accounts = self.load()?;
        accounts.retain(|kept| !kept.record().is_same_account(account.record()));
        accounts.push(account.clone());
        self.write(&accounts)
    }

    fn forget(&self, account: &AuthenticationRecord) -> Result<(), CredentialError> {
        let mut accounts = self.load()?;
        let before = accounts.len();
        accounts.retain(|kept| !kept.record().is_same_account(account));
        if accounts.len() < before { self.write(&accounts) } else { Ok(()) }
    }
}

#[cfg(unix)]
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(unix)]
fn is_private(file: &std::fs::File) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 == 0)
}

/// Elsewhere the folder decides who may read: a profile's folder is its owner's.
#[cfg(not(unix))]
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(not(unix))]
fn is_private(_file: &std::fs::File) -> bool {
    true
}
