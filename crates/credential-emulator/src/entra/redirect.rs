//! Where the browser goes when a user has decided.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderValue, Response, StatusCode, Uri};

use super::error::EntraError;
use super::form::Form;
use super::page::{escape, page};
use crate::answer::{empty, set_header};

/// Where the answer goes, and in which form (OAuth 2.0 Multiple Response Types, Form Post Response Mode).
pub(super) struct RedirectTarget {
    pub(super) uri: String,
    mode: Mode,
    state: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Query,
    Fragment,
    FormPost,
}

/// Where the browser goes when the user has signed in or has cancelled: to the client's redirect URI, with a code or an
/// error.
///
/// It holds an authorization code: `Debug` shows the redirect URI only.
#[derive(Clone)]
pub struct BrowserRedirect {
    url: String,
    form: Option<String>,
}

impl BrowserRedirect {
    /// Returns the address that the browser opens, with the answer in its query or fragment.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the form that the browser posts there, for `response_mode=form_post`.
    pub fn form(&self) -> Option<&str> {
        self.form.as_deref()
    }

    /// Looks into the answer: `code`, `state`, `error`, `error_description`.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let answer = match &self.form {
            Some(form) => form.as_str(),
            None => self.url.rsplit_once(['?', '#']).map_or("", |(_, answer)| answer),
        };
        form_urlencoded::parse(answer.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// The script that sends the form on, and nothing else.
const SUBMIT: &str = "document.forms[0].submit()";

impl BrowserRedirect {
    pub(super) fn response(&self) -> Response<Bytes> {
        let Some(form) = &self.form else {
            let mut response = empty(StatusCode::FOUND);
            // Whole, however long the state is. Checked and encoded, it is always a header's text.
            if let Ok(url) = HeaderValue::from_str(&self.url) {
                response.headers_mut().insert(LOCATION, url);
            }
            set_header(&mut response, "cache-control", "no-store");
            return response;
        };
        let inputs: String = form_urlencoded::parse(form.as_bytes())
            .map(|(name, value)| {
                format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escape(&name), escape(&value))
            })
            .collect();
        let body = format!(
            "<form method=\"post\" action=\"{}\">\n{inputs}<button>Continue</button>\n</form>\n<script>{SUBMIT}</script>",
            escape(&self.url)
        );
        let mut response = page(StatusCode::OK, "Back to the application", &body);
        let hash = STANDARD.encode(digest(&SHA256, SUBMIT.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        set_header(&mut response, "content-security-policy", &policy);
        response
    }
}

impl RedirectTarget {
    /// Reads `redirect_uri`, `response_mode` and `state`. Any loopback address is registered here, with any port and path.
    pub(super) fn read(form: &Form<'_>) -> Result<Self, EntraError> {
        let uri = form.required("redirect_uri")?;
        if !is_registered(uri) {
            let message =
                "The redirect URI specified in the request does not match the redirect URIs configured.";
            return Err(EntraError::bad_request("invalid_request", 50_011, message.to_owned()).because(
                "redirect_uri: it is not http or https on localhost, 127.0.0.1 or [::1], without a fragment",
            ));
        }
        let mode = match form.field("response_mode") {
            None | Some("query") => Mode::Query,
            Some("fragment") => Mode::Fragment,
            Some("form_post") => Mode::FormPost,
            Some(_) => {
                let message = "The request is malformed or invalid.".to_owned();
                return Err(EntraError::bad_request("invalid_request", 9_002_313, message)
                    .because("response_mode: it is none of query, fragment and form_post"));
            }
        };
        Ok(Self { uri: uri.to_owned(), mode, state: form.field("state").map(str::to_owned) })
    }

    /// Sends these parameters and the state.
    pub(super) fn send(&self, parameters: &[(&str, &str)]) -> BrowserRedirect {
        let mut answer = form_urlencoded::Serializer::new(String::new());
        answer.extend_pairs(parameters);
        if let Some(state) = &self.state {
            answer.append_pair("state", state);
        }
        let answer = answer.finish();
        let uri = &self.uri;
        match self.mode {
            Mode::Query if uri.contains('?') => {
                BrowserRedirect { url: format!("{uri}&{answer}"), form: None }
            }
            Mode::Query => BrowserRedirect { url: format!("{uri}?{answer}"), form: None },
            Mode::Fragment => BrowserRedirect { url: format!("{uri}#{answer}"), form: None },
            Mode::FormPost => BrowserRedirect { url: uri.clone(), form: Some(answer) },
        }
    }
}

/// The redirect URIs that are no address of this machine, and registered all the same: those of Media Services' native client
/// and of programs that embed a browser.
const NATIVE: [&str; 2] =
    ["https://AzureMediaServicesNativeSDK", "https://login.microsoftonline.com/common/oauth2/nativeclient"];

/// Says whether the browser may be sent there.
pub(super) fn is_registered(uri: &str) -> bool {
    is_loopback(uri) || NATIVE.iter().any(|known| known.eq_ignore_ascii_case(uri.trim_end_matches('/')))
}

fn is_loopback(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    let is_ours = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    is_ours && !has_user && !text.contains('#') && matches!(uri.scheme_str(), Some("http" | "https"))
}

impl fmt::Debug for BrowserRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("BrowserRedirect").field("redirect_uri", &uri).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_loopback() {
        for good in
            ["http://localhost", "http://localhost:8400/", "https://127.0.0.1:1/a?b=c", "http://[::1]:9/x"]
        {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "",
            "/path",
            "http://localhost.evil.example/",
            "http://localhost@evil.example/",
            "http://evil@localhost/",
            "http://localhost/#a",
            "ftp://localhost/",
            "http://10.0.0.1/",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
