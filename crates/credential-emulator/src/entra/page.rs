//! The pages for people.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};

use crate::answer::set_header;
use crate::received::Received;
use crate::services::Services;

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;\
    color:#1b1b1b;background:#fff}input,select{font:inherit;padding:.4rem;width:100%;box-sizing:border-box}\
    button{font:inherit;padding:.5rem 1.2rem;margin:1rem .6rem 0 0;border:1px solid #8a8a8a;border-radius:.3rem;background:#fff;color:#1b1b1b;cursor:pointer}\
    form button:first-of-type{border-color:#0b5cad;background:#0b5cad;color:#fff}[role=alert]{border-left:.4rem solid #a4262c;\
    padding-left:.8rem}code{overflow-wrap:anywhere}";

/// Makes a page: works without scripts and outside resources, can be used by keyboard and read aloud.
pub(super) fn page(status: StatusCode, title: &str, body: &str) -> Response<Bytes> {
    let title = escape(title);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}\n\
         <p><small>This is an emulator. It signs in to nothing.</small></p>\n</main>\n</body>\n</html>\n"
    );
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    set_header(&mut response, "cache-control", "no-store");
    set_header(&mut response, "x-content-type-options", "nosniff");
    // Not `no-referrer`: browsers would send `Origin: null` with the page's own form.
    set_header(&mut response, "referrer-policy", "same-origin");
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    set_header(&mut response, "content-security-policy", policy);
    response
}

/// Writes a text so that it stays text, between tags and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
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

/// Says whether a form was sent from a page of another site, which could decide in the user's place.
pub(super) fn is_of_another_site(services: &Services, received: &Received) -> bool {
    received.header("origin").is_some_and(|origin| !services.origins.holds(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_echoed_becomes_markup() {
        assert_eq!(escape(r#"<b a="x">&'"#), "&lt;b a=&quot;x&quot;&gt;&amp;&#39;");
        let page = page(StatusCode::OK, "</title>", "");
        assert!(String::from_utf8_lossy(page.body()).contains("<title>&lt;/title&gt;</title>"));
    }

    proptest::proptest! {
        #[test]
        fn escaped_text_holds_no_markup(text in r"\PC{0,64}") {
            proptest::prop_assert!(!escape(&text).contains(['<', '>', '"', '\'']));
        }
    }
}
