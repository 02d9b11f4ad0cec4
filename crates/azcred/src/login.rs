//! `azcred login` and `azcred logout`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use credential::{SealingKey, TokenRequest};
use entra::{
    AuthenticationRecord, DeviceCodeCredential, EndSession, InteractiveBrowserCredential, LoopbackReceiver,
    SessionStore, StoredAccount, UserSession,
};
use serde_json::json;

use crate::environment::Environment;
use crate::failure::Failure;
use crate::files::{FileFlag, Files, place};
use crate::network::NetworkArgs;
use crate::output::{print, print_json, say};
use crate::session_file::SessionFile;
use crate::token::{AnnouncedBrowser, DeviceCodePrompt, EntraClient, PasteInTerminal};

const SESSION_KEY: &str = "AZCRED_SESSION_KEY";

/// Where the accounts are kept.
#[derive(Args, Debug)]
pub(crate) struct SessionArgs {
    /// The file in which signed-in accounts are kept; else the variable
    /// AZCRED_SESSION_FILE. It is readable by you alone (mode 600; on Windows
    /// as the folder allows), and holds refresh tokens: encrypted with
    /// --session-key-file, else in plain text.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    session_file: Option<PathBuf>,

    /// A file with the key that encrypts the session file, or - for standard
    /// input; else the variable AZCRED_SESSION_KEY. 32 bytes in base64, as
    /// `openssl rand -base64 32` makes them; keep it away from the session.
    #[arg(long, value_name = "FILE", verbatim_doc_comment)]
    session_key_file: Option<PathBuf>,
}

impl SessionArgs {
    pub(crate) fn file(
        &self,
        environment: &Environment,
        files: &Files,
    ) -> Result<Option<SessionFile>, Failure> {
        let named = environment.text("AZCRED_SESSION_FILE")?.map(PathBuf::from);
        let Some(path) = self.session_file.clone().or(named) else { return Ok(None) };
        Ok(Some(SessionFile::new(&path, self.key(environment, files)?)))
    }

    fn key(&self, environment: &Environment, files: &Files) -> Result<Option<SealingKey>, Failure> {
        let (text, place) = match &self.session_key_file {
            Some(path) => {
                (Some(files.secret(FileFlag::SESSION_KEY, path)?), place(FileFlag::SESSION_KEY, path))
            }
            None => (environment.secret(SESSION_KEY)?, SESSION_KEY.to_owned()),
        };
        let key = text.map(|text| SealingKey::parse(&text)).transpose();
        key.map_err(|error| Failure::from(error).found_in(place))
    }

    fn required(&self, environment: &Environment) -> Result<SessionFile, Failure> {
        self.file(environment, &Files::default())?.ok_or_else(|| {
            Failure::bad_input(
                "the session file is missing",
                "give --session-file, or set AZCRED_SESSION_FILE in the environment",
            )
        })
    }
}

/// Signs a person in, and keeps the account for later commands.
///
/// With the browser where there seems to be one, else with a device code. The
/// account is kept only where you say: `azcred token entra refresh` with the
/// same --session-file gets tokens from then on, and `azcred logout` forgets it.
/// Without a session file nothing is kept.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  export AZCRED_SESSION_FILE=~/.azcred-session AZURE_CLIENT_ID=...
  export AZCRED_SESSION_KEY=$(secret-tool lookup azcred session)
  azcred login
  azcred token entra refresh --scope User.Read
  azcred logout

Exit status: 0 done; 1 refused, declined, too late or not reachable; 2 bad or
missing input."
)]
pub(crate) struct LoginArgs {
    #[command(flatten)]
    session: SessionArgs,

    /// Signs in with a code that is entered on any device.
    #[arg(long, conflicts_with = "browser")]
    device_code: bool,

    /// Signs in with this machine's browser.
    #[arg(long)]
    browser: bool,

    /// What to ask consent for at once; without it, for the sign-in alone.
    #[arg(long, value_delimiter = ',', default_value = "openid")]
    scope: Vec<String>,

    #[command(flatten)]
    client: EntraClient,

    #[command(flatten)]
    network: NetworkArgs,

    /// Prints JSON: the account, as Microsoft's SDKs store it, and kept.
    #[arg(long)]
    json: bool,
}

/// Forgets the accounts of a session file.
///
/// Deletes their refresh tokens. Access tokens that were printed stay valid
/// until they expire, and so does the browser's own session: open the address
/// that is shown to end that too.
#[derive(Args, Debug)]
#[command(
    verbatim_doc_comment,
    next_line_help = true,
    after_help = "\
Examples:
  azcred logout --session-file ~/.azcred-session

Exit status: 0 done, also when nobody was signed in; 2 bad or missing input."
)]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    session: SessionArgs,

    /// Prints JSON: each account, and where its browser session ends.
    #[arg(long)]
    json: bool,
}

