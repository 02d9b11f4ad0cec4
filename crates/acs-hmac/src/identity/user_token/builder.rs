//! The inputs of a user token credential.

use std::sync::Arc;

use credential::{
    AccessToken, Clock, CredentialError, CredentialErrorKind, Random, Secret, Sleep, Spawn, SystemClock,
};

use super::background::Background;
use super::keeper::Keeper;
use super::user_token_credential::Source;
use super::{RefreshUserToken, UserTokenCredential, parse_user_token};
use crate::identity::as_configuration;

/// Builds a [`UserTokenCredential`].
#[derive(Debug)]
#[must_use]
pub struct UserTokenCredentialBuilder {
    initial: Option<Initial>,
    refresher: Option<Arc<dyn RefreshUserToken>>,
    proactive: Option<(Arc<dyn Spawn>, Arc<dyn Sleep>)>,
    clock: Arc<dyn Clock>,
    random: Option<Arc<dyn Random>>,
}

#[derive(Debug)]
enum Initial {
    Text(Secret),
    Token(AccessToken),
}

impl UserTokenCredentialBuilder {
    pub(super) fn new() -> Self {
        Self { initial: None, refresher: None, proactive: None, clock: SystemClock::shared(), random: None }
    }

    /// Begins with this token, a JWT that states its own expiry.
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.initial = Some(Initial::Text(token.into()));
        self
    }

    /// Begins with this token, whose expiry is known.
    pub fn access_token(mut self, token: AccessToken) -> Self {
        self.initial = Some(Initial::Token(token));
        self
    }

    /// Gets new tokens from this refresher; [`refresh_with`](crate::refresh_with) makes one of a closure.
    pub fn refresher(mut self, refresher: impl RefreshUserToken + 'static) -> Self {
        self.refresher = Some(Arc::new(refresher));
        self
    }

    /// Refreshes ahead of the expiry in a background task, which ends when the credential is dropped.
    ///
    /// On tokio, these are `credential::TokioSpawn` and `credential_http::TokioSleep`.
    pub fn refresh_proactively(mut self, spawn: Arc<dyn Spawn>, sleep: Arc<dyn Sleep>) -> Self {
        self.proactive = Some((spawn, sleep));
        self
    }

    /// Uses another clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Shortens pauses after failures by a random part of up to a half, so that many clients of a server that failed
    /// do not all come back at once.
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = Some(random);
        self
    }

    /// Checks all inputs, builds the credential and starts the background task where one is wanted.
    ///
    /// # Errors
    /// [`CredentialErrorKind::NotConfigured`] when there is neither a token nor a refresher;
    /// [`CredentialErrorKind::InvalidConfiguration`] when the token is blank or, as a text, no JWT with an `exp` claim,
    /// or when a token is to be refreshed proactively without a refresher.
    pub fn build(self) -> Result<UserTokenCredential, CredentialError> {
        let Self { initial, refresher, proactive, clock, random } = self;
        let initial = initial.map(Initial::read).transpose()?;
        match (refresher, initial, proactive) {
            (Some(refresher), initial, proactive) => {
                let keeper = Arc::new(Keeper::new(refresher, initial, clock, random));
                let background =
                    proactive.map(|(spawn, sleep)| Background::start(keeper.clone(), &*spawn, sleep));
                Ok(UserTokenCredential::new(Source::Kept(keeper), background))
            }
            (None, _, Some(_)) => Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "a token is to be refreshed proactively, but there is no refresher",
                "pass a refresher to the builder",
            )),
            (None, Some(token), None) => Ok(UserTokenCredential::new(Source::Fixed(token), None)),
            (None, None, None) => Err(CredentialError::new(
                CredentialErrorKind::NotConfigured,
                "there is neither a user access token nor a refresher",
                "pass a token, a refresher or both to the builder",
            )),
        }
    }
}

impl Initial {
    fn read(self) -> Result<AccessToken, CredentialError> {
        match self {
            Self::Text(text) => parse_user_token(text.expose()).map_err(as_configuration),
            Self::Token(token) if token.expose().trim().is_empty() => Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the user access token is empty",
                "give the token that the Identity service issued",
            )),
            Self::Token(token) => Ok(token),
        }
    }
}
