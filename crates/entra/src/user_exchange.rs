//! One token for a user: silently first, then through a sign-in.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use credential::{
    AccessToken, Clock, CredentialError, CredentialErrorKind, CredentialIdentity, TokenCredential,
    TokenRequest,
};

use crate::cached_requests::identity;
use crate::connection::Connection;
use crate::tenant::{Tenant, TenantPolicy};
use crate::user_ask::UserAsk;
use crate::user_options::UserOptions;
use crate::user_session::Held;
use crate::{AuthenticationRecord, OAuthError, RefreshTokenFlow, TokenResponse, UserSession};

/// A way in which a person signs in.
#[async_trait]
pub(crate) trait SignIn: fmt::Debug + Send + Sync + 'static {
    /// Lets the person sign in, and returns what the token endpoint answered in the end.
    async fn sign_in(
        &self,
        connection: &Connection,
        ask: &UserAsk<'_>,
    ) -> Result<TokenResponse, CredentialError>;

    /// Says whether signing in may help after Entra has refused a refresh token for this reason.
    fn can_repair(&self, _reason: &OAuthError) -> bool {
        true
    }
}

/// Gets tokens from the token endpoint, and lets the person sign in when nothing else helps.
pub(crate) struct UserExchange<S> {
    sign_in: S,
    connection: Connection,
    tenants: TenantPolicy,
    handles_challenges: bool,
    only_when_asked: bool,
    session: UserSession,
    /// The one account that the builder was given.
    pinned: Option<AuthenticationRecord>,
    /// The account that has signed in.
    current: Mutex<Option<String>>,
    /// One person has one pair of eyes: sign-ins happen one after the other. Holds why the last one failed.
    turn: async_lock::Mutex<Option<CredentialError>>,
    turns: AtomicU64,
}

/// What could be had without the person.
enum Silent {
    Token(AccessToken),
    /// Nothing, because nobody is signed in, or because Entra said so.
    NeedsPerson(Option<CredentialError>),
}

impl<S: SignIn> UserExchange<S> {
    pub(crate) fn new(
        sign_in: S,
        connection: Connection,
        tenants: TenantPolicy,
        handles_challenges: bool,
        user: UserOptions,
    ) -> Result<Self, CredentialError> {
        if user.account.as_ref().is_some_and(|account| !account.is_of(connection.client())) {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the authentication record is of another app or authority",
                "give a record of this client id and authority, or let the account sign in anew",
            ));
        }
        Ok(Self {
            sign_in,
            connection,
            tenants,
            handles_challenges,
            only_when_asked: user.only_when_asked,
            session: user.session,
            pinned: user.account,
            current: Mutex::default(),
            turn: async_lock::Mutex::default(),
            turns: AtomicU64::new(0),
        })
    }

    pub(crate) fn own_tenant(&self) -> &Tenant {
        self.tenants.own()
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.connection.clock.clone()
    }

    pub(crate) fn session(&self) -> &UserSession {
        &self.session
    }

    /// Whose tokens these are, once that is known.
    pub(crate) fn identity_with(&self, default: Option<&TokenRequest>) -> Option<CredentialIdentity> {
        let account = self.expected().filter(|account| !account.is_empty())?;
        let app = identity(self.connection.client(), self.tenants.own(), default, self.handles_challenges);
        Some(app.with_account(account))
    }

    pub(crate) fn account(&self) -> Option<AuthenticationRecord> {
        let id = self.expected()?;
        self.session.record(self.connection.client(), &id).or_else(|| self.pinned.clone())
    }

    pub(crate) fn sign_out(&self) -> bool {
        let account = self.account();
        *self.current() = None;
        account.is_some_and(|account| self.session.sign_out(&account))
    }

    /// Lets the person sign in, whether that is needed or not.
    pub(crate) async fn authenticate(
        &self,
        request: &TokenRequest,
    ) -> Result<(AuthenticationRecord, AccessToken), CredentialError> {
        let ask = self.ask(request)?;
        let mut last = self.turn.lock().await;
        let response = self.take_turn(&mut last, &ask).await?;
        let record = AuthenticationRecord::of(self.connection.client(), response.identity());
        Ok((record, response.into_access_token()))
    }

    fn ask<'a>(&self, request: &'a TokenRequest) -> Result<UserAsk<'a>, CredentialError> {
        UserAsk::new(self.tenants.choose(request.tenant())?, request, self.handles_challenges)
    }

    /// The account that tokens must be for, once that is known.
    fn expected(&self) -> Option<String> {
        let pinned = self.pinned.as_ref().map(|account| account.home_account_id().to_owned());
        pinned.or_else(|| self.current().clone())
    }

    fn current(&self) -> MutexGuard<'_, Option<String>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tries the refresh token, and its successor when somebody else has used it meanwhile.
    async fn silently(&self, ask: &UserAsk<'_>) -> Result<Silent, CredentialError> {
        let mut refused: Option<(Held, CredentialError)> = None;
        while let Some(account) = self.held().map(|held| held.account) {
            let turn = self.session.turn(self.connection.client(), &account);
            let _turn = match &turn {
                Some(turn) => Some(turn.lock().await),
                None => None,
            };
            // Whoever had the turn before has brought a successor, perhaps.
            let Some(held) = self.held().filter(|held| held.account == account) else { continue };
            if refused.as_ref().is_some_and(|(old, _)| old.refresh_token.equals(&held.refresh_token)) {
                break;
            }
            let error = match self.refresh(ask, &held).await {
                Ok(token) => return Ok(Silent::Token(token)),
                Err(error) => error,
            };
            let Some(oauth) = OAuthError::of(&error).filter(|oauth| oauth.needs_interaction()) else {
                return Err(error);
            };
            if oauth.ends_refresh_token()
                && !self.session.was_renewed_elsewhere(self.connection.client(), &held)
            {
                self.session.drop_dead(self.connection.client(), &held);
            }
            refused = Some((held, error));
        }
        Ok(Silent::NeedsPerson(refused.map(|(_, error)| error)))
    }

    fn held(&self) -> Option<Held> {
        self.session.held(self.connection.client(), self.expected().as_deref())
    }

    async fn refresh(&self, ask: &UserAsk<'_>, held: &Held) -> Result<AccessToken, CredentialError> {
        let flow = RefreshTokenFlow::of(self.connection.proven_client(&ask.tenant).await?);
        let request = flow.build(&held.refresh_token, ask)?;
        let response = self.connection.exchange(request).await?;
        check_account(Some(&held.account), &response)?;
        self.session.rotate(self.connection.client(), &held.account, &response);
        *self.current() = Some(held.account.clone());
        Ok(response.into_access_token())
    }

    /// Lets the person sign in; the caller holds the turn.
    async fn take_turn(
        &self,
        last: &mut Option<CredentialError>,
        ask: &UserAsk<'_>,
    ) -> Result<TokenResponse, CredentialError> {
        let known = self.account().map(|account| account.username().to_owned());
        let ask = &ask.clone().with_account_name(known);
        let result = self.sign_in.sign_in(&self.connection, ask).await.and_then(|response| {
            check_account(self.expected().as_deref(), &response)?;
            let record = self.session.sign_in(self.connection.client(), &response);
            *self.current() = Some(record.home_account_id().to_owned());
            Ok(response)
        });
        // The person may think otherwise the next moment: nobody should remember this answer in the person's place.
        let result = result.map_err(|error| match is_about_the_person(&error) {
            true => error.with_interaction_needed(),
            false => error,
        });
        *last = result.as_ref().err().cloned();
        self.turns.fetch_add(1, Ordering::SeqCst);
        result
    }
}