impl LoginArgs {
    pub(crate) async fn run(&self, environment: &Environment) -> Result<(), Failure> {
        let files = Files::default();
        let file = self.session.file(environment, &files)?;
        let is_kept = file.is_some();
        let session = match file {
            Some(file) => UserSession::stored_in(Arc::new(file))?,
            None => UserSession::new(),
        };
        let record = self.sign_in(session.clone(), environment, &files).await?;
        if let Some(failure) = session.store_failure() {
            return Err(failure.into());
        }
        self.tell(&record, is_kept)
    }

    async fn sign_in(
        &self,
        session: UserSession,
        environment: &Environment,
        files: &Files,
    ) -> Result<AuthenticationRecord, Failure> {
        let (tenant, client_id) =
            (self.client.tenant_of_person(environment)?, self.client.client_id(environment)?);
        let (authority, transport) = (self.client.authority(environment)?, self.network.transport(files)?);
        let request = TokenRequest::new(self.scope.clone());
        if self.browser || (!self.device_code && seems_to_have_a_browser(environment)?) {
            let credential = InteractiveBrowserCredential::builder(tenant, client_id)
                .browser(Arc::new(AnnouncedBrowser::default()))
                .receiver(Arc::new(LoopbackReceiver::new().app_name("azcred")))
                .by_hand(Arc::new(PasteInTerminal))
                .authority(authority)
                .transport(transport)
                .session(session)
                .build()?;
            return Ok(credential.authenticate(&request).await?);
        }
        let prompt = DeviceCodePrompt::on_standard_error();
        let show = prompt.clone();
        let credential = DeviceCodeCredential::builder(tenant, client_id)
            .prompt(move |code| show.show(code))
            .authority(authority)
            .transport(transport)
            .session(session)
            .build()?;
        let signed_in = credential.authenticate(&request).await;
        prompt.end();
        Ok(signed_in?)
    }

    fn tell(&self, record: &AuthenticationRecord, is_kept: bool) -> Result<(), Failure> {
        if !is_kept {
            say("Nothing is kept, because no session file is named (--session-file).\n");
        }
        if self.json {
            let account: serde_json::Value = serde_json::from_str(&record.to_json()).unwrap_or_default();
            return print_json(&json!({"account": account, "kept": is_kept}));
        }
        print(&format!("Signed in as {}, tenant {}.\n", record.username(), record.tenant_id()))
    }
}

impl LogoutArgs {
    pub(crate) fn run(&self, environment: &Environment) -> Result<(), Failure> {
        let file = self.session.required(environment)?;
        let accounts = file.load()?;
        for account in &accounts {
            file.forget(account.record())?;
        }
        if self.json {
            let told = accounts.iter().map(|account| {
                json!({"account": account.record().username(), "end_session_url": end_session(account)})
            });
            return print_json(&json!({ "signed_out": told.collect::<Vec<_>>() }));
        }
        if accounts.is_empty() {
            return print("Nobody was signed in.\n");
        }
        let told: String = accounts.iter().map(told).collect();
        print(&told)
    }
}

fn told(account: &StoredAccount) -> String {
    let end = end_session(account)
        .map(|url| format!("To end the browser's session too, open\n{url}\n"))
        .unwrap_or_default();
    format!("Signed out {}.\n{end}", account.record().username())
}

fn end_session(account: &StoredAccount) -> Option<String> {
    let tenant = Some(account.record().tenant_id()).filter(|tenant| !tenant.is_empty()).unwrap_or("common");
    EndSession::new(account.authority().clone(), tenant).ok()?.url().ok()
}

/// Guesses whether a browser that opens is seen by whoever typed the command.
fn seems_to_have_a_browser(environment: &Environment) -> Result<bool, Failure> {
    let is_set = |name: &str| Ok::<bool, Failure>(environment.text(name)?.is_some());
    if is_set("BROWSER")? {
        return Ok(true);
    }
    let is_remote = is_set("SSH_CONNECTION")? || is_set("SSH_TTY")?;
    let has_screen =
        cfg!(any(windows, target_os = "macos")) || is_set("DISPLAY")? || is_set("WAYLAND_DISPLAY")?;
    Ok(has_screen && !is_remote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_guessed_from_the_screen() {
        let guess = |variables| seems_to_have_a_browser(&Environment::of(variables)).unwrap();
        assert!(
            guess(&[("DISPLAY", ":0")]) && guess(&[("WAYLAND_DISPLAY", "w")]) && guess(&[("BROWSER", "b")])
        );
        assert!(!guess(&[("DISPLAY", "localhost:10.0"), ("SSH_CONNECTION", "a b")]));
        assert_eq!(guess(&[]), cfg!(any(windows, target_os = "macos")));
    }
}
