//! One sign-in with a browser, begun.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Secret};

use crate::authorization_response::Outcome;
use crate::client::Client;
use crate::endpoint_kind::{EndpointKind, with_query};
use crate::pkce::{Pkce, random_text};
use crate::redirect_uri::RedirectUri;
use crate::sign_in_page::SignInPage;
use crate::tenant::Tenant;
use crate::user_ask::UserAsk;
use crate::{AuthorizationCode, AuthorizationResponse, OAuthError, ResponseMode};

/// One sign-in with a browser, begun: the address to open, and what its answer is recognized and redeemed by.
///
/// Made by [`AuthorizationCodeFlow::begin`](crate::AuthorizationCodeFlow::begin). It serves for one answer:
/// [`accept`](Self::accept) uses it up. An app that waits for several keeps each under its [`state`](Self::state), and drops
/// what has waited for more than a few minutes.
pub struct AuthorizationRequest {
    url: String,
    state: Secret,
    mode: ResponseMode,
    pub(crate) redemption: Redemption,
}

/// What the code is redeemed with.
#[derive(Clone)]
pub(crate) struct Redemption {
    pub(crate) tenant: Tenant,
    pub(crate) redirect_uri: RedirectUri,
    pub(crate) pkce: Pkce,
    pub(crate) nonce: Secret,
    /// What the token is asked for with: scope or resource, claims.
    pub(crate) fields: Vec<(&'static str, String)>,
}

/// What an authorization request is made of, besides what is random.
pub(crate) struct Question<'a> {
    pub(crate) client: &'a Client,
    pub(crate) redirect_uri: &'a RedirectUri,
    pub(crate) mode: ResponseMode,
    pub(crate) page: &'a SignInPage,
}

impl AuthorizationRequest {
    pub(crate) fn new(
        question: &Question<'_>,
        ask: &UserAsk<'_>,
        random: &dyn credential::Random,
    ) -> Result<Self, CredentialError> {
        let client = question.client;
        let redemption = Redemption {
            tenant: ask.tenant.clone(),
            redirect_uri: question.redirect_uri.clone(),
            pkce: Pkce::new(random)?,
            nonce: random_text(random)?,
            fields: ask.fields(client)?.into_iter().map(|(name, value)| (name, value.into_owned())).collect(),
        };
        let state = random_text(random)?;
        let endpoint = client.endpoint(EndpointKind::Authorization, &ask.tenant)?;
        let query = redemption.query(question, &state, ask.account_name());
        Ok(Self { url: with_query(&endpoint, &query), state, mode: question.mode, redemption })
    }

    /// Returns the address to open in the person's browser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the state, by which an answer names the sign-in that it belongs to. 256 random bits.
    pub fn state(&self) -> &Secret {
        &self.state
    }

    /// Returns how the answer comes.
    pub fn response_mode(&self) -> ResponseMode {
        self.mode
    }

    /// Returns where the answer comes to.
    pub fn redirect_uri(&self) -> &str {
        self.redemption.redirect_uri.as_str()
    }

    /// Says whether a response is the answer to this, in time that does not depend on how much of the state fits.
    pub fn is_answered_by(&self, response: &AuthorizationResponse) -> bool {
        response.state().is_some_and(|state| state.equals(&self.state))
    }

    /// Takes the answer, and returns the code to redeem.
    ///
    /// # Errors
    /// - [`CredentialErrorKind::UnexpectedAnswer`] when it is the answer to something else.
    /// - [`CredentialErrorKind::Refused`] and others with an [`OAuthError`] as the source, when the server or the person said
    ///   no.
    pub fn accept(self, response: AuthorizationResponse) -> Result<AuthorizationCode, CredentialError> {
        if !self.is_answered_by(&response) {
            return Err(CredentialError::new(
                CredentialErrorKind::UnexpectedAnswer,
                "the answer belongs to another sign-in, or to none",
                "start the sign-in again, and open its address once",
            ));
        }
        match response.into_outcome() {
            Outcome::Code(code) => Ok(AuthorizationCode::new(code, self.redemption)),
            Outcome::Refused(error) => Err(refusal(*error)),
        }
    }
}

impl Redemption {
    /// The parameters of RFC 6749, section 4.1.1, RFC 7636, section 4.3, and OpenID Connect Core, section 3.1.2.1.
    fn query(&self, question: &Question<'_>, state: &Secret, account: Option<&str>) -> String {
        let challenge = self.pkce.challenge();
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("client_id", &question.client.id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("response_mode", question.mode.as_str())
            .extend_pairs(&self.fields)
            .append_pair("state", state.expose())
            .append_pair("nonce", self.nonce.expose())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(question.page.parameters(account));
        query.finish()
    }
}

/// The error that the server sent through the browser.
fn refusal(oauth: OAuthError) -> CredentialError {
    let kind = oauth.kind();
    let error = match oauth.advice() {
        Some(advice) => CredentialError::new(kind, advice.problem, advice.fix),
        None if oauth.is_declined() => CredentialError::new(
            kind,
            "the person did not sign in, or declined what the app asks for",
            oauth.general_fix(),
        ),
        None => CredentialError::new(
            kind,
            format!("the sign-in page answered {}", oauth.error()),
            oauth.general_fix(),
        ),
    };
    let error = oauth.mark(error);
    let error = if oauth.needs_interaction() { error.with_interaction_needed() } else { error };
    error.with_source(oauth)
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("tenant", &self.redemption.tenant)
            .field("redirect_uri", &self.redirect_uri())
            .field("response_mode", &self.mode)
            .finish_non_exhaustive()
    }
}
