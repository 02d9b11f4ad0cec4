//! What the person sees when the browser has brought its answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use sha2::{Digest, Sha256};

use crate::OAuthError;

const STYLE: &str = ":root{color-scheme:light dark}\
    body{margin:0;min-height:100vh;display:grid;place-items:center;font:1rem/1.6 system-ui,sans-serif;\
    color:#1b1b1b;background:#f3f3f3}\
    main{max-width:28rem;margin:1rem;padding:2rem 2.5rem;border-radius:.75rem;background:#fff;\
    border:1px solid #d6d6d6}\
    h1{margin:.25rem 0 .5rem;font-size:1.4rem;line-height:1.3;overflow-wrap:anywhere}\
    p{margin:.5rem 0;overflow-wrap:anywhere}\
    .sign{font-size:2.25rem;line-height:1}.good{color:#0b6a0b}.bad{color:#a4262c}\
    @media(prefers-color-scheme:dark){body{color:#f3f3f3;background:#1b1b1b}main{background:#292929;\
    border-color:#444}.good{color:#7fce7f}.bad{color:#ff99a4}}";

/// The pages of one app.
#[derive(Clone, Debug)]
pub(crate) struct LandingPage {
    app_name: String,
}

impl LandingPage {
    pub(crate) fn of_app(app_name: Option<&str>) -> Self {
        Self { app_name: escape(app_name.unwrap_or("the application")) }
    }

    /// The browser has done its part; whether the code is redeemed, the app will tell.
    pub(crate) fn success(&self) -> Response<Bytes> {
        let body = format!(
            "<p class=\"sign good\" aria-hidden=\"true\">&#10003;</p>\n<div role=\"status\">\n\
             <h1>You can go back to {}</h1>\n<p>The sign-in in the browser is done. You can close this page.</p>\n</div>",
            self.app_name
        );
        page(StatusCode::OK, "Sign-in done", &body)
    }

    /// The server's own words are for the person concerned, who is looking.
    pub(crate) fn failure(&self, error: &OAuthError) -> Response<Bytes> {
        let reason = escape(error.description().unwrap_or_else(|| error.error()));
        let body = format!(
            "<p class=\"sign bad\" aria-hidden=\"true\">&#10007;</p>\n<div role=\"alert\">\n\
             <h1>The sign-in did not succeed</h1>\n<p>{reason}</p>\n</div>\n<p>You can close this page and go back to {}.</p>",
            self.app_name
        );
        page(StatusCode::OK, "Sign-in not done", &body)
    }

    /// Something else than the awaited answer came.
    pub(crate) fn stray(&self, status: StatusCode, reason: &'static str) -> Response<Bytes> {
        let body = format!(
            "<h1>Nothing was signed in here</h1>\n<p>{reason}</p>\n<p>Go back to {}.</p>",
            self.app_name
        );
        page(status, "Sign-in", &body)
    }
}

/// Works without scripts and outside resources, can be read aloud, and fits a small screen.
fn page(status: StatusCode, title: &str, body: &str) -> Response<Bytes> {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    );
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = status;
    response.headers_mut().extend(headers());
    response
}

fn headers() -> Vec<(HeaderName, HeaderValue)> {
    let fixed = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONNECTION, "close"),
    ];
    let mut headers: Vec<_> =
        fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    headers.extend(HeaderValue::from_str(&policy).ok().map(|value| (CONTENT_SECURITY_POLICY, value)));
    headers
}

/// Writes a text so that it stays text.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::AuthorizationResponse;

    fn text(response: &Response<Bytes>) -> String {
        String::from_utf8(response.body().to_vec()).unwrap()
    }

    #[test]
    fn pages_have_no_scripts_no_outside_resources_and_a_policy() {
        let pages = LandingPage::of_app(Some("Tom & Jerry"));
        let refused = AuthorizationResponse::from_query("error=access_denied").unwrap();
        for page in [
            pages.success(),
            pages.failure(refused.error().unwrap()),
            pages.stray(StatusCode::NOT_FOUND, "no such page"),
        ] {
            let html = text(&page);
            assert!(html.contains("Tom &amp; Jerry") && html.contains("lang=\"en\""), "{html}");
            for outside in ["<script", "http", "url(", "@import", "src="] {
                assert!(!html.contains(outside), "{html}");
            }
            let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
            assert_eq!(page.headers()[CACHE_CONTROL], "no-store");
        }
        insta::assert_snapshot!("success_page", text(&LandingPage::of_app(None).success()));
    }

    proptest! {
        #[test]
        fn what_the_server_says_stays_text(said in "\\PC{0,64}") {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("error", "access_denied").append_pair("error_description", &said).finish();
            let response = AuthorizationResponse::from_query(&query).unwrap();
            let html = text(&LandingPage::of_app(Some(&said)).failure(response.error().unwrap()));
            let body = &html[html.find("<main>").unwrap()..];
            let expected = text(&LandingPage::of_app(None).failure(response.error().unwrap()));
            let tags = |text: &str| text.matches('<').count();
            prop_assert_eq!(tags(body), tags(&expected[expected.find("<main>").unwrap()..]));
        }
    }
}
