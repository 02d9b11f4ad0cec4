//! How a configuration block is written.

use std::fmt;

/// How a configuration block is written.
///
/// # Example
/// ```
/// use ams_aad::{ConfigurationForm, MediaConfiguration};
///
/// let configuration = MediaConfiguration::parse("AZURE_TENANT_ID = \"contoso.com\"")?;
/// assert_eq!(configuration.form(), ConfigurationForm::Env);
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigurationForm {
    /// A JSON object.
    Json,
    /// `<add key=".." value=".."/>` elements, with or without a root; read with the feature `xml`.
    Xml,
    /// Lines of `KEY=value`: a `.env` or `.properties` file.
    Env,
}

impl ConfigurationForm {
    /// Tells the form of a block by its first character, or else by its having an equals sign.
    pub(crate) fn of(text: &str) -> Option<Self> {
        match text.chars().next()? {
            '{' => Some(Self::Json),
            '<' => Some(Self::Xml),
            '[' | '"' => None,
            _ => text.contains('=').then_some(Self::Env),
        }
    }
}

impl fmt::Display for ConfigurationForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Env => "KEY=value",
        })
    }
}
