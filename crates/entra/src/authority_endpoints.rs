//! Where an authority's endpoints are, by the pattern of Entra and AD FS.

use credential::{CredentialError, CredentialErrorKind};
use http::Uri;

use crate::endpoint_kind::EndpointKind;
use crate::tenant::Tenant;
use crate::{Authority, ProtocolVersion};

impl Authority {
    /// Returns the address of a tenant's token endpoint, by the pattern of Entra and AD FS: what tokens are requested from, and
    /// the `aud` of a client assertion.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the tenant is empty or holds other characters than ASCII
    /// letters, digits, `-` and `.`, and for an OpenID Connect server, whose endpoints only its metadata names.
    pub fn token_endpoint(&self, tenant: &str, version: ProtocolVersion) -> Result<Uri, CredentialError> {
        self.endpoint(EndpointKind::Token, &parse_tenant(tenant)?, version)
    }

    /// Returns the address that a browser is sent to for a sign-in, without a query.
    ///
    /// # Errors
    /// Those of [`Authority::token_endpoint`].
    pub fn authorization_endpoint(
        &self,
        tenant: &str,
        version: ProtocolVersion,
    ) -> Result<Uri, CredentialError> {
        self.endpoint(EndpointKind::Authorization, &parse_tenant(tenant)?, version)
    }

    /// Returns the address where a device code is asked for.
    ///
    /// # Errors
    /// Those of [`Authority::token_endpoint`].
    pub fn device_authorization_endpoint(
        &self,
        tenant: &str,
        version: ProtocolVersion,
    ) -> Result<Uri, CredentialError> {
        self.endpoint(EndpointKind::DeviceAuthorization, &parse_tenant(tenant)?, version)
    }

    /// Returns the address that a browser is sent to for signing out.
    ///
    /// # Errors
    /// Those of [`Authority::token_endpoint`].
    pub fn end_session_endpoint(
        &self,
        tenant: &str,
        version: ProtocolVersion,
    ) -> Result<Uri, CredentialError> {
        self.endpoint(EndpointKind::EndSession, &parse_tenant(tenant)?, version)
    }

    /// An endpoint by the pattern.
    pub(crate) fn endpoint(
        &self,
        endpoint: EndpointKind,
        tenant: &Tenant,
        version: ProtocolVersion,
    ) -> Result<Uri, CredentialError> {
        self.below(&self.kind_for(tenant).path(endpoint, tenant, version)?)
    }

    /// Where the metadata lies.
    pub(crate) fn metadata_uri(
        &self,
        tenant: &Tenant,
        version: ProtocolVersion,
    ) -> Result<Uri, CredentialError> {
        self.below(&self.kind_for(tenant).metadata_path(tenant, version))
    }

    fn below(&self, path: &str) -> Result<Uri, CredentialError> {
        self.base()?.uri(path)
    }
}

fn parse_tenant(text: &str) -> Result<Tenant, CredentialError> {
    Tenant::parse(CredentialErrorKind::InvalidConfiguration, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_joined() {
        for (text, expected) in [
            ("https://login.stack.example/a/b/", "https://login.stack.example/a/b/t/oauth2/token"),
            ("login.stack.example:8443", "https://login.stack.example:8443/t/oauth2/token"),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000/t/oauth2/token"),
            ("https://localhost:5000", "https://localhost:5000/t/oauth2/token"),
            ("login.windows.net", "https://login.windows.net/t/oauth2/token"),
        ] {
            let authority = Authority::parse_local(text).unwrap();
            assert_eq!(authority.token_endpoint("t", ProtocolVersion::V1).unwrap(), expected);
            assert!(authority.token_endpoint("a/b", ProtocolVersion::V2).is_err());
        }
    }

    #[test]
    fn every_endpoint_has_its_place_in_the_pattern() {
        let all = |authority: &Authority, tenant: &str, version| {
            [
                authority.authorization_endpoint(tenant, version).unwrap(),
                authority.device_authorization_endpoint(tenant, version).unwrap(),
                authority.end_session_endpoint(tenant, version).unwrap(),
            ]
            .map(|uri| uri.to_string())
        };
        let with = |base: &str| ["authorize", "devicecode", "logout"].map(|last| format!("{base}/{last}"));
        let entra = Authority::default();
        for (version, base) in [(ProtocolVersion::V1, "oauth2"), (ProtocolVersion::V2, "oauth2/v2.0")] {
            let expected = with(&format!("https://login.microsoftonline.com/t/{base}"));
            assert_eq!(all(&entra, "t", version), expected);
        }
        let b2c = Authority::b2c("contoso.b2clogin.com", "B2C_1_a").unwrap();
        let expected = with("https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_a/oauth2/v2.0");
        assert_eq!(all(&b2c, "contoso.onmicrosoft.com", ProtocolVersion::V2), expected);
        assert_eq!(b2c.to_string(), "https://contoso.b2clogin.com/B2C_1_a");
        for version in [ProtocolVersion::V1, ProtocolVersion::V2] {
            let fs = Authority::parse("https://fs.contoso.example/ADFS/").unwrap();
            assert_eq!(fs, Authority::parse("fs.contoso.example").unwrap());
            assert_eq!(all(&fs, "adfs", version), with("https://fs.contoso.example/adfs/oauth2"));
        }
    }

    #[test]
    fn an_openid_connect_server_has_no_pattern() {
        let server = Authority::open_id("https://id.example/realms/one/").unwrap();
        let error = server.token_endpoint(Authority::NO_TENANT, ProtocolVersion::V2).unwrap_err();
        assert!(error.fix().contains("metadata"), "{error}");
        let tenant = Tenant::parse(CredentialErrorKind::InvalidConfiguration, Authority::NO_TENANT).unwrap();
        assert_eq!(
            server.metadata_uri(&tenant, ProtocolVersion::V2).unwrap(),
            "https://id.example/realms/one/.well-known/openid-configuration"
        );
        assert!(Authority::open_id("http://id.example").is_err());
        assert!(Authority::open_id_local("http://127.0.0.1:1").is_ok());
    }
}