#[async_trait]
impl<S: SignIn> TokenCredential for UserExchange<S> {
    async fn get_token(&self, request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let ask = self.ask(request)?;
        let turns = self.turns.load(Ordering::SeqCst);
        let mut reason = match self.silently(&ask).await? {
            Silent::Token(token) => return Ok(token),
            Silent::NeedsPerson(reason) => self.worth_a_sign_in(reason)?,
        };
        let mut last = self.turn.lock().await;
        if self.turns.load(Ordering::SeqCst) != turns {
            // Somebody else's sign-in ended while this one waited: a no holds for both.
            if let Some(error) = last.as_ref().filter(|error| is_about_the_person(error)) {
                return Err(error.clone());
            }
            reason = match self.silently(&ask).await? {
                Silent::Token(token) => return Ok(token),
                Silent::NeedsPerson(reason) => self.worth_a_sign_in(reason)?,
            };
        }
        let claims = reason.as_ref().and_then(|error| self.claims_of(error, request));
        Ok(self.take_turn(&mut last, &ask.with_claims(claims)).await?.into_access_token())
    }

    /// The cache names the default scope in every request, so it has no part here.
    fn identity(&self) -> Option<CredentialIdentity> {
        self.identity_with(None)
    }
}

impl<S: SignIn> UserExchange<S> {
    /// Passes on why a sign-in is needed, or fails with that when it cannot happen or would not help.
    fn worth_a_sign_in(
        &self,
        reason: Option<CredentialError>,
    ) -> Result<Option<CredentialError>, CredentialError> {
        let is_hopeless = |error: &CredentialError| {
            OAuthError::of(error).is_some_and(|oauth| !self.sign_in.can_repair(oauth))
        };
        if self.only_when_asked || reason.as_ref().is_some_and(is_hopeless) {
            return Err(reason.unwrap_or_else(nobody));
        }
        Ok(reason)
    }

    /// The claims that the refusal of a refresh token names for the sign-in.
    fn claims_of(&self, error: &CredentialError, request: &TokenRequest) -> Option<String> {
        let claims = OAuthError::of(error)?.claims()?;
        // A server's claims that are no JSON are not worth failing for: the sign-in shows what is missing.
        let handles_challenges = self.handles_challenges || request.is_cae();
        let merged = crate::claims::with_capability(handles_challenges, Some(claims)).ok()?;
        merged.map(std::borrow::Cow::into_owned)
    }
}

/// A token of another account must not pass for one of the expected account.
fn check_account(expected: Option<&str>, response: &TokenResponse) -> Result<(), CredentialError> {
    // The empty id is that of a server that does not say who signed in.
    let expected = expected.filter(|id| !id.is_empty());
    if expected.is_none_or(|expected| !response.identity().is_other_than(expected)) {
        return Ok(());
    }
    Err(CredentialError::new(
        CredentialErrorKind::Refused,
        "another account signed in than the one that this credential is for",
        "sign in with the same account, or call sign_out, or build a credential without an authentication record",
    ))
}

fn is_about_the_person(error: &CredentialError) -> bool {
    matches!(error.code(), Some("expired_token" | "sign_in_timeout"))
        || OAuthError::of(error).is_some_and(OAuthError::is_declined)
}

fn nobody() -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::NotConfigured,
        "nobody is signed in",
        "call authenticate where a person can sign in",
    )
    .with_interaction_needed()
}

impl<S: fmt::Debug> fmt::Debug for UserExchange<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserExchange")
            .field("sign_in", &self.sign_in)
            .field("connection", &self.connection)
            .field("tenants", &self.tenants)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}
