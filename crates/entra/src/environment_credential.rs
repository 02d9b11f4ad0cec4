//! Tokens for whomever the environment names.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{
    AccessToken, CacheOptions, Clock, CredentialError, CredentialErrorKind, Environment, Secret,
    SystemEnvironment, TokenCredential, TokenRequest, Transport,
};

use crate::client_id::check_client_id;
use crate::environment_selection::{
    AUTHORITY, CLIENT, EnvironmentMethod, EnvironmentSelection, GITHUB_ADDRESS, GITHUB_TOKEN, ONE_TENANT,
    PASSWORD, PIPELINES_ADDRESS, PIPELINES_CLIENT, PIPELINES_CONNECTION, PIPELINES_TENANT, PIPELINES_TOKEN,
    SECRET, TENANT, TOKEN_FILE, USERNAME,
};
use crate::tenant::Tenant;
use crate::{
    Authority, AzurePipelinesAssertion, ClientAssertion, ClientAssertionCredential, ClientSecretCredential,
    Files, GithubActionsAssertion, SystemFiles, TokenFile, UsernamePasswordCredential,
};

const INVALID: CredentialErrorKind = CredentialErrorKind::InvalidConfiguration;

/// Tokens for the app, workload or user that the environment names.
///
/// The variables are those of the official SDKs and of the build systems. `AZURE_TENANT_ID` and `AZURE_CLIENT_ID`, and the first of:
///
/// | variable | signs in with |
/// | --- | --- |
/// | `AZURE_CLIENT_SECRET` | a secret |
/// | `AZURE_CLIENT_CERTIFICATE_PATH` | a certificate in a PEM file (feature `certificate`) or a PKCS #12 file (feature `pkcs12`, with `AZURE_CLIENT_CERTIFICATE_PASSWORD`); `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN` set to `1` or `true` sends the chain |
/// | `AZURE_FEDERATED_TOKEN_FILE` | workload identity |
/// | `AZURE_USERNAME`, `AZURE_PASSWORD` | a user's name and password (discouraged; needs no tenant) |
/// | `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID` | a job of Azure Pipelines; the task's `AZURESUBSCRIPTION_TENANT_ID` and `AZURESUBSCRIPTION_CLIENT_ID` count instead of the two above, and the step's `env` must map `SYSTEM_ACCESSTOKEN: $(System.AccessToken)` |
/// | `ACTIONS_ID_TOKEN_REQUEST_URL` | a job of GitHub Actions with the permission `id-token: write` |
///
/// `AZURE_AUTHORITY_HOST` names another cloud. `AZURE_IDENTITY_DISABLE_MULTITENANTAUTH`, set to anything, keeps requests from
/// naming other tenants. What was seen and chosen is in [`selection`](Self::selection), which prints names and never values;
/// files are read when a token is needed, not before.
///
/// # Example
/// ```
/// use std::sync::Arc;
/// use credential::{MapEnvironment, TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
/// use entra::EnvironmentCredential;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let entra = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#);
/// // In a program, leave `environment` out to read the process's own.
/// let environment = MapEnvironment::new()
///     .with("AZURE_TENANT_ID", "contoso.com")
///     .with("AZURE_CLIENT_ID", "11111111-2222-3333-4444-555555555555")
///     .with("AZURE_CLIENT_SECRET", "s3cret");
/// let credential = EnvironmentCredential::builder()
///     .environment(Arc::new(environment))
/// #     .transport(entra.shared())
///     .build()?;
/// println!("{}", credential.selection());
/// let token = credential.get_token(&TokenRequest::new(["https://vault.azure.net/.default"])).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
pub struct EnvironmentCredential {
    selection: EnvironmentSelection,
    chosen: Box<dyn TokenCredential>,
}

impl EnvironmentCredential {
    /// Reads the process's environment, and sends over the process-wide HTTP client of `credential-http`.
    ///
    /// # Errors
    /// Those of [`EnvironmentCredentialBuilder::build`].
    #[cfg(feature = "reqwest")]
    pub fn new() -> Result<Self, CredentialError> {
        Self::builder().build()
    }

