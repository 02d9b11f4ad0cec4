//! Tokens for a person who signs in on another device.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind, Sleep};

use crate::client_options::{ClientOptions, client_options};
use crate::connection::{Connection, ProofSource};
use crate::poll_pace::PollPace;
use crate::tenant::Tenant;
use crate::user_ask::UserAsk;
use crate::user_credential::UserCredential;
use crate::user_exchange::SignIn;
use crate::user_options::{UserOptions, user_credential, user_options};
use crate::{DeviceCode, DeviceCodeFlow, TokenResponse};

type Prompt = Arc<dyn Fn(&DeviceCode) + Send + Sync>;

/// Tokens for a person who signs in on another device, with a browser and a code; cached, and renewed with the refresh
/// token, so that the person signs in once.
///
/// Dropping the future of `get_token` ends the waiting. Many tenants forbid this flow by a Conditional Access policy (code
/// `AADSTS53003`): sign in with the browser of the same device there.
///
/// # Example
/// ```
/// use credential::{TokenCredential, TokenRequest};
/// # use credential_testkit::{FakeClock, FakeSleep, ScriptedTransport};
/// use entra::DeviceCodeCredential;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let entra = ScriptedTransport::new()
/// #     .then_json(r#"{"device_code":"d","user_code":"ABC-DEF","verification_uri":"https://microsoft.com/devicelogin"}"#)
/// #     .then(400, &[], r#"{"error":"authorization_pending"}"#)
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#);
/// # let clock = FakeClock::at(1_800_000_000);
/// let credential = DeviceCodeCredential::builder("organizations", "11111111-2222-3333-4444-555555555555")
///     .prompt(|code| eprintln!("{}", code.message()))
/// #     .transport(entra.shared())
/// #     .clock(clock.shared())
/// #     .sleep(FakeSleep::on(&clock).shared())
///     .build()?;
/// let token = credential.get_token(&TokenRequest::new(["User.Read"])).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
pub struct DeviceCodeCredential(UserCredential<OnAnotherDevice>);

user_credential!(DeviceCodeCredential);

impl DeviceCodeCredential {
    /// Starts with the tenant, which may be `common`, `organizations` or `consumers`, and the application (client) id,
    /// whose registration must allow public client flows.
    pub fn builder(tenant: impl Into<String>, client_id: impl Into<String>) -> DeviceCodeCredentialBuilder {
        DeviceCodeCredentialBuilder {
            tenant: tenant.into(),
            client_id: client_id.into(),
            prompt: None,
            options: ClientOptions::default(),
            user: UserOptions::default(),
        }
    }
}

/// The person signs in on another device, while this one asks whether it is done.
struct OnAnotherDevice {
    prompt: Prompt,
    sleep: Arc<dyn Sleep>,
}

#[async_trait]
impl SignIn for OnAnotherDevice {
    async fn sign_in(
        &self,
        connection: &Connection,
        ask: &UserAsk<'_>,
    ) -> Result<TokenResponse, CredentialError> {
        let flow = DeviceCodeFlow::of(connection.proven_client(&ask.tenant).await?);
        let (sent_at, started) = (connection.clock.now(), connection.clock.elapsed());
        let response = connection.send(flow.build_code_request(ask)?).await?;
        let code = DeviceCode::read(&response, sent_at)?;
        (self.prompt)(&code);
        let deadline = started + code.expires_in();
        let mut pace = PollPace::new(code.interval());
        loop {
            let left = deadline.saturating_sub(connection.clock.elapsed());
            if left.is_zero() {
                return Err(expired());
            }
            self.sleep.sleep(pace.wait().min(left)).await;
            match connection.exchange(flow.build_token_request(ask, &code)?).await {
                Ok(response) => return Ok(response),
                Err(error) => pace = pace.after(&error).ok_or(error)?,
            }
        }
    }
}

fn expired() -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::Refused,
        "the code expired before the person had signed in",
        "start the sign-in again",
    )
    .with_code("expired_token")
    .with_reference("oauth-expired-token")
}

impl fmt::Debug for OnAnotherDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnAnotherDevice").field("sleep", &self.sleep).finish_non_exhaustive()
    }
}

/// Collects what a [`DeviceCodeCredential`] is made of; nothing is checked before [`build`](Self::build).
pub struct DeviceCodeCredentialBuilder {
    tenant: String,
    client_id: String,
    prompt: Option<Prompt>,
    options: ClientOptions,
    user: UserOptions,
}

impl DeviceCodeCredentialBuilder {
    /// Shows the person where to sign in and with which code. Required; called once for each sign-in.
    #[must_use]
    pub fn prompt(mut self, prompt: impl Fn(&DeviceCode) + Send + Sync + 'static) -> Self {
        self.prompt = Some(Arc::new(prompt));
        self
    }

    client_options!();
    user_options!();

    /// Waits between two questions this way instead of on tokio.
    #[must_use]
    pub fn sleep(mut self, sleep: Arc<dyn Sleep>) -> Self {
        self.options.set_sleep(sleep);
        self
    }

    /// Checks everything, without I/O.
    ///
    /// # Errors
    /// - [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when an input is empty or not of its
    ///   form, there is no prompt, or the account is of another app or authority.
    /// - [`NotConfigured`](credential::CredentialErrorKind::NotConfigured) without a transport or a way to sleep, when the
    ///   feature `reqwest` is off.
    pub fn build(self) -> Result<DeviceCodeCredential, CredentialError> {
        let tenant = Tenant::parse(CredentialErrorKind::InvalidConfiguration, &self.tenant)?;
        let Some(prompt) = self.prompt else {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "there is no prompt to show the person the code with",
                "give the builder one, such as |code| eprintln!(\"{}\", code.message())",
            ));
        };
        let sign_in = OnAnotherDevice { prompt, sleep: self.options.sleep()? };
        let connection = Connection::new(self.client_id, ProofSource::None, &self.options)?;
        UserCredential::new(tenant, connection, sign_in, self.options, self.user).map(DeviceCodeCredential)
    }
}

impl fmt::Debug for DeviceCodeCredentialBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCodeCredentialBuilder")
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .field("authority", &self.options.authority)
            .finish_non_exhaustive()
    }
}
