//! Which way to sign in the environment asks for.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Environment};

pub(crate) const TENANT: &str = "AZURE_TENANT_ID";
pub(crate) const CLIENT: &str = "AZURE_CLIENT_ID";
pub(crate) const SECRET: &str = "AZURE_CLIENT_SECRET";
pub(crate) const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
pub(crate) const CERTIFICATE_PASSWORD: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
pub(crate) const SEND_CHAIN: &str = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN";
pub(crate) const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
pub(crate) const USERNAME: &str = "AZURE_USERNAME";
pub(crate) const PASSWORD: &str = "AZURE_PASSWORD";
pub(crate) const AUTHORITY: &str = "AZURE_AUTHORITY_HOST";
pub(crate) const ONE_TENANT: &str = "AZURE_IDENTITY_DISABLE_MULTITENANTAUTH";
pub(crate) const PIPELINES_TENANT: &str = "AZURESUBSCRIPTION_TENANT_ID";
pub(crate) const PIPELINES_CLIENT: &str = "AZURESUBSCRIPTION_CLIENT_ID";
pub(crate) const PIPELINES_CONNECTION: &str = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID";
pub(crate) const PIPELINES_ADDRESS: &str = "SYSTEM_OIDCREQUESTURI";
pub(crate) const PIPELINES_TOKEN: &str = "SYSTEM_ACCESSTOKEN";
pub(crate) const GITHUB_ADDRESS: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
pub(crate) const GITHUB_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

const ALL: [&str; 18] = [
    TENANT,
    CLIENT,
    SECRET,
    CERTIFICATE,
    CERTIFICATE_PASSWORD,
    SEND_CHAIN,
    TOKEN_FILE,
    USERNAME,
    PASSWORD,
    AUTHORITY,
    ONE_TENANT,
    PIPELINES_TENANT,
    PIPELINES_CLIENT,
    PIPELINES_CONNECTION,
    PIPELINES_ADDRESS,
    PIPELINES_TOKEN,
    GITHUB_ADDRESS,
    GITHUB_TOKEN,
];

/// A way to sign in that variables can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnvironmentMethod {
    /// The app's secret: `AZURE_CLIENT_SECRET`.
    ClientSecret,
    /// The app's certificate, in a file: `AZURE_CLIENT_CERTIFICATE_PATH`.
    ClientCertificate,
    /// A federated token in a file, as in a Kubernetes pod with workload identity: `AZURE_FEDERATED_TOKEN_FILE`.
    WorkloadIdentity,
    /// A user's name and password: `AZURE_USERNAME`. Discouraged.
    UsernamePassword,
    /// A job of Azure Pipelines, whose task has a service connection: `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`.
    AzurePipelines,
    /// A job of GitHub Actions that has the permission `id-token: write`: `ACTIONS_ID_TOKEN_REQUEST_URL`.
    GithubActions,
}

impl EnvironmentMethod {
    /// In this order: the official SDKs try secret, certificate and password, and workload identity apart from them. What a
    /// build system sets by itself comes after what somebody has set.
    const ALL: [Self; 6] = [
        Self::ClientSecret,
        Self::ClientCertificate,
        Self::WorkloadIdentity,
        Self::UsernamePassword,
        Self::AzurePipelines,
        Self::GithubActions,
    ];