    /// Starts with the process's environment.
    pub fn builder() -> EnvironmentCredentialBuilder {
        EnvironmentCredentialBuilder {
            environment: SystemEnvironment::shared(),
            files: SystemFiles::shared(),
            settings: Settings::default(),
        }
    }

    /// Returns what was seen and chosen.
    pub fn selection(&self) -> &EnvironmentSelection {
        &self.selection
    }
}

#[async_trait]
impl TokenCredential for EnvironmentCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        self.chosen.get_token(request).await
    }

    fn token_at_hand(&self, request: &TokenRequest) -> Option<AccessToken> {
        self.chosen.token_at_hand(request)
    }

    fn identity(&self) -> Option<credential::CredentialIdentity> {
        self.chosen.identity()
    }
}

impl fmt::Debug for EnvironmentCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvironmentCredential").field("chosen", &self.chosen).finish_non_exhaustive()
    }
}

/// Collects what an [`EnvironmentCredential`] is made of; nothing is read before [`build`](Self::build).
pub struct EnvironmentCredentialBuilder {
    environment: Arc<dyn Environment>,
    files: Arc<dyn Files>,
    settings: Settings,
}

/// What the builders of all ways to sign in take.
#[derive(Default)]
struct Settings {
    authority: Option<Authority>,
    default_scope: Option<String>,
    other_tenants: Vec<String>,
    challenges: bool,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    cache: CacheOptions,
}

/// Hands the settings to a builder; the builders share method names and no trait.
macro_rules! configured {
    ($settings:expr, $builder:expr) => {{
        let settings: &Settings = $settings;
        let mut builder = $builder.additionally_allowed_tenants(settings.other_tenants.iter().cloned());
        if let Some(authority) = &settings.authority {
            builder = builder.authority(authority.clone());
        }
        if let Some(scope) = &settings.default_scope {
            builder = builder.default_scope(scope);
        }
        if settings.challenges {
            builder = builder.handles_claims_challenges();
        }
        if let Some(transport) = &settings.transport {
            builder = builder.transport(transport.clone());
        }
        if let Some(clock) = &settings.clock {
            builder = builder.clock(clock.clone());
        }
        builder.cache(settings.cache.clone())
    }};
}

impl EnvironmentCredentialBuilder {
    /// Reads these variables instead of the process's.
    #[must_use]
    pub fn environment(mut self, environment: Arc<dyn Environment>) -> Self {
        self.environment = environment;
        self
    }

    /// Reads the certificate or the federated token through these files instead of the machine's.
    #[must_use]
    pub fn files(mut self, files: Arc<dyn Files>) -> Self {
        self.files = files;
        self
    }

    /// Uses this authority, whatever `AZURE_AUTHORITY_HOST` says.
    #[must_use]
    pub fn authority(mut self, authority: Authority) -> Self {
        self.settings.authority = Some(authority);
        self
    }

    /// Asks for this scope when a request names none.
    #[must_use]
    pub fn default_scope(mut self, scope: &str) -> Self {
        self.settings.default_scope = Some(scope.to_owned());
        self
    }

    /// Lets requests name these tenants besides the credential's own; `*` allows every tenant.
    #[must_use]
    pub fn additionally_allowed_tenants<S: Into<String>>(
        mut self,
        tenants: impl IntoIterator<Item = S>,
    ) -> Self {
        self.settings.other_tenants.extend(tenants.into_iter().map(Into::into));
        self
    }

    /// Says that the app answers claims challenges; see
    /// [`ClientSecretCredentialBuilder`](crate::ClientSecretCredentialBuilder::handles_claims_challenges).
    #[must_use]
    pub fn handles_claims_challenges(mut self) -> Self {
        self.settings.challenges = true;
        self
    }

