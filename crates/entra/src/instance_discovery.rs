//! Whether Entra knows a host.

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind};
use http::header::ACCEPT;
use http::{HeaderValue, Request, Response};
use serde_json::Value;

use crate::authority_metadata::unusable;
use crate::endpoint_kind::EndpointKind;
use crate::tenant::Tenant;
use crate::token_failure::failure_of;
use crate::{Authority, OAuthError, ProtocolVersion};

/// Entra's word that a host is one of its own, without I/O: what credentials ask for by themselves before they send anything
/// to a host that is not known.
///
/// # Example
/// ```
/// use entra::{Authority, InstanceDiscovery};
///
/// let stranger = Authority::parse("login.contoso.example")?;
/// let request = InstanceDiscovery::request(&stranger, "contoso.com")?;
/// assert_eq!(request.uri().host(), Some("login.microsoftonline.com"));
///
/// let body = r#"{"error":"invalid_instance","error_codes":[50049]}"#;
/// let response = http::Response::builder().status(400).body(bytes::Bytes::from(body)).unwrap();
/// let error = InstanceDiscovery::read(&response).unwrap_err();
/// assert_eq!(error.code(), Some("AADSTS50049"));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceDiscovery {
    aliases: Vec<Vec<String>>,
}

impl InstanceDiscovery {
    /// Builds the question whether Entra knows the host of this authority.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidRequest`] when the tenant is not of its form.
    pub fn request(authority: &Authority, tenant: &str) -> Result<Request<Bytes>, CredentialError> {
        Self::build(authority, &Tenant::parse(CredentialErrorKind::InvalidRequest, tenant)?)
    }

    pub(crate) fn build(authority: &Authority, tenant: &Tenant) -> Result<Request<Bytes>, CredentialError> {
        // A host that is known answers for itself, so that no cloud's names leave it.
        let witness = authority.known_cloud().unwrap_or_default();
        let endpoint = authority.endpoint(EndpointKind::Authorization, tenant, ProtocolVersion::V2)?;
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("api-version", "1.1")
            .append_pair("authorization_endpoint", &endpoint.to_string())
            .finish();
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() =
            Authority::cloud(witness).base()?.uri(&format!("/common/discovery/instance?{query}"))?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    /// Reads the answer, which is good when Entra knows the host.
    ///
    /// # Errors
    /// - [`CredentialErrorKind::Refused`] with the code `AADSTS50049` when Entra does not.
    /// - [`CredentialErrorKind::Throttled`], [`CredentialErrorKind::Unavailable`] and
    ///   [`CredentialErrorKind::UnexpectedAnswer`] when there is no telling.
    pub fn read(response: &Response<Bytes>) -> Result<Self, CredentialError> {
        if !response.status().is_success() {
            return Err(refusal(response));
        }
        let body: Option<Value> = serde_json::from_slice(response.body()).ok();
        let Some(body) =
            body.filter(|body| body.get("tenant_discovery_endpoint").is_some_and(Value::is_string))
        else {
            return Err(unusable("instance discovery answered something else than Entra does".to_owned()));
        };
        let groups = body.get("metadata").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let hosts = |group: &Value| -> Option<Vec<String>> {
            let hosts = group.get("aliases")?.as_array()?.iter();
            Some(hosts.filter_map(Value::as_str).map(str::to_owned).collect())
        };
        Ok(Self { aliases: groups.iter().filter_map(hosts).collect() })
    }

    /// Returns the hosts that are the same place as `host`, itself included; none when Entra lists no aliases of it.
    pub fn aliases(&self, host: &str) -> &[String] {
        let is_here = |group: &&Vec<String>| group.iter().any(|alias| alias.eq_ignore_ascii_case(host));
        self.aliases.iter().find(is_here).map(Vec::as_slice).unwrap_or_default()
    }
}

fn refusal(response: &Response<Bytes>) -> CredentialError {
    let error = failure_of("instance discovery", response);
    if OAuthError::of(&error).is_some_and(|oauth| oauth.error() == "invalid_instance") {
        return error.with_fix(
            "check the authority's address; for a private cloud, call without_instance_discovery on the authority; for a server \
             that is not Entra, use Authority::open_id",
        );
    }
    error
}
