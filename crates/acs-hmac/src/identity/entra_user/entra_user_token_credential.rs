//! User access tokens of people who sign in with Entra.

use std::sync::Arc;

use async_trait::async_trait;
use credential::{
    AccessToken, Clock, CredentialError, CredentialErrorKind, CredentialIdentity, Endpoint, TokenCredential,
    TokenRequest, Transport,
};
use http::header::AUTHORIZATION;

use super::EntraUserTokenCredentialBuilder;
use super::exchange::Exchange;
use super::exchange_kind::ExchangeKind;
use crate::UserAndToken;
use crate::identity::answers;

/// Provides the user access token of a person who signs in with Entra, by exchanging an Entra token for it.
///
/// The Entra token must be a person's own (delegated), from a sign-in flow of the crate `entra` or from elsewhere. Its
/// scopes decide the exchange: [`CLIENTS_SCOPE`](crate::CLIENTS_SCOPE), the default, makes an Entra user of
/// Communication Services; those of Teams Phone extensibility make a Teams extension user.
///
/// What the official SDKs call `EntraCommunicationTokenCredentialOptions`, by the same rules: the Entra credential is
/// asked every time, so use one that caches; the exchange is made when there was none yet, the Entra token is another
/// one, or the user access token has expired or was refused by a service, and by one caller at a time. Other than
/// theirs, this credential sends nothing before the first token is asked for, checks the scopes when it is built, and
/// never repeats or drops a slash between endpoint and path.
///
/// A request's tenant and claims go to the Entra credential; its scopes are ignored.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use acs_hmac::EntraUserTokenCredential;
/// use credential::{AccessToken, Endpoint, StaticTokenCredential, TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let transport = ScriptedTransport::new().then_json(r#"{
/// #     "identity": {"id": "8:acs:resource_wf_tenant_oid"},
/// #     "accessToken": {"token": "t0ken", "expiresOn": "2999-01-01T00:00:00+00:00"}
/// # }"#);
/// // Stands in for one of the crate `entra` that signs a person in.
/// let entra = StaticTokenCredential::new(AccessToken::new("entra", SystemTime::now() + Duration::from_secs(3600)));
///
/// let endpoint = Endpoint::parse("endpoint", "https://contoso.communication.azure.com")?;
/// let credential = EntraUserTokenCredential::builder(endpoint, entra)
/// #   .transport(transport.shared())
///     .build()?;
/// let token = credential.get_token(&TokenRequest::default()).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EntraUserTokenCredential {
    pub(super) endpoint: Endpoint,
    pub(super) api_version: String,
    pub(super) kind: ExchangeKind,
    pub(super) entra: Arc<dyn TokenCredential>,
    pub(super) request: TokenRequest,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) exchange: Exchange,
}

impl EntraUserTokenCredential {
    /// Starts a credential of this resource, whose person signs in with `entra`.
    pub fn builder(
        endpoint: Endpoint,
        entra: impl TokenCredential + 'static,
    ) -> EntraUserTokenCredentialBuilder {
        EntraUserTokenCredentialBuilder::new(endpoint, Arc::new(entra))
    }

    /// Returns the token together with the user whose it is, under the rules of `get_token`.
    ///
    /// # Errors
    /// Those of the Entra credential and of the exchange.
    pub async fn user_and_token(&self, request: &TokenRequest) -> Result<UserAndToken, CredentialError> {
        let entra = self.entra.get_token(&self.entra_request(request)).await?;
        if entra.expose().trim().is_empty() {
            return Err(CredentialError::new(
                CredentialErrorKind::UnexpectedAnswer,
                "the Entra credential gave an empty token",
                "correct the credential that was passed for Entra",
            ));
        }
        self.exchange.get(&*self.clock, request, &entra, self.send(&entra)).await
    }

    fn entra_request(&self, request: &TokenRequest) -> TokenRequest {
        let mut entra = self.request.clone();
        if let Some(tenant) = request.tenant() {
            entra = entra.with_tenant(tenant.to_owned());
        }
        if let Some(claims) = request.claims() {
            entra = entra.with_claims(claims.to_owned());
        }
        entra
    }

    async fn send(&self, entra: &AccessToken) -> Result<UserAndToken, CredentialError> {
        let mut request = self.kind.request(&self.endpoint, &self.api_version)?;
        // The Entra token itself authorizes the request, and nothing else does.
        request.headers_mut().insert(AUTHORIZATION, entra.to_header_value()?);
        let response = self.transport.send(request).await?;
        answers::user_and_token(&response).map_err(|error| match error.kind() {
            CredentialErrorKind::Refused => error.with_fix(
                "check that the Entra token is a person's own, of the scopes for this exchange and of a tenant that the \
                 resource accepts, and that the person may use the resource",
            ),
            _ => error,
        })
    }
}

#[async_trait]
impl TokenCredential for EntraUserTokenCredential {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        Ok(self.user_and_token(request).await?.into_parts().1)
    }

    /// Of the person whom the Entra credential signs in, once that is known.
    fn identity(&self) -> Option<CredentialIdentity> {
        let person = self.entra.identity()?;
        let exchange = CredentialIdentity::new(self.endpoint.to_string(), self.request.scopes().join(" "));
        Some(exchange.with_account_of(&person))
    }
}
