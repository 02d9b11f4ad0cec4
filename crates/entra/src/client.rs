//! Which app asks, where, and how it proves itself.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use credential::CredentialError;
use http::header::AUTHORIZATION;
use http::{Request, Uri};

use crate::app_scope::AppScope;
use crate::basic_authorization::basic_authorization;
use crate::client_id::check_client_id;
use crate::endpoint_kind::EndpointKind;
use crate::tenant::Tenant;
use crate::token_request::token_request;
use crate::{Authority, AuthorityMetadata, ClientProof, ProtocolVersion};

/// What the requests of all flows have in common: the app, and whom it asks.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) authority: Authority,
    pub(crate) version: ProtocolVersion,
    /// Where the endpoints are not in the pattern.
    pub(crate) metadata: Option<Arc<AuthorityMetadata>>,
    pub(crate) proof: Option<ClientProof>,
}

/// The fields of a form, in their order.
pub(crate) type Fields<'a> = Vec<(&'static str, Cow<'a, str>)>;

impl Client {
    pub(crate) fn new(id: impl Into<String>) -> Result<Self, CredentialError> {
        let id = id.into();
        check_client_id(&id)?;
        let (authority, version) = (Authority::default(), ProtocolVersion::default());
        Ok(Self { id, authority, version, metadata: None, proof: None })
    }

    pub(crate) fn token_uri(&self, tenant: &Tenant) -> Result<Uri, CredentialError> {
        self.endpoint(EndpointKind::Token, tenant)
    }

    /// An endpoint: as the authority's metadata names it, or by the pattern.
    pub(crate) fn endpoint(&self, kind: EndpointKind, tenant: &Tenant) -> Result<Uri, CredentialError> {
        match &self.metadata {
            Some(metadata) => metadata.endpoint(kind, tenant),
            None => self.authority.endpoint(kind, tenant, self.version),
        }
    }

    /// Begins a form: the grant, the app, and its proof.
    pub(crate) fn fields(&self, grant_type: &'static str) -> Fields<'_> {
        let mut fields = vec![("grant_type", grant_type.into()), ("client_id", self.id.as_str().into())];
        if let Some(proof) = &self.proof {
            fields.extend(proof.fields());
        }
        fields
    }

    /// Ends a form: the request to the token endpoint.
    pub(crate) fn send_to(
        &self,
        tenant: &Tenant,
        fields: &Fields<'_>,
    ) -> Result<Request<Bytes>, CredentialError> {
        let uri = self.token_uri(tenant)?;
        let is_secret = |(name, _): &&(&str, Cow<'_, str>)| *name == "client_secret";
        let basic = self.metadata.as_ref().is_some_and(|metadata| metadata.is_basic_wanted());
        match fields.iter().find(is_secret).filter(|_| basic) {
            Some((_, secret)) => {
                let bare: Fields<'_> = fields.iter().filter(|field| !is_secret(field)).cloned().collect();
                let mut request = token_request(uri, &bare);
                request.headers_mut().insert(AUTHORIZATION, basic_authorization(&self.id, secret)?);
                Ok(request)
            }
            None => Ok(token_request(uri, fields)),
        }
    }
}

/// The fields of an app that gets a token for itself (RFC 6749, section 4.4).
pub(crate) fn app_request(
    client: &Client,
    proof: &ClientProof,
    tenant: &Tenant,
    scope: &AppScope<'_>,
    claims: Option<&str>,
) -> Result<Request<Bytes>, CredentialError> {
    let mut fields = client.fields("client_credentials");
    fields.extend(proof.fields());
    fields.extend(scope.field(client.version));
    fields.extend(claims.map(|claims| ("claims", claims.into())));
    client.send_to(tenant, &fields)
}

/// The methods of a flow with a field `client: Client`.
macro_rules! flow_options {
    () => {
        /// Uses another authority than the public cloud's.
        #[must_use]
        pub fn with_authority(mut self, authority: $crate::Authority) -> Self {
            self.client.authority = authority;
            self
        }

        /// Takes the endpoints from the authority's metadata, as every authority but the clouds needs it.
        #[must_use]
        pub fn with_metadata(mut self, metadata: $crate::AuthorityMetadata) -> Self {
            self.client.metadata = Some(std::sync::Arc::new(metadata));
            self
        }

        /// Uses another version of the endpoints than v2.
        #[must_use]
        pub fn with_version(mut self, version: $crate::ProtocolVersion) -> Self {
            self.client.version = version;
            self
        }
    };
}
pub(crate) use flow_options;