    /// Sends through this transport instead of the process-wide HTTP client of `credential-http`.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.settings.transport = Some(transport);
        self
    }

    /// Sets up the cache: a store that is shared with others, metrics, renewal in the background.
    #[must_use]
    pub fn cache(mut self, options: CacheOptions) -> Self {
        self.settings.cache = options;
        self
    }

    /// Uses another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.clock = Some(clock);
        self
    }

    /// Reads the variables and checks them. No file is read and nothing is sent.
    ///
    /// # Errors
    /// - [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) when variables are missing, with their names; also
    ///   without a transport, when the feature `reqwest` is off.
    /// - [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when a variable does not hold what it
    ///   should, with its name and without its value.
    pub fn build(self) -> Result<EnvironmentCredential, CredentialError> {
        let selection = EnvironmentSelection::of(&*self.environment)?;
        let method = selection.complete()?;
        let variables = Variables(&*self.environment);
        let mut settings = self.settings;
        if settings.authority.is_none() {
            settings.authority = variables.authority()?;
        }
        if self.environment.var(ONE_TENANT)?.is_some() {
            settings.other_tenants.clear();
        }
        let chosen = build_chosen(method, &variables, &settings, self.files)?;
        Ok(EnvironmentCredential { selection, chosen })
    }
}

fn build_chosen(
    method: EnvironmentMethod,
    variables: &Variables<'_>,
    settings: &Settings,
    files: Arc<dyn Files>,
) -> Result<Box<dyn TokenCredential>, CredentialError> {
    match method {
        EnvironmentMethod::ClientSecret => {
            let secret = variables.secret(SECRET)?;
            let builder =
                ClientSecretCredential::builder(variables.tenant()?, variables.client_id()?, secret);
            Ok(Box::new(configured!(settings, builder).build()?))
        }
        EnvironmentMethod::ClientCertificate => certificate(variables, settings, files),
        EnvironmentMethod::WorkloadIdentity => {
            let file = TokenFile::new(variables.text(TOKEN_FILE)?)?.with_files(files);
            by_assertion(variables, [TENANT, CLIENT], file, settings)
        }
        EnvironmentMethod::UsernamePassword => {
            let (name, password) = (variables.text(USERNAME)?, variables.secret(PASSWORD)?);
            let tenant = variables.tenant_of_user()?;
            let builder = UsernamePasswordCredential::builder(tenant, variables.client_id()?, name, password);
            Ok(Box::new(configured!(settings, builder).build()?))
        }
        EnvironmentMethod::AzurePipelines => {
            let assertion = variables.pipelines(settings)?;
            by_assertion(variables, [PIPELINES_TENANT, PIPELINES_CLIENT], assertion, settings)
        }
        EnvironmentMethod::GithubActions => {
            by_assertion(variables, [TENANT, CLIENT], variables.github(settings)?, settings)
        }
    }
}

/// An app that proves itself with an assertion; the two variables name its tenant and its id.
fn by_assertion(
    variables: &Variables<'_>,
    [tenant, client]: [&str; 2],
    assertion: impl ClientAssertion + 'static,
    settings: &Settings,
) -> Result<Box<dyn TokenCredential>, CredentialError> {
    let (tenant, client) = (variables.tenant_in(tenant)?, variables.client_id_in(client)?);
    Ok(Box::new(
        configured!(settings, ClientAssertionCredential::builder(tenant, client, assertion)).build()?,
    ))
}

#[cfg(feature = "certificate")]
fn certificate(
    variables: &Variables<'_>,
    settings: &Settings,
    files: Arc<dyn Files>,
) -> Result<Box<dyn TokenCredential>, CredentialError> {
    use crate::CertificateFile;
    use crate::environment_selection::{CERTIFICATE, CERTIFICATE_PASSWORD, SEND_CHAIN};

    let mut file = CertificateFile::new(variables.text(CERTIFICATE)?)?.with_files(files);
    if let Some(clock) = &settings.clock {
        file = file.with_clock(clock.clone());
    }
    if let Some(password) = variables.0.var(CERTIFICATE_PASSWORD)? {
        file = file.with_password(password);
    }
    let chain = variables.0.var(SEND_CHAIN)?;
    if chain.is_some_and(|value| value.expose() == "1" || value.expose().eq_ignore_ascii_case("true")) {
        file = file.with_chain();
    }
    by_assertion(variables, [TENANT, CLIENT], file, settings)
}

