//! The authorization-code flow, as values.

use bytes::Bytes;
use credential::{CredentialError, Random, SendOnce, TokenRequest};
use http::Request;

use crate::authorization_request::Question;
use crate::client::{Client, flow_options};
use crate::redirect_uri::RedirectUri;
use crate::sign_in_page::{SignInPage, sign_in_page_options};
use crate::user_ask::UserAsk;
use crate::{AuthorizationCode, AuthorizationRequest, ClientProof, ResponseMode};

/// The authorization-code flow with PKCE, without I/O: for apps that have a redirect URI of their own, such as web apps.
///
/// [`begin`](Self::begin) gives the address to open, [`AuthorizationResponse`](crate::AuthorizationResponse) reads what the
/// browser brings to the redirect URI, [`AuthorizationRequest::accept`] checks that it belongs to the sign-in, and
/// [`token_request`](Self::token_request) redeems the code. RFC 6749, section 4.1; RFC 7636.
///
/// Programs on a person's own machine use [`InteractiveBrowserCredential`](crate::InteractiveBrowserCredential).
///
/// # Example
/// ```
/// use std::time::SystemTime;
/// use credential::TokenRequest;
/// use credential_testkit::SequenceRandom;
/// use entra::{AuthorizationCodeFlow, AuthorizationResponse, ClientProof};
///
/// let flow = AuthorizationCodeFlow::new("11111111-2222-3333-4444-555555555555", "https://app.example/signed-in")?
///     .with_proof(ClientProof::Secret("s3cret".into()));
/// // `credential::SystemRandom` in a program.
/// let sign_in = flow.begin("organizations", &TokenRequest::new(["User.Read"]), &SequenceRandom::default())?;
/// assert!(sign_in.url().starts_with("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?"));
///
/// // The browser comes back with this body.
/// let body = format!("code=0.AXoA&state={}", sign_in.state().expose());
/// let code = sign_in.accept(AuthorizationResponse::from_form(body.as_bytes())?)?;
/// let request = flow.token_request(&code)?;
/// assert_eq!(request.uri().path(), "/organizations/oauth2/v2.0/token");
///
/// // Sent once, it is answered by this.
/// let answer = http::Response::new(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#.into());
/// assert_eq!(code.read(&answer, SystemTime::UNIX_EPOCH)?.access_token().expose(), "t0ken");
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AuthorizationCodeFlow {
    client: Client,
    redirect_uri: RedirectUri,
    mode: ResponseMode,
    page: SignInPage,
}

impl AuthorizationCodeFlow {
    /// Takes the application (client) id, and the redirect URI as the app registration has it. On `localhost` Entra lets
    /// the port differ.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when one is not of its form.
    pub fn new(client_id: impl Into<String>, redirect_uri: &str) -> Result<Self, CredentialError> {
        Ok(Self {
            client: Client::new(client_id)?,
            redirect_uri: RedirectUri::parse(redirect_uri)?,
            mode: ResponseMode::default(),
            page: SignInPage::default(),
        })
    }

    pub(crate) fn of(
        client: Client,
        redirect_uri: RedirectUri,
        mode: ResponseMode,
        page: SignInPage,
    ) -> Self {
        Self { client, redirect_uri, mode, page }
    }

    flow_options!();
    sign_in_page_options!(page, with_prompt, with_login_hint, with_domain_hint);

    /// Proves who the app is, as web apps must and public clients must not.
    #[must_use]
    pub fn with_proof(mut self, proof: ClientProof) -> Self {
        self.client.proof = Some(proof);
        self
    }

    /// Has the answer come in another way than as a posted form.
    #[must_use]
    pub fn with_response_mode(mut self, mode: ResponseMode) -> Self {
        self.mode = mode;
        self
    }

    /// Begins a sign-in to `tenant`, which may be `common`, `organizations` or `consumers`, for a token with the scopes and
    /// claims of `request`; `openid profile offline_access` are added. For v1 there must be one scope,
    /// `<resource>/.default`.
    ///
    /// # Errors
    /// - [`InvalidRequest`](credential::CredentialErrorKind::InvalidRequest) when tenant, scopes or claims are not of their
    ///   form, and [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when a hint is not.
    /// - Those of `random`.
    pub fn begin(
        &self,
        tenant: &str,
        request: &TokenRequest,
        random: &dyn Random,
    ) -> Result<AuthorizationRequest, CredentialError> {
        self.build(&UserAsk::parse(tenant, request)?, random)
    }

    pub(crate) fn build(
        &self,
        ask: &UserAsk<'_>,
        random: &dyn Random,
    ) -> Result<AuthorizationRequest, CredentialError> {
        self.page.check()?;
        let (client, redirect_uri) = (&self.client, &self.redirect_uri);
        let question = Question { client, redirect_uri, mode: self.mode, page: &self.page };
        AuthorizationRequest::new(&question, ask, random)
    }

    /// Builds the request that redeems the code, for [`AuthorizationCode::read`] to read its answer. It bears
    /// [`SendOnce`]: a code that was redeemed, or may have been, is worth nothing.
    ///
    /// The body holds the code, and `Bytes` shows its content in `Debug`: do not log the request.
    ///
    /// # Errors
    /// [`InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when the proof is empty.
    pub fn token_request(&self, code: &AuthorizationCode) -> Result<Request<Bytes>, CredentialError> {
        self.client.proof.as_ref().map_or(Ok(()), ClientProof::check)?;
        let redemption = code.redemption();
        let mut fields = self.client.fields("authorization_code");
        fields.push(("code", code.code().expose().into()));
        fields.push(("redirect_uri", redemption.redirect_uri.as_str().into()));
        fields.push(("code_verifier", redemption.pkce.verifier().expose().into()));
        fields.extend(redemption.fields.iter().map(|(name, value)| (*name, value.as_str().into())));
        let mut request = self.client.send_to(&redemption.tenant, &fields)?;
        SendOnce::set(&mut request);
        Ok(request)
    }
}
