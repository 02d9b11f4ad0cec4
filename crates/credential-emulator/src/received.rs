//! A request as it was received.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use bytes::Bytes;
use http::header::HOST;
use http::request::Parts;
use http::{Request, StatusCode};

use crate::origins::Scheme;

/// A request as it was received: raw request-target, all headers, whole body.
#[derive(Clone, Debug)]
pub(crate) struct Received(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    request: Request<Bytes>,
    scheme: Scheme,
}

impl Received {
    pub(crate) fn new(request: Request<Bytes>, scheme: Scheme) -> Self {
        Self(Arc::new(Inner { request, scheme }))
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.0.scheme
    }

    /// Returns the host as the client wrote it: `Host`, or `:authority` in HTTP/2 (RFC 9113, section 8.3.1).
    pub(crate) fn host(&self) -> &str {
        self.header(HOST.as_str())
            .or_else(|| self.uri().authority().map(http::uri::Authority::as_str))
            .unwrap_or_default()
    }

    /// Returns a header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns a query parameter, decoded.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        self.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    /// Returns all query parameters, decoded.
    pub(crate) fn query_pairs(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        form_urlencoded::parse(self.uri().query().unwrap_or_default().as_bytes())
    }
}

impl Deref for Received {
    type Target = Request<Bytes>;

    fn deref(&self) -> &Self::Target {
        &self.0.request
    }
}

/// The outermost middleware puts the value there.
impl<S: Sync> FromRequestParts<S> for Received {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        parts.extensions.get::<Self>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// Says whether the text looks like an api-version: a date, perhaps followed by `-preview` and a number.
pub(crate) fn is_dated_version(text: &str) -> bool {
    let (date, suffix) = text.split_at_checked(10).unwrap_or((text, ""));
    let is_date = date.len() == 10
        && date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let is_preview = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    is_date && (suffix.is_empty() || suffix.strip_prefix("-preview").is_some_and(is_preview))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_versions() {
        for good in ["2023-10-01", "2021-10-31-preview", "2020-07-20-preview2"] {
            assert!(is_dated_version(good), "{good}");
        }
        for bad in [
            "",
            "2.19",
            "2023-10-1",
            "2023/10/01",
            "2023-10-01-",
            "2023-10-01-preview-x",
            "2023-10-01ü",
            "202é-10-01",
        ] {
            assert!(!is_dated_version(bad), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn dated_versions_begin_with_a_date(text in r"\PC{0,20}|\d{4}-\d{2}-\d{2}(-preview\d{0,2})?") {
            let is_dated = is_dated_version(&text);
            proptest::prop_assert_eq!(is_dated, text.is_ascii() && is_dated_version(&text));
            if is_dated {
                proptest::prop_assert!(text.len() == 10 || text[10..].starts_with("-preview"));
            }
        }
    }

    #[test]
    fn host_of_both_http_versions() {
        let one = Request::get("/").header("host", "a:1").body(Bytes::new()).unwrap();
        let two = Request::get("https://b:2/").body(Bytes::new()).unwrap();
        assert_eq!(Received::new(one, Scheme::Http).host(), "a:1");
        assert_eq!(Received::new(two, Scheme::Https).host(), "b:2");
    }
}
