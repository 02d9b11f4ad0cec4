//! Where settings come from that are not in the code.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use crate::{CredentialError, CredentialErrorKind, Secret};

/// Where variables are read: the process's environment, or what stands in its place.
///
/// A value may be a secret, so it comes as one. A variable that is set to nothing counts as not set, as in the official
/// SDKs.
pub trait Environment: fmt::Debug + Send + Sync {
    /// Returns the variable's value, or `None` when it is not set, or is empty.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the value is not UTF-8; the text names the variable.
    fn var(&self, name: &str) -> Result<Option<Secret>, CredentialError>;

    /// Returns the value of a variable that must be there.
    ///
    /// # Errors
    /// Those of [`Environment::var`], and [`CredentialErrorKind::NotConfigured`] with the variable's name.
    fn required(&self, name: &str) -> Result<Secret, CredentialError> {
        self.var(name)?.ok_or_else(|| not_set(&[name]))
    }
}

/// Makes the error for variables that are not set; a chain goes on to its next credential.
fn not_set(names: &[&str]) -> CredentialError {
    let (names, verb) = (names.join(", "), if names.len() == 1 { "is" } else { "are" });
    CredentialError::new(
        CredentialErrorKind::NotConfigured,
        format!("{names} {verb} not set"),
        format!("set {names} in the environment of this process"),
    )
}

/// The environment of this process.
///
/// # Example
/// ```
/// use credential::{Environment, SystemEnvironment};
///
/// assert!(SystemEnvironment::shared().var("NO_SUCH_VARIABLE_HERE")?.is_none());
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemEnvironment;

impl SystemEnvironment {
    /// Returns the process's environment behind a shared pointer, the form in which builders keep it.
    pub fn shared() -> Arc<dyn Environment> {
        Arc::new(Self)
    }
}

impl Environment for SystemEnvironment {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the process's environment")]
    fn var(&self, name: &str) -> Result<Option<Secret>, CredentialError> {
        // A name of any other form would panic on some systems.
        if name.is_empty() || name.contains(['=', '\0']) {
            return Ok(None);
        }
        std::env::var_os(name).map_or(Ok(None), |value| decode(name, value))
    }
}

/// The value may be a secret, so the error names the variable only.
fn decode(name: &str, value: OsString) -> Result<Option<Secret>, CredentialError> {
    match value.into_string() {
        Ok(value) => Ok(Some(Secret::from(value)).filter(|value| !value.is_empty())),
        Err(_) => Err(CredentialError::new(
            CredentialErrorKind::InvalidConfiguration,
            format!("the environment variable {name} is not UTF-8 text"),
            "set it again, or unset it",
        )),
    }
}

/// Variables that are given in code: for tests, and for settings that come from a file.
///
/// `Debug` shows the names, never the values.
///
/// # Example
/// ```
/// use credential::{Environment, MapEnvironment};
///
/// let environment = MapEnvironment::from_iter([("AZURE_CLIENT_SECRET", "s3cret"), ("AZURE_TENANT_ID", "")]);
/// assert_eq!(environment.var("AZURE_CLIENT_SECRET")?.unwrap().expose(), "s3cret");
/// assert!(environment.var("AZURE_TENANT_ID")?.is_none());
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Default)]
pub struct MapEnvironment(BTreeMap<String, Secret>);

impl MapEnvironment {
    /// Starts without variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl<N: Into<String>, V: Into<Secret>> FromIterator<(N, V)> for MapEnvironment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Environment for MapEnvironment {
    fn var(&self, name: &str) -> Result<Option<Secret>, CredentialError> {
        Ok(self.0.get(name).filter(|value| !value.is_empty()).cloned())
    }
}

impl fmt::Debug for MapEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MapEnvironment").field(&self.0.keys()).finish()
    }
}

impl<E: Environment + ?Sized> Environment for Arc<E> {
    fn var(&self, name: &str) -> Result<Option<Secret>, CredentialError> {
        (**self).var(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = MapEnvironment::new().with("A", "").required("A").unwrap_err();
        assert_eq!(error.kind(), CredentialErrorKind::NotConfigured);
        assert_eq!(error.to_string(), "A is not set: set A in the environment of this process");
    }

    #[test]
    fn values_are_not_shown() {
        let environment = MapEnvironment::new().with("NAME", "planted");
        assert_eq!(format!("{environment:?}"), r#"MapEnvironment(["NAME"])"#);
    }

    #[cfg(unix)]
    #[test]
    fn undecodable_values_are_not_shown() {
        use std::os::unix::ffi::OsStringExt;
        let error = decode("NAME", OsString::from_vec(b"planted\xff".to_vec())).unwrap_err();
        assert_eq!(error.problem(), "the environment variable NAME is not UTF-8 text");
        assert!(!format!("{error:?}").contains("planted"));
        assert!(decode("NAME", OsString::new()).unwrap().is_none());
    }

    #[test]
    fn the_process_has_a_path_and_no_odd_names() {
        assert!(SystemEnvironment.var("PATH").unwrap().is_some());
        for name in ["", "A=B", "A\0B"] {
            assert!(SystemEnvironment.var(name).unwrap().is_none(), "{name:?}");
        }
    }
}
