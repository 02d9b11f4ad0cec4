//! What an authority says of itself.

use std::fmt;

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind};
use http::header::ACCEPT;
use http::{HeaderValue, Request, Response, Uri};
use serde_json::Value;

use crate::authority_kind::AuthorityKind;
use crate::endpoint_kind::EndpointKind;
use crate::issuer::{Judge, check_issuer};
use crate::tenant::Tenant;
use crate::token_failure::failure_of;
use crate::{Authority, ProtocolVersion};

/// What an authority says of itself: its issuer and its endpoints. Read only when the issuer is the authority that was asked.
///
/// Credentials read it by themselves where they need it. For the flows without I/O, send [`request`](Self::request) with an HTTP
/// client of your own that follows no redirects, keep what [`read`](Self::read) returns for a day, and give it to the flow's
/// `with_metadata`.
///
/// OpenID Connect Discovery 1.0, sections 3 and 4; Entra documents where its own metadata differs from that.
///
/// # Example
/// ```
/// use entra::{Authority, AuthorityMetadata, ClientSecretFlow, ProtocolVersion};
///
/// let server = Authority::open_id("https://id.example")?;
/// let request = AuthorityMetadata::request(&server, Authority::NO_TENANT, ProtocolVersion::V2)?;
/// assert_eq!(request.uri(), "https://id.example/.well-known/openid-configuration");
///
/// let body = r#"{"issuer":"https://id.example","token_endpoint":"https://id.example/token"}"#;
/// let response = http::Response::new(bytes::Bytes::from(body));
/// let metadata = AuthorityMetadata::read(&response, &server, Authority::NO_TENANT, ProtocolVersion::V2)?;
/// let flow = ClientSecretFlow::new("app", "s3cret")?.with_authority(server).with_metadata(metadata);
/// assert_eq!(flow.request(Authority::NO_TENANT, "read", None)?.uri(), "https://id.example/token");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorityMetadata {
    issuer: String,
    token_endpoint: Uri,
    authorization_endpoint: Option<Uri>,
    device_authorization_endpoint: Option<Uri>,
    end_session_endpoint: Option<Uri>,
    jwks_uri: Option<Uri>,
    /// None: it is the same for all tenants.
    tenant: Option<Tenant>,
    is_rs256_wanted: bool,
    is_basic_wanted: bool,
}

impl AuthorityMetadata {
    /// Builds the request for the metadata of an authority and tenant.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when the tenant is not of its form.
    pub fn request(
        authority: &Authority,
        tenant: &str,
        version: ProtocolVersion,
    ) -> Result<Request<Bytes>, CredentialError> {
        Self::build(authority, &Tenant::parse(CredentialErrorKind::InvalidRequest, tenant)?, version)
    }

    pub(crate) fn build(
        authority: &Authority,
        tenant: &Tenant,
        version: ProtocolVersion,
    ) -> Result<Request<Bytes>, CredentialError> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = authority.metadata_uri(tenant, version)?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    /// Reads the answer, and checks that it is about this authority and tenant, and that the endpoints belong to it.
    ///
    /// # Errors
    /// - [`CredentialErrorKind::UnexpectedAnswer`] when it is no metadata, or that of another issuer, or it names endpoints that
    ///   are not safe to use.
    /// - [`CredentialErrorKind::Refused`] when Entra knows no such tenant.
    /// - [`CredentialErrorKind::Throttled`] and [`CredentialErrorKind::Unavailable`]: try again later.
    /// - [`CredentialErrorKind::InvalidRequest`] when the tenant is not of its form.
    pub fn read(
        response: &Response<Bytes>,
        authority: &Authority,
        tenant: &str,
        version: ProtocolVersion,
    ) -> Result<Self, CredentialError> {
        let tenant = Tenant::parse(CredentialErrorKind::InvalidRequest, tenant)?;
        Self::read_for(response, authority, &tenant, version)
    }

