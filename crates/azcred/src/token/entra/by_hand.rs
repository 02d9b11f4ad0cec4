//! The browser, and what a person does without one.

use async_trait::async_trait;
use credential::{CredentialError, Secret};
use entra::{Browser, SignInByHand, SystemBrowser};

use crate::files::standard_input_line;
use crate::output::say;

/// The person's browser, with a word about what happens.
#[derive(Debug, Default)]
pub(crate) struct AnnouncedBrowser(SystemBrowser);

#[async_trait]
impl Browser for AnnouncedBrowser {
    async fn open(&self, url: &str) -> Result<(), CredentialError> {
        say("Sign in with the browser that opens. Waiting for it; Ctrl-C stops.\n");
        self.0.open(url).await
    }
}

/// Shows the address, and reads from standard input where it ended.
#[derive(Debug)]
pub(crate) struct PasteInTerminal;

#[async_trait]
impl SignInByHand for PasteInTerminal {
    async fn sign_in(
        &self,
        url: &str,
        mistake: Option<&CredentialError>,
    ) -> Result<Option<Secret>, CredentialError> {
        match mistake {
            Some(mistake) => say(&format!("{}. Paste it again:\n", mistake.problem())),
            None => say(&instructions(url)),
        }
        // Without a terminal or a file behind it there is nothing to read; the browser of this machine may still answer.
        Ok(tokio::task::spawn_blocking(standard_input_line).await.ok().flatten())
    }
}

fn instructions(url: &str) -> String {
    format!(
        "Open this address in a browser and sign in:\n\n{url}\n\n\
         On this machine that is all. On another, the browser ends at a page that it\n\
         cannot show: copy its address from the address bar, paste it here, press Enter:\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_fit_a_terminal() {
        let text = instructions("URL");
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        insta::assert_snapshot!(text);
    }
}
