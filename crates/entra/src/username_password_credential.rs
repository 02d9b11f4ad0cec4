//! Tokens for a user whose password the program knows.

use std::fmt;

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind, Secret};

use crate::client_options::{ClientOptions, client_options};
use crate::connection::{Connection, ProofSource, proof_options};
use crate::tenant::Tenant;
use crate::user_ask::UserAsk;
use crate::user_credential::UserCredential;
use crate::user_exchange::SignIn;
use crate::user_options::{UserOptions, user_credential, user_options};
use crate::username_password_flow::{check_input, check_tenant};
use crate::{OAuthError, TokenResponse, UsernamePasswordFlow};

/// Tokens for a user whose password the program knows. Discouraged: for moving old programs, and for tests.
///
/// It cannot answer multi-factor authentication, which Entra demands of ever more sign-ins, it does not work for personal,
/// guest and most federated accounts, and it takes a password out of the person's hands. Microsoft has deprecated the flow.
/// Use a device code or the browser for persons, and a certificate or a federated assertion for programs.
///
/// # Example
/// ```
/// use credential::{TokenCredential, TokenRequest};
/// # use credential_testkit::ScriptedTransport;
/// use entra::UsernamePasswordCredential;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let entra = ScriptedTransport::new()
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken","refresh_token":"next"}"#);
/// let client_id = "11111111-2222-3333-4444-555555555555";
/// let credential = UsernamePasswordCredential::builder("contoso.com", client_id, "ada@contoso.com", "p&ss")
/// #     .transport(entra.shared())
///     .build()?;
/// let token = credential.get_token(&TokenRequest::new(["User.Read"])).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
pub struct UsernamePasswordCredential(UserCredential<KnownPassword>);

user_credential!(UsernamePasswordCredential);

impl UsernamePasswordCredential {
    /// Starts with the tenant (or `organizations`), the application (client) id, the user's name and password.
    pub fn builder(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        username: impl Into<String>,
        password: impl Into<Secret>,
    ) -> UsernamePasswordCredentialBuilder {
        UsernamePasswordCredentialBuilder {
            tenant: tenant.into(),
            client_id: client_id.into(),
            known: KnownPassword { username: username.into(), password: password.into() },
            proof: ProofSource::default(),
            options: ClientOptions::default(),
            user: UserOptions::default(),
        }
    }
}

/// The password stands in for the person.
struct KnownPassword {
    username: String,
    password: Secret,
}

#[async_trait]
impl SignIn for KnownPassword {
    async fn sign_in(
        &self,
        connection: &Connection,
        ask: &UserAsk<'_>,
    ) -> Result<TokenResponse, CredentialError> {
        let flow = UsernamePasswordFlow::of(connection.proven_client(&ask.tenant).await?);
        connection.exchange(flow.build(&self.username, &self.password, ask)?).await
    }

    /// A password brings a new refresh token, and nothing that Entra would ask a person for.
    fn can_repair(&self, reason: &OAuthError) -> bool {
        reason.ends_refresh_token()
    }
}

impl fmt::Debug for KnownPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KnownPassword")
    }
}

/// Collects what a [`UsernamePasswordCredential`] is made of; nothing is checked before [`build`](Self::build).
pub struct UsernamePasswordCredentialBuilder {
    tenant: String,
    client_id: String,
    known: KnownPassword,
    proof: ProofSource,
    options: ClientOptions,
    user: UserOptions,
}

impl UsernamePasswordCredentialBuilder {
    client_options!();
    user_options!();
    proof_options!();

    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when an input is empty or not of its
    ///   form, the tenant is `common` or `consumers`, or the account is of another app or authority.
    /// - [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) without a transport, when the feature `reqwest`
    ///   is off.
    pub fn build(self) -> Result<UsernamePasswordCredential, CredentialError> {
        const KIND: CredentialErrorKind = CredentialErrorKind::InvalidConfiguration;
        let tenant = Tenant::parse(KIND, &self.tenant)?;
        check_tenant(KIND, &tenant)?;
        check_input(&self.known.username, &self.known.password)?;
        let connection = Connection::new(self.client_id, self.proof, &self.options)?;
        UserCredential::new(tenant, connection, self.known, self.options, self.user)
            .map(UsernamePasswordCredential)
    }
}

impl fmt::Debug for UsernamePasswordCredentialBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsernamePasswordCredentialBuilder")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