    pub(crate) fn read_for(
        response: &Response<Bytes>,
        authority: &Authority,
        tenant: &Tenant,
        version: ProtocolVersion,
    ) -> Result<Self, CredentialError> {
        let body: Option<Value> = match response.status().is_success() {
            true => serde_json::from_slice(response.body()).ok().filter(Value::is_object),
            false => None,
        };
        let body = body.ok_or_else(|| failure_of("the authority's metadata address", response))?;
        let judge = Judge { authority, kind: &authority.kind_for(tenant), tenant, version };
        let issuer = body.get("issuer").and_then(Value::as_str).unwrap_or_default();
        check_issuer(&judge, issuer)?;
        let endpoint = |name: &'static str| {
            let text = body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(|text| judge.endpoint(name, text)).transpose()
        };
        let token_endpoint = endpoint(EndpointKind::Token.field())?
            .ok_or_else(|| unusable("the authority's metadata names no token_endpoint".to_owned()))?;
        Ok(Self {
            issuer: issuer.to_owned(),
            token_endpoint,
            authorization_endpoint: endpoint(EndpointKind::Authorization.field())?,
            device_authorization_endpoint: endpoint(EndpointKind::DeviceAuthorization.field())?,
            end_session_endpoint: endpoint(EndpointKind::EndSession.field())?,
            jwks_uri: endpoint("jwks_uri")?,
            tenant: (!judge.kind.is_tenant_independent()).then(|| tenant.clone()),
            is_rs256_wanted: *judge.kind == AuthorityKind::AdFs
                || only_other(&body, "token_endpoint_auth_signing_alg_values_supported", "PS256"),
            is_basic_wanted: only_other(&body, "token_endpoint_auth_methods_supported", "client_secret_post"),
        })
    }

    /// Returns the issuer: what the `iss` of its tokens begins with. Entra's holds `{tenantid}` where the tenant is not one.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the address that tokens are requested from.
    pub fn token_endpoint(&self) -> &Uri {
        &self.token_endpoint
    }

    /// Returns the address that a browser is sent to for a sign-in. It may have a query already.
    pub fn authorization_endpoint(&self) -> Option<&Uri> {
        self.authorization_endpoint.as_ref()
    }

    /// Returns the address where a device code is asked for.
    pub fn device_authorization_endpoint(&self) -> Option<&Uri> {
        self.device_authorization_endpoint.as_ref()
    }

    /// Returns the address that a browser is sent to for signing out. It may have a query already.
    pub fn end_session_endpoint(&self) -> Option<&Uri> {
        self.end_session_endpoint.as_ref()
    }

    /// Returns the address of the keys that sign the issuer's tokens.
    pub fn jwks_uri(&self) -> Option<&Uri> {
        self.jwks_uri.as_ref()
    }

    pub(crate) fn endpoint(&self, kind: EndpointKind, tenant: &Tenant) -> Result<Uri, CredentialError> {
        if self.tenant.as_ref().is_some_and(|own| !own.is(tenant.as_str())) {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidRequest,
                "the authority's metadata is that of another tenant",
                "read the metadata for the tenant of the request",
            ));
        }
        let found = match kind {
            EndpointKind::Token => Some(&self.token_endpoint),
            EndpointKind::Authorization => self.authorization_endpoint.as_ref(),
            EndpointKind::DeviceAuthorization => self.device_authorization_endpoint.as_ref(),
            EndpointKind::EndSession => self.end_session_endpoint.as_ref(),
        };
        found.cloned().ok_or_else(|| {
            CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                format!("the authority has no {}", kind.field()),
                "use another flow, or switch this one on in the server's settings",
            )
        })
    }

    /// Says whether client assertions must be signed with RS256, because the server takes no PS256.
    pub(crate) fn is_rs256_wanted(&self) -> bool {
        self.is_rs256_wanted
    }

    /// Says whether a client secret must stand in the header, because the server takes none in the form.
    pub(crate) fn is_basic_wanted(&self) -> bool {
        self.is_basic_wanted
    }
}

/// Says whether a list is there and lacks an entry. A server that lists nothing is tried with what we like best.
fn only_other(body: &Value, list: &str, entry: &str) -> bool {
    let values = body.get(list).and_then(Value::as_array);
    values.is_some_and(|values| !values.is_empty() && !values.iter().any(|value| value == entry))
}

pub(crate) fn unusable(problem: String) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::UnexpectedAnswer,
        problem,
        "check the authority's address and tenant, and whether a proxy stands in between",
    )
}

impl fmt::Debug for AuthorityMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorityMetadata")
            .field("issuer", &self.issuer)
            .field("token_endpoint", &self.token_endpoint)
            .finish_non_exhaustive()
    }
}
