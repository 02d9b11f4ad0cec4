//! The person's default browser.

use async_trait::async_trait;
use credential::CredentialError;
use tokio::sync::oneshot;

use crate::Browser;
use crate::browser::no_browser;

/// The person's default browser: what the system names as such, or the variable `BROWSER`.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemBrowser;

#[async_trait]
impl Browser for SystemBrowser {
    async fn open(&self, url: &str) -> Result<(), CredentialError> {
        if !is_for_browsers(url) {
            return Err(no_browser("the address of the sign-in is none that a browser is opened with"));
        }
        let (sender, opened) = oneshot::channel();
        let url = url.to_owned();
        // A browser in the terminal runs until it is left: a thread waits for it, and nobody else does.
        let open = move || {
            let mut options = webbrowser::BrowserOptions::new();
            options.with_suppress_output(true);
            // Nobody listens any more when the sign-in ended first.
            let _gone = sender.send(webbrowser::open_browser_with_options(
                webbrowser::Browser::Default,
                &url,
                &options,
            ));
        };
        let failed = || no_browser("no browser could be opened");
        let thread = std::thread::Builder::new().name("entra-browser".to_owned()).spawn(open);
        thread.map_err(|source| failed().with_source(source))?;
        match opened.await {
            Ok(Ok(())) => Ok(()),
            // What the system says may repeat the address, which holds the state.
            Ok(Err(_)) | Err(_) => Err(failed()),
        }
    }
}

/// Nothing but a web address reaches the programs that open one.
fn is_for_browsers(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web && url.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_opened() {
        assert!(is_for_browsers("https://login.microsoftonline.com/common?a=b&c=%20"));
        for bad in [
            "",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://a b",
            "https://a\n",
            "-h",
            " https://a",
        ] {
            assert!(!is_for_browsers(bad), "{bad}");
        }
    }
}
