//! A configuration block, read.

use std::fmt;

use credential::{CredentialError, Secret};
use zeroize::Zeroizing;

use crate::configuration_block::{Block, Unusable, unusable};
use crate::configuration_reading::{self, Hosts};
use crate::{ConfigurationForm, MediaEnvironment, ServicePrincipal};

/// What a configuration block of Media Services says: an app, perhaps, the cloud, the account and where its APIs are.
///
/// The form and the family of names are told by the block itself. Read are the JSON, XML and `KEY=value` blocks of the
/// portal's API access page and of `az ams account sp create`; `appsettings.json`, with the keys at the top or in a section;
/// the `.env` files of the samples for Python and Node.js; `app.config` of the samples for REST v2; Postman's environments
/// and collections; and the properties of the Spring Boot starter. Other keys are ignored.
///
/// A block without an app is good for a [`MediaUser`](crate::MediaUser), who signs in.
///
/// # Example
/// ```
/// use ams_aad::MediaConfiguration;
///
/// let configuration = MediaConfiguration::parse(
///     "AZURE_TENANT_ID= \"contoso.com\"
///      AZURE_MEDIA_SERVICES_ACCOUNT_NAME=myaccount
///      AZURE_RESOURCE_GROUP=my-group
///      AZURE_SUBSCRIPTION_ID=00000000-0000-0000-0000-000000000001",
/// )?;
/// assert_eq!(configuration.tenant(), Some("contoso.com"));
/// assert_eq!(configuration.environment().account()?.name(), "myaccount");
///
/// let error = configuration.service_principal().unwrap_err();
/// assert!(error.to_string().contains("AZURE_CLIENT_ID (missing), AZURE_CLIENT_SECRET (missing)"));
/// # Ok::<(), credential::CredentialError>(())
/// ```
pub struct MediaConfiguration {
    form: ConfigurationForm,
    app: App,
    environment: MediaEnvironment,
    unusable: Vec<Unusable>,
}

/// The app's part of a block.
pub(crate) struct App {
    pub(crate) tenant: Option<Zeroizing<String>>,
    pub(crate) client_id: Option<Zeroizing<String>>,
    pub(crate) secret: Option<Secret>,
}

impl MediaConfiguration {
    /// Reads a block of any form and family.
    ///
    /// When the authority is a Microsoft cloud's, the endpoints must be of the same cloud. With any other authority they
    /// may be anywhere, by `https`.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the block cannot be read, or
    /// naming the keys whose values are of no use. Of the app, nothing needs to be there.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        configuration_reading::read_leniently(Block::parse(text)?, Hosts::Remote)
    }

    /// Reads like [`MediaConfiguration::parse`], and also accepts `http` endpoints on loopback hosts, where an emulator
    /// listens.
    ///
    /// # Errors
    /// Those of [`MediaConfiguration::parse`].
    pub fn parse_local(text: &str) -> Result<Self, CredentialError> {
        configuration_reading::read_leniently(Block::parse(text)?, Hosts::Local)
    }

    pub(crate) fn new(
        form: ConfigurationForm,
        app: App,
        environment: MediaEnvironment,
        unusable: Vec<Unusable>,
    ) -> Result<Self, CredentialError> {
        let configuration = Self { form, app, environment, unusable };
        // With an app, what is wrong with it is said first.
        if configuration.unusable.is_empty() {
            configuration.service_principal()?;
        }
        configuration.environment.check_clouds()?;
        Ok(configuration)
    }

    /// Returns how the block is written.
    pub fn form(&self) -> ConfigurationForm {
        self.form
    }

    /// Returns the tenant, if the block names one.
    pub fn tenant(&self) -> Option<&str> {
        self.app.tenant.as_ref().map(|text| text.as_str())
    }

    /// Returns the application (client) id, if the block names one.
    pub fn client_id(&self) -> Option<&str> {
        self.app.client_id.as_ref().map(|text| text.as_str())
    }

    /// Returns which cloud, which account, and where its APIs are.
    pub fn environment(&self) -> &MediaEnvironment {
        &self.environment
    }

    /// Makes the app of the block.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) naming every key of the app that is
    /// missing, holds a placeholder, or holds the notice that a secret cannot be shown again.
    pub fn service_principal(&self) -> Result<ServicePrincipal, CredentialError> {
        match &self.app {
            App { tenant: Some(tenant), client_id: Some(client_id), secret: Some(secret) } => {
                ServicePrincipal::builder(tenant.as_str(), client_id.as_str(), secret.clone())
                    .environment(self.environment.clone())
                    .build()
            }
            _ => Err(unusable(&self.unusable.iter().collect::<Vec<_>>())),
        }
    }
}

/// Shows nothing of the app before it was checked: a secret may stand in the wrong place.
impl fmt::Debug for MediaConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaConfiguration")
            .field("form", &self.form)
            .field("environment", &self.environment)
            .field("has_app", &self.unusable.is_empty())
            .finish_non_exhaustive()
    }
}
