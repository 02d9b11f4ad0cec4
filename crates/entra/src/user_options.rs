//! What the builders of users' credentials collect.

use crate::{AuthenticationRecord, UserSession};

/// What the builders of users' credentials collect besides what all collect.
#[derive(Default)]
pub(crate) struct UserOptions {
    pub(crate) session: UserSession,
    pub(crate) account: Option<AuthenticationRecord>,
    /// Nobody is asked to sign in unless `authenticate` is called.
    pub(crate) only_when_asked: bool,
}

/// The methods of a builder with a field `user: UserOptions`.
macro_rules! user_options {
    () => {
        /// Shares the signed-in accounts of this session, instead of beginning one of its own.
        #[must_use]
        pub fn session(mut self, session: $crate::UserSession) -> Self {
            self.user.session = session;
            self
        }

        /// Lets only this account sign in. Without it, the first that signs in is the one, until
        /// `sign_out` is called.
        #[must_use]
        pub fn account(mut self, account: $crate::AuthenticationRecord) -> Self {
            self.user.account = Some(account);
            self
        }

        /// Lets nobody be asked to sign in unless `authenticate` is called: `get_token` then fails with an error for which
        /// [`OAuthError::needs_interaction`](crate::OAuthError::needs_interaction) holds or, before the first sign-in, with
        /// [`NotConfigured`](credential::CredentialErrorKind::NotConfigured).
        #[must_use]
        pub fn only_when_asked(mut self) -> Self {
            self.user.only_when_asked = true;
            self
        }
    };
}
pub(crate) use user_options;

/// The methods of a credential whose field `0` is a `UserCredential`, and its trait.
macro_rules! user_credential {
    ($name:ident) => {
        impl $name {
            /// Lets the person sign in now, whoever is signed in already, and says which account did.
            ///
            /// # Errors
            /// Those of [`TokenCredential::get_token`](credential::TokenCredential::get_token), and
            /// [`Refused`](credential::CredentialErrorKind::Refused) when another account signed in than the one that this
            /// credential is for.
            pub async fn authenticate(
                &self,
                request: &credential::TokenRequest,
            ) -> Result<$crate::AuthenticationRecord, credential::CredentialError> {
                self.0.authenticate(request).await
            }

            /// Returns the account that this credential gets tokens for, once that is known.
            pub fn account(&self) -> Option<$crate::AuthenticationRecord> {
                self.0.account()
            }

            /// Forgets the account, its refresh token and the cached access tokens. Says whether there was one.
            ///
            /// Access tokens that were handed out, or that lie in a store which the cache shares with others, stay valid
            /// until they expire.
            pub fn sign_out(&self) -> bool {
                self.0.sign_out()
            }

            /// Returns the session, to share it with another credential.
            pub fn session(&self) -> &$crate::UserSession {
                self.0.session()
            }
        }

        #[async_trait::async_trait]
        impl credential::TokenCredential for $name {
            async fn get_token(
                &self,
                request: &credential::TokenRequest,
            ) -> Result<credential::AccessToken, credential::CredentialError> {
                self.0.get_token(request).await
            }

            fn token_at_hand(&self, request: &credential::TokenRequest) -> Option<credential::AccessToken> {
                self.0.token_at_hand(request)
            }

            /// Known once somebody has signed in.
            fn identity(&self) -> Option<credential::CredentialIdentity> {
                self.0.identity()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0).finish()
            }
        }
    };
}
pub(crate) use user_credential;
