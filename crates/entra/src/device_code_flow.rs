//! The device-code flow, as values.

use bytes::Bytes;
use credential::{CredentialError, TokenRequest};
use http::Request;

use crate::DeviceCode;
use crate::client::{Client, flow_options};
use crate::endpoint_kind::EndpointKind;
use crate::token_request::token_request;
use crate::user_ask::UserAsk;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The device-code flow without I/O: one request for a code, which [`DeviceCode`] reads, then one after the other that
/// asks whether the person has signed in, which [`TokenResponse`](crate::TokenResponse) reads. RFC 8628.
///
/// # Example
/// ```
/// use std::time::SystemTime;
/// use credential::TokenRequest;
/// use entra::{DeviceCode, DeviceCodeFlow};
///
/// let flow = DeviceCodeFlow::new("11111111-2222-3333-4444-555555555555")?;
/// let wanted = TokenRequest::new(["https://graph.microsoft.com/User.Read"]);
/// let request = flow.code_request("organizations", &wanted)?;
/// assert_eq!(request.uri().path(), "/organizations/oauth2/v2.0/devicecode");
///
/// let body = r#"{"device_code":"d","user_code":"ABC-DEF","verification_uri":"https://microsoft.com/devicelogin"}"#;
/// let code = DeviceCode::read(&http::Response::new(bytes::Bytes::from(body)), SystemTime::UNIX_EPOCH)?;
/// let question = flow.token_request("organizations", &wanted, &code)?;
/// assert_eq!(question.uri().path(), "/organizations/oauth2/v2.0/token");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DeviceCodeFlow {
    client: Client,
}

impl DeviceCodeFlow {
    /// Takes the application (client) id, whose registration must allow public client flows.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when it is empty or not printable
    /// ASCII.
    pub fn new(client_id: impl Into<String>) -> Result<Self, CredentialError> {
        Ok(Self { client: Client::new(client_id)? })
    }

    pub(crate) fn of(client: Client) -> Self {
        Self { client }
    }

    flow_options!();

    /// Builds the request for a code. `openid profile offline_access` are added to the scopes; for v1 there must be one
    /// scope, `<resource>/.default`.
    ///
    /// # Errors
    /// [`InvalidRequest`](credential::CredentialErrorKind::InvalidRequest) when tenant, scopes or claims are not of their
    /// form.
    pub fn code_request(
        &self,
        tenant: &str,
        request: &TokenRequest,
    ) -> Result<Request<Bytes>, CredentialError> {
        self.build_code_request(&UserAsk::parse(tenant, request)?)
    }

    pub(crate) fn build_code_request(&self, ask: &UserAsk<'_>) -> Result<Request<Bytes>, CredentialError> {
        let mut fields = vec![("client_id", self.client.id.as_str().into())];
        fields.extend(ask.fields(&self.client)?.into_iter().filter(|(name, _)| *name != "client_info"));
        let endpoint = self.client.endpoint(EndpointKind::DeviceAuthorization, &ask.tenant)?;
        Ok(token_request(endpoint, &fields))
    }

    /// Builds the request that asks whether the person has signed in. Wait [`DeviceCode::interval`] before the first and
    /// between all; the error `authorization_pending` means not yet, and `slow_down` five seconds more from then on.
    ///
    /// The body holds the device code, and `Bytes` shows its content in `Debug`: do not log the request.
    ///
    /// # Errors
    /// Those of [`code_request`](Self::code_request).
    pub fn token_request(
        &self,
        tenant: &str,
        request: &TokenRequest,
        code: &DeviceCode,
    ) -> Result<Request<Bytes>, CredentialError> {
        self.build_token_request(&UserAsk::parse(tenant, request)?, code)
    }

    pub(crate) fn build_token_request(
        &self,
        ask: &UserAsk<'_>,
        code: &DeviceCode,
    ) -> Result<Request<Bytes>, CredentialError> {
        let mut fields = self.client.fields(GRANT);
        fields.push(("device_code", code.secret().expose().into()));
        match self.client.version {
            // The scopes stand with the code already; claims are for the token, and Microsoft's libraries repeat them.
            crate::ProtocolVersion::V2 => {
                fields.push(("client_info", "1".into()));
                fields.extend(ask.claims_field());
            }
            // The v1 endpoint knows the code by this name, and wants to hear the resource again.
            crate::ProtocolVersion::V1 => {
                fields.push(("code", code.secret().expose().into()));
                fields.extend(ask.fields(&self.client)?);
            }
        }
        self.client.send_to(&ask.tenant, &fields)
    }
}
