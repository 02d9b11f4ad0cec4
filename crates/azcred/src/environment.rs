//! The one place that reads the process environment.

use std::ffi::OsString;
use std::fmt;

use credential::Secret;

use crate::failure::Failure;

/// The variables of the process, read by name when a command needs one. An empty variable counts as not set.
pub(crate) struct Environment {
    look_up: Box<LookUp>,
}

type LookUp = dyn Fn(&str) -> Option<OsString>;

impl Environment {
    /// Reads the variables of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(crate) fn of_process() -> Self {
        Self { look_up: Box::new(|name| std::env::var_os(name)) }
    }

    /// Returns a variable that is no secret.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        match (self.look_up)(name) {
            None => Ok(None),
            Some(value) if value.is_empty() => Ok(None),
            // The value may be a secret, so the error names the variable only.
            Some(value) => value.into_string().map(Some).map_err(|_| {
                Failure::bad_input(
                    format_args!("the environment variable {name} is not UTF-8 text"),
                    "set it again, or unset it",
                )
            }),
        }
    }

    /// Returns a variable that holds a secret.
    pub(crate) fn secret(&self, name: &str) -> Result<Option<Secret>, Failure> {
        Ok(self.text(name)?.map(Secret::from))
    }

    /// Returns the flag's value, else the variable's, else an error that names both.
    pub(crate) fn flag_or(&self, flag: Option<&String>, name: &str, noun: &str) -> Result<String, Failure> {
        if let Some(value) = flag {
            return Ok(value.clone());
        }
        let flag = noun.replace(' ', "-");
        self.text(name)?.ok_or_else(|| {
            Failure::bad_input(
                format_args!("the {noun} is missing"),
                &format!("give --{flag}, or set {name} in the environment"),
            )
        })
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

#[cfg(test)]
impl Environment {
    /// An environment of these variables only.
    pub(crate) fn of(variables: &'static [(&'static str, &'static str)]) -> Self {
        Self {
            look_up: Box::new(|name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_not_set() {
        assert_eq!(Environment::of(&[("A", "")]).text("A").unwrap(), None);
        assert_eq!(Environment::of(&[("A", "b")]).text("A").unwrap().as_deref(), Some("b"));
    }

    #[test]
    fn a_flag_goes_before_the_variable() {
        let environment = Environment::of(&[("AZURE_TENANT_ID", "from-variable")]);
        let flag = "from-flag".to_owned();
        let tenant = |flag| environment.flag_or(flag, "AZURE_TENANT_ID", "tenant").unwrap();
        assert_eq!(tenant(Some(&flag)), "from-flag");
        assert_eq!(tenant(None), "from-variable");
    }

    #[cfg(unix)]
    #[test]
    fn undecodable_values_are_not_shown() {
        use std::os::unix::ffi::OsStringExt;
        let environment =
            Environment { look_up: Box::new(|_| Some(OsString::from_vec(b"planted\xff".to_vec()))) };
        let failure = environment.secret("AZURE_CLIENT_SECRET").unwrap_err();
        assert!(failure.text().unwrap().contains("AZURE_CLIENT_SECRET"));
        assert!(!failure.text().unwrap().contains("planted"));
    }
}
