//! Flows in which a person signs in.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use entra::{
    DeviceCodeCredential, InteractiveBrowserCredential, LoopbackReceiver, NoBrowser, RefreshTokenCredential,
    ResponseMode, SessionStore, SignInPrompt, StoredAccount, UserSession, UsernamePasswordCredential,
};

use super::by_hand::{AnnouncedBrowser, PasteInTerminal};
use super::countdown::DeviceCodePrompt;
use super::flow::{Surroundings, asked, token_of_person};
use super::token_question::TokenQuestion;
use crate::failure::Failure;
use crate::files::FileFlag;
use crate::login::SessionArgs;
use crate::session_file::SessionFile;
use crate::token::PrintedToken;
use crate::token::entra_application::EntraApplication;
use crate::token::entra_client::EntraClient;

/// With a code that a person enters on any device.
///
/// Shows an address and a code on standard error, then waits until the person
/// has signed in there. Show the code to nobody else: whoever enters it gives
/// this program their rights.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token entra device-code --client-id $app --scope User.Read
  azcred token entra device-code --tenant consumers --client-id $app \\
    --scope XboxLive.signin

Without --tenant and AZURE_TENANT_ID any work or school account can sign in
(organizations).

Exit status: 0 done; 1 refused, declined, expired or not reachable; 2 bad or
missing input."
)]
pub(crate) struct DeviceCodeArgs {
    #[command(flatten)]
    pub(crate) question: TokenQuestion,

    #[command(flatten)]
    client: EntraClient,
}

impl DeviceCodeArgs {
    pub(crate) async fn token(&self, around: &Surroundings<'_>) -> Result<PrintedToken, Failure> {
        let tenant = self.client.tenant_of_person(around.environment)?;
        let client_id = self.client.client_id(around.environment)?;
        let prompt = DeviceCodePrompt::on_standard_error();
        let show = prompt.clone();
        let builder = DeviceCodeCredential::builder(tenant, client_id).prompt(move |code| show.show(code));
        let credential = asked!(builder, self.question, around, self.client).build()?;
        let token = token_of_person!(credential, self.question);
        prompt.end();
        token
    }
}

/// How the browser brings the answer.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Mode {
    FormPost,
    Query,
}

/// What the sign-in page does first.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Prompt {
    Login,
    Consent,
    SelectAccount,
    Create,
    None,
}

impl From<Prompt> for SignInPrompt {
    fn from(prompt: Prompt) -> Self {
        match prompt {
            Prompt::Login => Self::Login,
            Prompt::Consent => Self::Consent,
            Prompt::SelectAccount => Self::SelectAccount,
            Prompt::Create => Self::Create,
            Prompt::None => Self::Nothing,
        }
    }
}

/// With this machine's browser, in which a person signs in.
///
/// Opens the browser and waits at most five minutes for its answer, on a port
/// of this machine. Where no browser opens, it shows the address to open by
/// hand, and takes back the one at which that ends. Register http://localhost
/// under "Mobile and desktop applications".
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token entra browser --client-id $app --scope User.Read
  azcred token entra browser --client-id $app --scope User.Read --no-browser

Without --tenant and AZURE_TENANT_ID any work or school account can sign in
(organizations). A client secret is for applications registered as web apps.

Exit status: 0 done; 1 refused, declined, too late or not reachable; 2 bad or
missing input."
)]
pub(crate) struct BrowserArgs {
    #[command(flatten)]
    pub(crate) question: TokenQuestion,

    #[command(flatten)]
    application: EntraApplication,

    /// The address of this machine that the app registration has; else
    /// http://localhost. Without a port a free one is taken.
    #[arg(long, value_name = "URL", verbatim_doc_comment)]
    redirect_uri: Option<String>,

    /// How the browser brings the answer.
    #[arg(long, value_enum, default_value_t = Mode::FormPost)]
    response_mode: Mode,

    /// What the sign-in page does first.
    #[arg(long, value_enum)]
    prompt: Option<Prompt>,

    /// The account's name, to fill in.
    #[arg(long, value_name = "NAME")]
    login_hint: Option<String>,

    /// A domain of the tenant, to skip a question.
    #[arg(long, value_name = "DOMAIN")]
    domain_hint: Option<String>,

    /// Opens no browser; shows the address to open by hand.
    #[arg(long)]
    no_browser: bool,
}

impl BrowserArgs {
    pub(crate) async fn token(&self, around: &Surroundings<'_>) -> Result<PrintedToken, Failure> {
        let client = &self.application.client;
        let tenant = client.tenant_of_person(around.environment)?;
        let client_id = client.client_id(around.environment)?;
        let mode = match self.response_mode {
            Mode::FormPost => ResponseMode::FormPost,
            Mode::Query => ResponseMode::Query,
        };
        let mut builder = InteractiveBrowserCredential::builder(tenant, client_id)
            .response_mode(mode)
            .receiver(Arc::new(LoopbackReceiver::new().app_name("azcred")))
            .by_hand(Arc::new(PasteInTerminal));
        builder = if self.no_browser {
            builder.browser(Arc::new(NoBrowser::default()))
        } else {
            builder.browser(Arc::new(AnnouncedBrowser::default()))
        };
        if let Some(secret) = self.application.secret_if_any(around.environment, around.files)? {
            builder = builder.client_secret(secret);
        }
        if let Some(redirect_uri) = &self.redirect_uri {
            builder = builder.redirect_uri(redirect_uri);
        }
        if let Some(prompt) = self.prompt {
            builder = builder.prompt(prompt.into());
        }
        if let Some(hint) = &self.login_hint {
            builder = builder.login_hint(hint);
        }
        if let Some(hint) = &self.domain_hint {
            builder = builder.domain_hint(hint);
        }
        token_of_person!(asked!(builder, self.question, around, client).build()?, self.question)
    }
}

