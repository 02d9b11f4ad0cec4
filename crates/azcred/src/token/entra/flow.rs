//! What all flows have in common.

use credential::{AccessToken, Clock, CredentialError, SystemClock};
use entra::AuthenticationRecord;

use crate::environment::Environment;
use crate::files::Files;
use crate::token::PrintedToken;

/// Where a command finds what it was not told on the command line.
pub(crate) struct Surroundings<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) files: &'a Files,
}

/// Gives a builder of any credential what the question says: the builders have the same methods, but no trait.
macro_rules! asked {
    ($builder:expr, $question:expr, $around:expr, $client:expr) => {
        $builder
            .authority($client.authority($around.environment)?)
            .version($question.version())
            .transport($question.network.transport($around.files)?)
    };
}
pub(super) use asked;

/// Gets the token of an application.
macro_rules! token_of_app {
    ($credential:expr, $question:expr) => {{
        let credential = $credential;
        let token = credential::TokenCredential::get_token(&credential, &$question.request()).await;
        $crate::token::entra::flow::printed(token, None)
    }};
}
pub(super) use token_of_app;

/// Gets the token of a person, and says whose it is.
macro_rules! token_of_person {
    ($credential:expr, $question:expr) => {{
        let credential = $credential;
        let token = credential::TokenCredential::get_token(&credential, &$question.request()).await;
        $crate::token::entra::flow::printed(token, credential.account())
    }};
}
pub(super) use token_of_person;

pub(super) fn printed(
    token: Result<AccessToken, CredentialError>,
    account: Option<AuthenticationRecord>,
) -> Result<PrintedToken, crate::failure::Failure> {
    let printed = PrintedToken::new(&token?, SystemClock::default().now());
    let name = account.map(|account| account.username().to_owned()).filter(|name| !name.is_empty());
    Ok(match name {
        Some(name) => printed.with_account(name),
        None => printed,
    })
}
