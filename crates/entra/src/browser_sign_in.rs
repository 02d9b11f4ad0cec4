//! Lets a person sign in with a browser.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use credential::{CredentialError, CredentialErrorKind, Random, Sleep};

use crate::connection::Connection;
use crate::race::first_of;
use crate::redirect_uri::RedirectUri;
use crate::sign_in_page::SignInPage;
use crate::user_ask::UserAsk;
use crate::user_exchange::SignIn;
use crate::{
    AuthorizationCodeFlow, AuthorizationRequest, AuthorizationResponse, Browser, PendingRedirect,
    RedirectReceiver, ResponseMode, SignInByHand, TokenResponse,
};

/// Lets a person sign in with a browser: opens it, waits for what it brings, and redeems that.
pub(crate) struct BrowserSignIn {
    pub(crate) browser: Arc<dyn Browser>,
    pub(crate) receiver: Arc<dyn RedirectReceiver>,
    pub(crate) by_hand: Option<Arc<dyn SignInByHand>>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) sleep: Arc<dyn Sleep>,
    pub(crate) redirect_uri: RedirectUri,
    pub(crate) mode: ResponseMode,
    pub(crate) page: SignInPage,
    /// How long the person may take.
    pub(crate) patience: Duration,
}

/// Why waiting for the browser ended.
enum Wait {
    Answered(AuthorizationResponse),
    NoBrowser(CredentialError),
    Failed(CredentialError),
}

#[async_trait]
impl SignIn for BrowserSignIn {
    async fn sign_in(
        &self,
        connection: &Connection,
        ask: &UserAsk<'_>,
    ) -> Result<TokenResponse, CredentialError> {
        let client = connection.complete_client(&ask.tenant).await?;
        let mut redirect = self.receiver.listen(self.redirect_uri.as_str()).await?;
        let address = RedirectUri::parse(redirect.redirect_uri())?;
        let flow = |mode| AuthorizationCodeFlow::of(client.clone(), address.clone(), mode, self.page.clone());
        let (request, response) = self.answer(&flow, ask, &mut *redirect).await?;
        // From here on nothing is listened to any more.
        drop(redirect);
        let code = request.accept(response)?;
        let client = connection.proven_client(&ask.tenant).await?;
        let flow = AuthorizationCodeFlow::of(client, address.clone(), self.mode, self.page.clone());
        let sent_at = connection.clock.now();
        let answer = connection.send(flow.token_request(&code)?).await?;
        code.read(&answer, sent_at)
    }
}

impl BrowserSignIn {
    async fn answer(
        &self,
        flow: &(dyn Fn(ResponseMode) -> AuthorizationCodeFlow + Sync),
        ask: &UserAsk<'_>,
        redirect: &mut dyn PendingRedirect,
    ) -> Result<(AuthorizationRequest, AuthorizationResponse), CredentialError> {
        let request = flow(self.mode).build(ask, &*self.random)?;
        let no_browser = match self.with_browser(&request, redirect).await {
            Wait::Answered(response) => return Ok((request, response)),
            Wait::Failed(error) => return Err(error),
            Wait::NoBrowser(error) => error,
        };
        let by_hand = self.by_hand.as_deref().ok_or(no_browser)?;
        // The address bar shows the answer in this mode alone.
        let request = flow(ResponseMode::Query).build(ask, &*self.random)?;
        match self.with_hands(by_hand, &request, redirect).await {
            Wait::Answered(response) => Ok((request, response)),
            Wait::NoBrowser(error) | Wait::Failed(error) => Err(error),
        }
    }

    async fn with_browser(&self, request: &AuthorizationRequest, redirect: &mut dyn PendingRedirect) -> Wait {
        let open = async {
            match self.browser.open(request.url()).await {
                Ok(()) => pending().await,
                Err(error) => Wait::NoBrowser(error),
            }
        };
        first_of(received(request, redirect), open, self.out_of_patience()).await
    }

    async fn with_hands(
        &self,
        by_hand: &dyn SignInByHand,
        request: &AuthorizationRequest,
        redirect: &mut dyn PendingRedirect,
    ) -> Wait {
        let pasted = async {
            match pasted(by_hand, request).await {
                Ok(Some(response)) => Wait::Answered(response),
                Ok(None) => pending().await,
                Err(error) => Wait::Failed(error),
            }
        };
        first_of(received(request, redirect), pasted, self.out_of_patience()).await
    }

    async fn out_of_patience(&self) -> Wait {
        self.sleep.sleep(self.patience).await;
        let error = CredentialError::new(
            CredentialErrorKind::Refused,
            "nobody finished the sign-in in the browser in time",
            "start the sign-in again, or allow more time with sign_in_timeout",
        );
        Wait::Failed(error.with_code("sign_in_timeout"))
    }
}

async fn received(request: &AuthorizationRequest, redirect: &mut dyn PendingRedirect) -> Wait {
    match redirect.receive(request).await {
        Ok(response) => Wait::Answered(response),
        Err(error) => Wait::Failed(error),
    }
}

/// Asks until what is pasted is the answer.
async fn pasted(
    by_hand: &dyn SignInByHand,
    request: &AuthorizationRequest,
) -> Result<Option<AuthorizationResponse>, CredentialError> {
    let mut mistake = None;
    loop {
        let Some(text) = by_hand.sign_in(request.url(), mistake.as_ref()).await? else { return Ok(None) };
        match AuthorizationResponse::from_url(text.expose()) {
            Ok(response) if request.is_answered_by(&response) => return Ok(Some(response)),
            Ok(_) => mistake = Some(of_another_sign_in()),
            Err(error) => mistake = Some(error),
        }
    }
}

fn of_another_sign_in() -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::UnexpectedAnswer,
        "the pasted address belongs to another sign-in",
        "open the address that is shown now, and paste where that ends",
    )
}

impl fmt::Debug for BrowserSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserSignIn")
            .field("browser", &self.browser)
            .field("receiver", &self.receiver)
            .field("redirect_uri", &self.redirect_uri)
            .field("response_mode", &self.mode)
            .finish_non_exhaustive()
    }
}
