//! The address that signs a person out in the browser.

use credential::{CredentialError, CredentialErrorKind};

use crate::endpoint_kind::{EndpointKind, with_query};
use crate::redirect_uri::RedirectUri;
use crate::tenant::Tenant;
use crate::{Authority, AuthorityMetadata, ProtocolVersion};

/// The address that ends a person's session in the browser, beside forgetting the tokens with `sign_out`.
///
/// OpenID Connect RP-Initiated Logout 1.0, section 2, as Entra serves it at `/oauth2/v2.0/logout`.
///
/// # Example
/// ```
/// use entra::{Authority, EndSession};
///
/// let logout = EndSession::new(Authority::default(), "organizations")?.with_redirect_uri("https://app.example/")?;
/// assert_eq!(
///     logout.url()?,
///     "https://login.microsoftonline.com/organizations/oauth2/v2.0/logout?post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F"
/// );
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct EndSession {
    authority: Authority,
    version: ProtocolVersion,
    metadata: Option<AuthorityMetadata>,
    tenant: Tenant,
    redirect_uri: Option<RedirectUri>,
    logout_hint: Option<String>,
}

impl EndSession {
    /// Signs out at `authority`, of the tenant that was signed in to.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the tenant is not of its form.
    pub fn new(authority: Authority, tenant: &str) -> Result<Self, CredentialError> {
        let tenant = Tenant::parse(CredentialErrorKind::InvalidConfiguration, tenant)?;
        Ok(Self {
            authority,
            version: ProtocolVersion::default(),
            metadata: None,
            tenant,
            redirect_uri: None,
            logout_hint: None,
        })
    }

    /// Uses another version of the endpoints than v2.
    #[must_use]
    pub fn with_version(mut self, version: ProtocolVersion) -> Self {
        self.version = version;
        self
    }

    /// Takes the endpoint from the authority's metadata, as servers other than Entra and AD FS need it.
    #[must_use]
    pub fn with_metadata(mut self, metadata: AuthorityMetadata) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Has the browser go there afterwards: an address of the app registration.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when it is no address that a browser may be sent to.
    pub fn with_redirect_uri(mut self, redirect_uri: &str) -> Result<Self, CredentialError> {
        self.redirect_uri = Some(RedirectUri::parse(redirect_uri)?);
        Ok(self)
    }

    /// Signs this account out without asking which: the claim `login_hint` of its id token.
    #[must_use]
    pub fn with_logout_hint(mut self, hint: impl Into<String>) -> Self {
        self.logout_hint = Some(hint.into());
        self
    }

    /// Returns the address to open in the person's browser. It holds no token.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the authority has no such endpoint, or none that is known without
    /// its metadata.
    pub fn url(&self) -> Result<String, CredentialError> {
        let endpoint = match &self.metadata {
            Some(metadata) => metadata.endpoint(EndpointKind::EndSession, &self.tenant)?,
            None => self.authority.endpoint(EndpointKind::EndSession, &self.tenant, self.version)?,
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.redirect_uri.iter().map(|uri| ("post_logout_redirect_uri", uri.as_str())));
        query.extend_pairs(self.logout_hint.iter().map(|hint| ("logout_hint", hint)));
        Ok(with_query(&endpoint, &query.finish()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_encoded_and_bad_addresses_refused() {
        let logout = EndSession::new(Authority::default(), "common").unwrap();
        assert_eq!(logout.url().unwrap(), "https://login.microsoftonline.com/common/oauth2/v2.0/logout");
        let v1 = logout.clone().with_version(ProtocolVersion::V1).with_logout_hint("a&b=c");
        assert_eq!(
            v1.url().unwrap(),
            "https://login.microsoftonline.com/common/oauth2/logout?logout_hint=a%26b%3Dc"
        );
        assert!(logout.with_redirect_uri("http://planted.example").is_err());
        assert!(EndSession::new(Authority::default(), "a/b").is_err());
    }
}
