//! The app and the account that the environment names.

use credential::{CredentialError, CredentialErrorKind, Environment};
use zeroize::Zeroizing;

use crate::ServicePrincipal;

/// The names of the portal's newer block, which is also what the samples put into `.env` files.
const NAMES: [&str; 10] = [
    "AZURE_TENANT_ID",
    "AZURE_TENANT_DOMAIN",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_AAD_ENDPOINT",
    "AZURE_ARM_TOKEN_AUDIENCE",
    "AZURE_ARM_ENDPOINT",
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_RESOURCE_GROUP",
    "AZURE_MEDIA_SERVICES_ACCOUNT_NAME",
];

/// Stands for `AZURE_AAD_ENDPOINT` where only the other crates' variables are set.
const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";

impl ServicePrincipal {
    /// Reads the variables that the newer API access page shows: `AZURE_TENANT_ID` or `AZURE_TENANT_DOMAIN`,
    /// `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`, and where they are set `AZURE_SUBSCRIPTION_ID`, `AZURE_RESOURCE_GROUP`,
    /// `AZURE_MEDIA_SERVICES_ACCOUNT_NAME`, `AZURE_AAD_ENDPOINT` (else `AZURE_AUTHORITY_HOST`), `AZURE_ARM_ENDPOINT` and
    /// `AZURE_ARM_TOKEN_AUDIENCE`.
    ///
    /// # Errors
    /// - [`CredentialErrorKind::NotConfigured`] when a variable of the app is missing, with its name.
    /// - [`CredentialErrorKind::InvalidConfiguration`] when a variable does not hold what it should, with its name and without
    ///   its value, and when some of the account's three variables are set and others are not.
    ///
    /// # Example
    /// ```
    /// use ams_aad::ServicePrincipal;
    /// use credential::MapEnvironment;
    ///
    /// // `SystemEnvironment::default()` reads the process's own variables.
    /// let environment = MapEnvironment::new()
    ///     .with("AZURE_TENANT_DOMAIN", "contoso.com")
    ///     .with("AZURE_CLIENT_ID", "11111111-2222-3333-4444-555555555555")
    ///     .with("AZURE_CLIENT_SECRET", "s3cret");
    /// let principal = ServicePrincipal::from_environment(&environment)?;
    /// # drop(principal);
    /// # Ok::<(), credential::CredentialError>(())
    /// ```
    pub fn from_environment(environment: &dyn Environment) -> Result<Self, CredentialError> {
        require_app(environment)?;
        Self::from_portal_json(&block(environment, &NAMES)?).map_err(|error| of_environment(&error))
    }

    /// Reads like [`ServicePrincipal::from_environment`], and also accepts `http` endpoints on loopback hosts, where an
    /// emulator listens.
    ///
    /// # Errors
    /// Those of [`ServicePrincipal::from_environment`].
    pub fn from_environment_local(environment: &dyn Environment) -> Result<Self, CredentialError> {
        require_app(environment)?;
        Self::from_portal_json_local(&block(environment, &NAMES)?).map_err(|error| of_environment(&error))
    }
}

fn require_app(environment: &dyn Environment) -> Result<(), CredentialError> {
    let is_set = |name| environment.var(name).map(|value| value.is_some());
    let mut missing = Vec::new();
    if !is_set("AZURE_TENANT_ID")? && !is_set("AZURE_TENANT_DOMAIN")? {
        missing.push("AZURE_TENANT_ID or AZURE_TENANT_DOMAIN");
    }
    for name in ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"] {
        if !is_set(name)? {
            missing.push(name);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(not_set(&missing, "the account's API access page"))
}

/// Makes the error for variables that are not set; a chain goes on to its next credential.
pub(crate) fn not_set(missing: &[&str], source: &str) -> CredentialError {
    let (names, verb) = (missing.join(", "), if missing.len() == 1 { "is" } else { "are" });
    CredentialError::new(
        CredentialErrorKind::NotConfigured,
        format!("{names} {verb} not set"),
        format!("set {names} in the environment of this process, from {source}"),
    )
}

/// The variables as a block of the portal, so that one reader judges both. The text is wiped after use.
pub(crate) fn block(
    environment: &dyn Environment,
    names: &[&str],
) -> Result<Zeroizing<String>, CredentialError> {
    let mut block = Zeroizing::new(String::from("{"));
    for name in names {
        let value = match environment.var(name)? {
            None if *name == "AZURE_AAD_ENDPOINT" => environment.var(AUTHORITY)?,
            value => value,
        };
        let Some(value) = value else { continue };
        // A text always becomes JSON.
        let quoted = Zeroizing::new(serde_json::to_string(value.expose()).unwrap_or_default());
        let comma = if block.len() > 1 { "," } else { "" };
        block.push_str(&Zeroizing::new(format!("{comma}\"{name}\":{}", *quoted)));
    }
    block.push('}');
    Ok(block)
}

pub(crate) fn of_environment(error: &CredentialError) -> CredentialError {
    let problem = error.problem().replace("API access block", "environment");
    CredentialError::new(error.kind(), problem, error.fix().to_owned())
}
