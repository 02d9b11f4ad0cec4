//! The account that the environment names.

use credential::{AccessKey, CredentialError, Environment};

use crate::{MixedRealityBuilder, MixedRealityCredential, MixedRealityStsClient};

// The names of Microsoft's samples.
const ACCOUNT_ID: &str = "MIXEDREALITY_ACCOUNT_ID";
const ACCOUNT_DOMAIN: &str = "MIXEDREALITY_ACCOUNT_DOMAIN";
const ACCOUNT_KEY: &str = "MIXEDREALITY_ACCOUNT_KEY";

/// Reads id and domain, and the key where there is one.
fn builder<T>(environment: &dyn Environment) -> Result<MixedRealityBuilder<T>, CredentialError> {
    let (id, domain) = (environment.var(ACCOUNT_ID)?, environment.var(ACCOUNT_DOMAIN)?);
    let (Some(id), Some(domain)) = (&id, &domain) else {
        return Err(not_set(id.is_none(), domain.is_none()));
    };
    let builder = MixedRealityBuilder::new(id.expose().trim(), domain.expose().trim());
    match environment.var(ACCOUNT_KEY)? {
        Some(key) => {
            let key = AccessKey::from_base64(key.expose().trim()).map_err(|error| {
                let problem = format!("{ACCOUNT_KEY}: {}", error.problem());
                CredentialError::new(error.kind(), problem, error.fix().to_owned())
            })?;
            Ok(builder.account_key(key))
        }
        None => Ok(builder),
    }
}

fn not_set(id: bool, domain: bool) -> CredentialError {
    let (names, verb) = match (id, domain) {
        (true, true) => ("MIXEDREALITY_ACCOUNT_ID, MIXEDREALITY_ACCOUNT_DOMAIN", "are"),
        (true, false) => (ACCOUNT_ID, "is"),
        (false, _) => (ACCOUNT_DOMAIN, "is"),
    };
    CredentialError::new(
        credential::CredentialErrorKind::NotConfigured,
        format!("{names} {verb} not set"),
        format!("set {names} in the environment of this process, from the account's overview page"),
    )
}

impl MixedRealityCredential {
    /// Starts with `MIXEDREALITY_ACCOUNT_ID` and `MIXEDREALITY_ACCOUNT_DOMAIN`, and with `MIXEDREALITY_ACCOUNT_KEY` where it is
    /// set; without a key, give the builder a token credential.
    ///
    /// # Errors
    /// - [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) when the id or the domain is not set, with the names.
    /// - [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the key is not base64.
    ///
    /// # Example
    /// ```
    /// use credential::MapEnvironment;
    /// # use credential_testkit::ScriptedTransport;
    /// use mr_sts::MixedRealityCredential;
    ///
    /// // `SystemEnvironment::default()` reads the process's own variables.
    /// let environment = MapEnvironment::new()
    ///     .with("MIXEDREALITY_ACCOUNT_ID", "68321d5a-7978-4ceb-b880-0f49751daae9")
    ///     .with("MIXEDREALITY_ACCOUNT_DOMAIN", "westeurope.mixedreality.azure.com")
    ///     .with("MIXEDREALITY_ACCOUNT_KEY", "c2VjcmV0");
    /// let credential = MixedRealityCredential::from_environment(&environment)?
    /// #     .transport(ScriptedTransport::new().shared())
    ///     .build()?;
    /// # drop(credential);
    /// # Ok::<(), credential::CredentialError>(())
    /// ```
    pub fn from_environment(
        environment: &dyn Environment,
    ) -> Result<MixedRealityBuilder<Self>, CredentialError> {
        builder(environment)
    }
}

impl MixedRealityStsClient {
    /// Starts like [`MixedRealityCredential::from_environment`].
    ///
    /// # Errors
    /// Those of [`MixedRealityCredential::from_environment`].
    pub fn from_environment(
        environment: &dyn Environment,
    ) -> Result<MixedRealityBuilder<Self>, CredentialError> {
        builder(environment)
    }
}