#[cfg(not(feature = "certificate"))]
fn certificate(
    _variables: &Variables<'_>,
    _settings: &Settings,
    _files: Arc<dyn Files>,
) -> Result<Box<dyn TokenCredential>, CredentialError> {
    Err(CredentialError::new(
        CredentialErrorKind::NotConfigured,
        format!(
            "{} is set, and this program is built without certificates",
            crate::environment_selection::CERTIFICATE
        ),
        "enable the feature `certificate` of the crate `entra`",
    ))
}

/// The variables, each checked under its name.
struct Variables<'a>(&'a dyn Environment);

impl Variables<'_> {
    fn secret(&self, name: &str) -> Result<Secret, CredentialError> {
        self.0.required(name)
    }

    /// A value that is no secret; the white space around it, such as a file's last line break, is dropped.
    fn text(&self, name: &str) -> Result<String, CredentialError> {
        Ok(self.0.required(name)?.expose().trim().to_owned())
    }

    /// The one tenant that an app signs in to.
    fn tenant(&self) -> Result<String, CredentialError> {
        self.tenant_in(TENANT)
    }

    fn tenant_in(&self, variable: &str) -> Result<String, CredentialError> {
        let tenant = self.text(variable)?;
        Tenant::parse_concrete(INVALID, &tenant).map_err(|error| named(variable, &error))?;
        Ok(tenant)
    }

    fn pipelines(&self, settings: &Settings) -> Result<AzurePipelinesAssertion, CredentialError> {
        let (address, connection) = (self.text(PIPELINES_ADDRESS)?, self.text(PIPELINES_CONNECTION)?);
        let assertion = AzurePipelinesAssertion::new(&address, &connection, self.secret(PIPELINES_TOKEN)?)?;
        Ok(match &settings.transport {
            Some(transport) => assertion.with_transport(transport.clone()),
            None => assertion,
        })
    }

    /// The audience is the one that the app's federated credential has by default in the authority's cloud.
    fn github(&self, settings: &Settings) -> Result<GithubActionsAssertion, CredentialError> {
        let cloud = settings.authority.as_ref().and_then(Authority::known_cloud).unwrap_or_default();
        let assertion = GithubActionsAssertion::new(&self.text(GITHUB_ADDRESS)?, self.secret(GITHUB_TOKEN)?)?
            .with_audience(cloud.federation_audience())?;
        Ok(match &settings.transport {
            Some(transport) => assertion.with_transport(transport.clone()),
            None => assertion,
        })
    }

    /// A user's tenant, which the account leads to when it is left out.
    fn tenant_of_user(&self) -> Result<String, CredentialError> {
        if self.0.var(TENANT)?.is_none() {
            return Ok("organizations".to_owned());
        }
        let tenant = self.text(TENANT)?;
        Tenant::parse(INVALID, &tenant).map_err(|error| named(TENANT, &error))?;
        Ok(tenant)
    }

    fn client_id(&self) -> Result<String, CredentialError> {
        self.client_id_in(CLIENT)
    }

    fn client_id_in(&self, variable: &str) -> Result<String, CredentialError> {
        let id = self.text(variable)?;
        check_client_id(&id).map_err(|error| named(variable, &error))?;
        Ok(id)
    }

    fn authority(&self) -> Result<Option<Authority>, CredentialError> {
        let Some(text) = self.0.var(AUTHORITY)? else { return Ok(None) };
        Authority::parse(text.expose().trim()).map(Some).map_err(|error| named(AUTHORITY, &error))
    }
}

/// Says which variable an error is about.
fn named(variable: &str, error: &CredentialError) -> CredentialError {
    CredentialError::new(error.kind(), format!("{variable}: {}", error.problem()), error.fix().to_owned())
}

impl fmt::Debug for EnvironmentCredentialBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvironmentCredentialBuilder")
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}
