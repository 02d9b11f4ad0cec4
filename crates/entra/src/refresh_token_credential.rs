//! Tokens for a user who signed in elsewhere.

use std::fmt;

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind, Secret};

use crate::client_options::{ClientOptions, client_options};
use crate::connection::{Connection, ProofSource, proof_options};
use crate::refresh_token_flow::check_refresh_token;
use crate::tenant::Tenant;
use crate::user_ask::UserAsk;
use crate::user_credential::UserCredential;
use crate::user_exchange::SignIn;
use crate::user_options::{UserOptions, user_credential, user_options};
use crate::{OAuthError, RefreshTokenFlow, TokenResponse};

/// Tokens for a user who signed in elsewhere, from the refresh token of that sign-in; cached and renewed ahead of expiry.
///
/// Newer refresh tokens replace the given one as answers bring them. When the last of them is refused, that is the error,
/// and [`OAuthError::needs_interaction`](crate::OAuthError::needs_interaction) holds; once it is dead, the next request
/// tries the given one again.
///
/// # Example
/// ```
/// use credential::{TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
/// use entra::RefreshTokenCredential;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let entra = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken","refresh_token":"next"}"#);
/// let client_id = "11111111-2222-3333-4444-555555555555";
/// let credential = RefreshTokenCredential::builder("organizations", client_id, "0.AXoA")
/// #     .transport(entra.shared())
///     .build()?;
/// let token = credential.get_token(&TokenRequest::new(["User.Read"])).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
pub struct RefreshTokenCredential(UserCredential<GivenToken>);

user_credential!(RefreshTokenCredential);

impl RefreshTokenCredential {
    /// Starts with the tenant, which may be `common`, `organizations` or `consumers`, the application (client) id that the
    /// refresh token was issued to, and the token.
    pub fn builder(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        refresh_token: impl Into<Secret>,
    ) -> RefreshTokenCredentialBuilder {
        RefreshTokenCredentialBuilder {
            tenant: tenant.into(),
            client_id: client_id.into(),
            refresh_token: refresh_token.into(),
            proof: ProofSource::default(),
            options: ClientOptions::default(),
            user: UserOptions::default(),
        }
    }
}

/// Stands in for a sign-in: the token that somebody brought along.
#[derive(Debug)]
struct GivenToken(Secret);

#[async_trait]
impl SignIn for GivenToken {
    async fn sign_in(
        &self,
        connection: &Connection,
        ask: &UserAsk<'_>,
    ) -> Result<TokenResponse, CredentialError> {
        let flow = RefreshTokenFlow::of(connection.proven_client(&ask.tenant).await?);
        let response = connection.exchange(flow.build(&self.0, ask)?).await?;
        // A server that does not rotate answers without one, and the given one stays good.
        Ok(response.or_refresh_token(&self.0))
    }

    fn can_repair(&self, _reason: &OAuthError) -> bool {
        false
    }
}

/// Collects what a [`RefreshTokenCredential`] is made of; nothing is checked before [`build`](Self::build).
pub struct RefreshTokenCredentialBuilder {
    tenant: String,
    client_id: String,
    refresh_token: Secret,
    proof: ProofSource,
    options: ClientOptions,
    user: UserOptions,
}

impl RefreshTokenCredentialBuilder {
    client_options!();
    user_options!();
    proof_options!();

    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when an input is empty or not of its
    ///   form, or the account is of another app or authority.
    /// - [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) without a transport, when the feature `reqwest`
    ///   is off.
    pub fn build(self) -> Result<RefreshTokenCredential, CredentialError> {
        let tenant = Tenant::parse(CredentialErrorKind::InvalidConfiguration, &self.tenant)?;
        check_refresh_token(&self.refresh_token)?;
        let connection = Connection::new(self.client_id, self.proof, &self.options)?;
        let given = GivenToken(self.refresh_token);
        UserCredential::new(tenant, connection, given, self.options, self.user).map(RefreshTokenCredential)
    }
}

impl fmt::Debug for RefreshTokenCredentialBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshTokenCredentialBuilder")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