    /// The variable that asks for this way.
    const fn own_variable(self) -> &'static str {
        match self {
            Self::ClientSecret => SECRET,
            Self::ClientCertificate => CERTIFICATE,
            Self::WorkloadIdentity => TOKEN_FILE,
            Self::UsernamePassword => USERNAME,
            Self::AzurePipelines => PIPELINES_CONNECTION,
            Self::GithubActions => GITHUB_ADDRESS,
        }
    }

    const fn required(self) -> &'static [&'static str] {
        match self {
            Self::ClientSecret => &[TENANT, CLIENT, SECRET],
            Self::ClientCertificate => &[TENANT, CLIENT, CERTIFICATE],
            Self::WorkloadIdentity => &[TENANT, CLIENT, TOKEN_FILE],
            // The tenant may be left out: a work or school account leads to its own.
            Self::UsernamePassword => &[CLIENT, USERNAME, PASSWORD],
            Self::AzurePipelines => &[
                PIPELINES_TENANT,
                PIPELINES_CLIENT,
                PIPELINES_CONNECTION,
                PIPELINES_ADDRESS,
                PIPELINES_TOKEN,
            ],
            Self::GithubActions => &[TENANT, CLIENT, GITHUB_ADDRESS, GITHUB_TOKEN],
        }
    }

    const fn optional(self) -> &'static [&'static str] {
        match self {
            Self::ClientSecret | Self::WorkloadIdentity | Self::AzurePipelines | Self::GithubActions => {
                &[AUTHORITY, ONE_TENANT]
            }
            Self::ClientCertificate => &[CERTIFICATE_PASSWORD, SEND_CHAIN, AUTHORITY, ONE_TENANT],
            Self::UsernamePassword => &[TENANT, AUTHORITY, ONE_TENANT],
        }
    }
}

impl fmt::Display for EnvironmentMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientSecret => "a client secret",
            Self::ClientCertificate => "a client certificate",
            Self::WorkloadIdentity => "workload identity",
            Self::UsernamePassword => "a user's name and password",
            Self::AzurePipelines => "a job of Azure Pipelines",
            Self::GithubActions => "a job of GitHub Actions",
        })
    }
}

/// Which way to sign in the environment asks for: what was seen, what is missing, what was chosen. Names only, never values.
///
/// The first way whose own variable is set is chosen, in the order of [`EnvironmentMethod`], even when another of its
/// variables is missing: going on to the next one would sign in as somebody else than the one that was meant.
///
/// # Example
/// ```
/// use credential::MapEnvironment;
/// use entra::EnvironmentSelection;
///
/// let environment = MapEnvironment::from_iter([("AZURE_CLIENT_ID", "app"), ("AZURE_CLIENT_SECRET", "s3cret")]);
/// let selection = EnvironmentSelection::of(&environment)?;
/// assert_eq!(
///     selection.to_string(),
///     "a client secret cannot be used: AZURE_TENANT_ID is not set (set are AZURE_CLIENT_ID, AZURE_CLIENT_SECRET)"
/// );
/// assert_eq!(selection.missing(), ["AZURE_TENANT_ID"]);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentSelection {
    method: Option<EnvironmentMethod>,
    seen: Vec<&'static str>,
    missing: Vec<&'static str>,
}

impl EnvironmentSelection {
    /// Looks at the variables.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when a variable is not UTF-8.
    pub fn of(environment: &dyn Environment) -> Result<Self, CredentialError> {
        let mut seen = Vec::new();
        for name in ALL {
            if environment.var(name)?.is_some() {
                seen.push(name);
            }
        }
        let is_set = |name: &&str| seen.contains(name);
        let method = EnvironmentMethod::ALL.into_iter().find(|method| is_set(&method.own_variable()));
        let needed = method.map_or(&[TENANT, CLIENT][..], EnvironmentMethod::required);
        let missing = needed.iter().copied().filter(|name| !is_set(name)).collect();
        Ok(Self { method, seen, missing })
    }

    /// Returns the chosen way, also when something is missing for it.
    pub fn method(&self) -> Option<EnvironmentMethod> {
        self.method
    }

    /// Returns the variables that are set, of those that matter here.
    pub fn seen(&self) -> &[&'static str] {
        &self.seen
    }

    /// Returns the variables that the chosen way needs and that are not set.
    pub fn missing(&self) -> &[&'static str] {
        &self.missing
    }

    /// Says whether nothing is missing.
    pub fn is_complete(&self) -> bool {
        self.method.is_some() && self.missing.is_empty()
    }

    /// Returns the chosen way, if nothing is missing for it.
    pub(crate) fn complete(&self) -> Result<EnvironmentMethod, CredentialError> {
        match self.method {
            Some(method) if self.missing.is_empty() => Ok(method),
            _ => Err(self.not_configured()),
        }
    }

