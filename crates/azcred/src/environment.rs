//! Variables that stand in for flags.

use std::sync::Arc;

use credential::{Secret, SystemEnvironment};

use crate::failure::Failure;

/// The variables of the process, read by name when a command needs one. An empty variable counts as not set.
#[derive(Debug)]
pub(crate) struct Environment(Arc<dyn credential::Environment>);

impl Environment {
    /// Reads the variables of this process.
    pub(crate) fn of_process() -> Self {
        Self(SystemEnvironment::shared())
    }

    /// Returns a variable that is no secret.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        Ok(self.secret(name)?.map(|value| value.expose().to_owned()))
    }

    /// Returns a variable that holds a secret.
    pub(crate) fn secret(&self, name: &str) -> Result<Option<Secret>, Failure> {
        Ok(self.0.var(name)?)
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

#[cfg(test)]
impl Environment {
    /// An environment of these variables only.
    pub(crate) fn of(variables: &'static [(&'static str, &'static str)]) -> Self {
        Self(Arc::new(variables.iter().copied().collect::<credential::MapEnvironment>()))
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
}