/// With a person's name and password, which is discouraged.
///
/// It does not work with multi-factor sign-in, and Microsoft advises against
/// it. For tests of old applications.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token entra password --username ada@contoso.com \\
    --password-file - --client-id $app --scope User.Read

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input."
)]
pub(crate) struct PasswordArgs {
    #[command(flatten)]
    pub(crate) question: TokenQuestion,

    #[command(flatten)]
    application: EntraApplication,

    /// The person's name; else AZURE_USERNAME.
    #[arg(long)]
    username: Option<String>,

    /// A file that holds the password, or - for standard input;
    /// else AZURE_PASSWORD
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    password_file: Option<PathBuf>,
}

impl PasswordArgs {
    pub(crate) async fn token(&self, around: &Surroundings<'_>) -> Result<PrintedToken, Failure> {
        let client = &self.application.client;
        let tenant = client.tenant_of_person(around.environment)?;
        let client_id = client.client_id(around.environment)?;
        let username = around.environment.flag_or(self.username.as_ref(), "AZURE_USERNAME", "username")?;
        let password = match &self.password_file {
            Some(path) => Some(around.files.secret(FileFlag::PASSWORD, path)?),
            None => around.environment.secret("AZURE_PASSWORD")?,
        };
        let password = password.ok_or_else(|| {
            Failure::bad_input(
                "the password is missing",
                "give --password-file, or set AZURE_PASSWORD in the environment",
            )
        })?;
        let mut builder = UsernamePasswordCredential::builder(tenant, client_id, username, password);
        if let Some(secret) = self.application.secret_if_any(around.environment, around.files)? {
            builder = builder.client_secret(secret);
        }
        token_of_person!(asked!(builder, self.question, around, client).build()?, self.question)
    }
}

/// With a refresh token, of a person who signed in before.
///
/// From `azcred login` with the same --session-file, which then keeps the
/// newer refresh tokens that answers bring; or from a file of yours, which is
/// not changed.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred token entra refresh --session-file ~/.azcred-session --scope User.Read
  azcred token entra refresh --refresh-token-file rt.secret \\
    --client-id $app --scope User.Read

Exit status: 0 done; 1 refused or not reachable; 2 bad or missing input, or
nobody is signed in."
)]
pub(crate) struct RefreshArgs {
    #[command(flatten)]
    pub(crate) question: TokenQuestion,

    #[command(flatten)]
    application: EntraApplication,

    /// A file that holds the refresh token, or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["session_file", "account"])]
    refresh_token_file: Option<PathBuf>,

    #[command(flatten)]
    session: SessionArgs,

    /// The account's name, where the session file has several.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

impl RefreshArgs {
    pub(crate) async fn token(&self, around: &Surroundings<'_>) -> Result<PrintedToken, Failure> {
        if let Some(path) = &self.refresh_token_file {
            return self.token_of_file(path, around).await;
        }
        let file = self.session.file(around.environment, around.files)?.ok_or_else(|| {
            Failure::bad_input(
                "there is no refresh token",
                "give --session-file (else AZCRED_SESSION_FILE) as azcred login has it, or --refresh-token-file",
            )
        })?;
        self.token_of_session(file, around).await
    }

    async fn token_of_file(&self, path: &Path, around: &Surroundings<'_>) -> Result<PrintedToken, Failure> {
        let client = &self.application.client;
        let tenant = client.tenant_of_person(around.environment)?;
        let client_id = client.client_id(around.environment)?;
        let refresh_token = around.files.secret(FileFlag::REFRESH_TOKEN, path)?;
        let mut builder = RefreshTokenCredential::builder(tenant, client_id, refresh_token);
        if let Some(secret) = self.application.secret_if_any(around.environment, around.files)? {
            builder = builder.client_secret(secret);
        }
        token_of_person!(asked!(builder, self.question, around, client).build()?, self.question)
    }

    async fn token_of_session(
        &self,
        file: SessionFile,
        around: &Surroundings<'_>,
    ) -> Result<PrintedToken, Failure> {
        let client = &self.application.client;
        let account = self.choose(file.load()?)?;
        let tenant = client.tenant_of_person(around.environment)?;
        let session = UserSession::stored_in(Arc::new(file))?;
        // A credential that asks nobody: which flow it would ask with does not matter.
        let credential = InteractiveBrowserCredential::builder(tenant, account.record().client_id())
            .only_when_asked()
            .session(session.clone())
            .account(account.record().clone())
            .authority(account.authority().clone())
            .version(self.question.version())
            .transport(self.question.network.transport(around.files)?)
            .build()?;
        let token = token_of_person!(credential, self.question)?;
        match session.store_failure() {
            Some(failure) => Err(failure.into()),
            None => Ok(token),
        }
    }

    fn choose(&self, accounts: Vec<StoredAccount>) -> Result<StoredAccount, Failure> {
        let is_wanted = |account: &StoredAccount| {
            self.account.as_ref().is_none_or(|name| account.record().username().eq_ignore_ascii_case(name))
        };
        let mut wanted = accounts.into_iter().filter(is_wanted);
        match (wanted.next(), wanted.next()) {
            (Some(account), None) => Ok(account),
            (None, _) => Err(Failure::bad_input("nobody is signed in", "sign in with azcred login")),
            (Some(_), Some(_)) => Err(Failure::bad_input(
                "the session file has several such accounts",
                "name one with --account",
            )),
        }
    }
}