    fn not_configured(&self) -> CredentialError {
        let missing = self.missing.join(", ");
        let fix = match (self.method, missing.as_str()) {
            (Some(_), _) => format!("set {missing} in the environment of this process"),
            (None, "") => {
                format!("set {SECRET}, {CERTIFICATE} or {TOKEN_FILE} in the environment of this process")
            }
            (None, _) => format!(
                "set {missing}, and {SECRET}, {CERTIFICATE} or {TOKEN_FILE}, in the environment of this process"
            ),
        };
        CredentialError::new(CredentialErrorKind::NotConfigured, self.to_string(), fix)
    }
}

impl fmt::Display for EnvironmentSelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = match &self.seen[..] {
            [] => String::new(),
            [one] => format!(" (set is {one})"),
            several => format!(" (set are {})", several.join(", ")),
        };
        let Some(method) = self.method else {
            let own = EnvironmentMethod::ALL.map(EnvironmentMethod::own_variable).join(", ");
            return write!(f, "the environment names no way to sign in: none of {own} is set{seen}");
        };
        if let [first, rest @ ..] = &self.missing[..] {
            write!(f, "{method} cannot be used: {first}")?;
            rest.iter().try_for_each(|name| write!(f, ", {name}"))?;
            return write!(f, " {} not set{seen}", if rest.is_empty() { "is" } else { "are" });
        }
        let is_used = |name: &&str| method.required().contains(name) || method.optional().contains(name);
        let used: Vec<_> = self.seen.iter().copied().filter(|name| is_used(name)).collect();
        write!(f, "{method}, from {}", used.join(", "))?;
        let unused: Vec<_> = self.seen.iter().copied().filter(|name| !is_used(name)).collect();
        match &unused[..] {
            [] => Ok(()),
            unused => write!(f, "; also set, and not used: {}", unused.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use credential::MapEnvironment;

    use super::*;

    fn selection(names: &[&str]) -> EnvironmentSelection {
        let environment: MapEnvironment = names.iter().map(|name| (*name, "pl4nted")).collect();
        EnvironmentSelection::of(&environment).unwrap()
    }

    #[test]
    fn what_is_chosen_and_what_is_missing() {
        let all: Vec<_> = ALL.into_iter().filter(|name| *name != CERTIFICATE_PASSWORD).collect();
        let mut texts = Vec::new();
        for names in [
            &[][..],
            &[TENANT],
            &[TENANT, CLIENT, PASSWORD],
            &[TENANT, CLIENT, SECRET],
            &[TENANT, CLIENT, SECRET, TOKEN_FILE],
            &[SECRET],
            &[CLIENT, TOKEN_FILE, USERNAME, PASSWORD],
            &[TENANT, CLIENT, CERTIFICATE, SEND_CHAIN, AUTHORITY],
            &[TENANT, CLIENT, TOKEN_FILE, AUTHORITY],
            &[CLIENT, USERNAME, PASSWORD],
            &[CLIENT, USERNAME],
            &[PIPELINES_CONNECTION, PIPELINES_CLIENT, PIPELINES_TENANT, PIPELINES_ADDRESS],
            &[PIPELINES_CONNECTION, PIPELINES_CLIENT, PIPELINES_TENANT, PIPELINES_ADDRESS, PIPELINES_TOKEN],
            &[GITHUB_ADDRESS, GITHUB_TOKEN],
            &[TENANT, CLIENT, GITHUB_ADDRESS, GITHUB_TOKEN],
            &[TENANT, CLIENT, TOKEN_FILE, GITHUB_ADDRESS, GITHUB_TOKEN],
            &all,
        ] {
            let selection = selection(names);
            let said =
                selection.complete().map(|method| method.to_string()).unwrap_or_else(|e| e.fix().to_owned());
            texts.push(format!("{}\n    {selection}\n    {said}", names.join(" ")));
            assert_eq!(selection.is_complete(), selection.complete().is_ok());
        }
        insta::assert_snapshot!(texts.join("\n"));
    }
}
