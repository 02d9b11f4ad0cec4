//! A person who signs in to use a Media Services account.

use std::fmt;
use std::sync::Arc;

use credential::{CredentialError, TokenCredential};
use entra::{AuthenticationRecord, DeviceCodeCredential, UsernamePasswordCredential};

use crate::{MediaCredential, MediaEnvironment, MediaUserBuilder};

/// A person who signs in to use a Media Services account: once, for both APIs.
///
/// The first token is asked for with a sign-in, all others with its refresh token.
///
/// # Example
/// ```
/// use ams_aad::MediaUser;
/// use credential::{TokenCredential, TokenRequest};
/// # use credential_testkit::{FakeClock, FakeSleep, ScriptedTransport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), credential::CredentialError> {
/// # let entra = ScriptedTransport::new()
/// #     .then_json(r#"{"device_code":"d","user_code":"ABC-DEF","verification_uri":"https://microsoft.com/devicelogin"}"#)
/// #     .then_json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken","refresh_token":"r"}"#);
/// # let clock = FakeClock::at(1_800_000_000);
/// let user = MediaUser::builder("contoso.com")
/// #     .transport(entra.shared()) // without this line: a client that trusts the usual authorities
/// #   .clock(clock.shared()).sleep(FakeSleep::on(&clock).shared())
///     .device_code(|code| eprintln!("{}", code.message()))?;
/// let token = user.rest_v2_credential()?.get_token(&TokenRequest::default()).await?;
/// # assert_eq!(token.expose(), "t0ken");
/// # Ok(())
/// # }
/// ```
pub struct MediaUser {
    pub(crate) environment: MediaEnvironment,
    pub(crate) signed_in: Arc<dyn SignedIn>,
}

/// What the credentials of users have in common.
pub(crate) trait SignedIn: TokenCredential {
    fn account(&self) -> Option<AuthenticationRecord>;
    fn sign_out(&self) -> bool;
}

macro_rules! signed_in {
    ($($credential:ty),*) => {$(
        impl SignedIn for $credential {
            fn account(&self) -> Option<AuthenticationRecord> {
                self.account()
            }

            fn sign_out(&self) -> bool {
                self.sign_out()
            }
        }
    )*};
}

signed_in!(DeviceCodeCredential, UsernamePasswordCredential);
#[cfg(feature = "browser")]
signed_in!(entra::InteractiveBrowserCredential);

impl MediaUser {
    /// Starts with the person's tenant (id or domain), or `organizations` for any of them. Personal Microsoft accounts
    /// have no Media Services.
    pub fn builder(tenant: impl Into<String>) -> MediaUserBuilder {
        MediaUserBuilder::new(tenant.into())
    }

    /// Makes a credential for REST v2.
    ///
    /// # Errors
    /// Those of [`MediaEnvironment::rest_v2_scope`].
    pub fn rest_v2_credential(&self) -> Result<MediaCredential, CredentialError> {
        self.environment.rest_v2_credential(self.credential())
    }

    /// Makes a credential for REST v3, which is reached through Azure Resource Manager.
    ///
    /// # Errors
    /// Those of [`MediaEnvironment::arm_scope`].
    pub fn arm_credential(&self) -> Result<MediaCredential, CredentialError> {
        self.environment.arm_credential(self.credential())
    }

    fn credential(&self) -> Arc<dyn TokenCredential> {
        self.signed_in.clone()
    }

    /// Returns which cloud, which account, and where its APIs are.
    pub fn environment(&self) -> &MediaEnvironment {
        &self.environment
    }

    /// Returns who has signed in, once somebody has.
    pub fn account(&self) -> Option<AuthenticationRecord> {
        self.signed_in.account()
    }

    /// Forgets who has signed in, and the tokens. Says whether there was anybody.
    pub fn sign_out(&self) -> bool {
        self.signed_in.sign_out()
    }
}

impl fmt::Debug for MediaUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaUser")
            .field("environment", &self.environment)
            .field("signed_in", &self.signed_in)
            .finish()
    }
}
