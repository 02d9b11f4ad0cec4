//! Which app asks, where, and how it proves itself.

use std::borrow::Cow;

use bytes::Bytes;
use credential::CredentialError;
use http::{Request, Uri};

use crate::client_id::check_client_id;
use crate::scope::DefaultScope;
use crate::tenant::Tenant;
use crate::token_request::token_request;
use crate::{Authority, ClientProof, ProtocolVersion};

/// What the requests of all flows have in common: the app, and whom it asks.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) authority: Authority,
    pub(crate) version: ProtocolVersion,
    pub(crate) proof: Option<ClientProof>,
}

/// The fields of a form, in their order.
pub(crate) type Fields<'a> = Vec<(&'static str, Cow<'a, str>)>;

impl Client {
    pub(crate) fn new(id: impl Into<String>) -> Result<Self, CredentialError> {
        let id = id.into();
        check_client_id(&id)?;
        Ok(Self { id, authority: Authority::default(), version: ProtocolVersion::default(), proof: None })
    }

    pub(crate) fn token_uri(&self, tenant: &Tenant) -> Result<Uri, CredentialError> {
        self.authority.token_uri(tenant, self.version)
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
        Ok(token_request(self.token_uri(tenant)?, fields))
    }
}

/// The fields of an app that gets a token for itself (RFC 6749, section 4.4).
pub(crate) fn app_request(
    client: &Client,
    proof: &ClientProof,
    tenant: &Tenant,
    scope: DefaultScope<'_>,
    claims: Option<&str>,
) -> Result<Request<Bytes>, CredentialError> {
    let mut fields = client.fields("client_credentials");
    fields.extend(proof.fields());
    let (name, scope) = scope.field(client.version);
    fields.push((name, scope.into()));
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

        /// Uses another version of the endpoints than v2.
        #[must_use]
        pub fn with_version(mut self, version: $crate::ProtocolVersion) -> Self {
            self.client.version = version;
            self
        }
    };
}
pub(crate) use flow_options;
