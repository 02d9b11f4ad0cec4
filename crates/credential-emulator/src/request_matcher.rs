//! Which requests are meant.

use std::fmt;

/// Which requests are meant: by method, and by how their paths begin.
///
/// Made of a text: `/sms` means every path that begins so, `POST /sms` only that method, and `*` stands for any part of
/// a path, as in `/*/oauth2/v2.0/token`. Paths are compared as they were sent, percent-encoded and without the query.
///
/// # Example
/// ```
/// use credential_emulator::RequestMatcher;
///
/// let tokens = RequestMatcher::from("POST /*/oauth2/v2.0/token");
/// assert!(tokens.matches("POST", "/organizations/oauth2/v2.0/token"));
/// assert!(!tokens.matches("POST", "/organizations/oauth2/token"));
/// assert!(RequestMatcher::any().matches("GET", "/healthz"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestMatcher {
    method: Option<String>,
    path: String,
}

impl RequestMatcher {
    /// Means every request.
    pub fn any() -> Self {
        Self { method: None, path: "/".to_owned() }
    }

    /// Says whether a request with this method and path is meant.
    pub fn matches(&self, method: &str, path: &str) -> bool {
        let is_method = self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method));
        let mut parts = self.path.split('*');
        let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
        for part in parts {
            let Some((_, after)) = rest.split_once(part) else { return false };
            rest = after;
        }
        is_method
    }
}

/// Shows it in the form in which it is read.
impl fmt::Display for RequestMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.method {
            Some(method) => write!(f, "{method} {}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

impl From<&str> for RequestMatcher {
    /// Reads a path, or a method and a path; a path without its first `/` gets one.
    fn from(text: &str) -> Self {
        let (method, path) = match text.trim().split_once(' ') {
            Some((method, path)) => (Some(method.to_owned()), path.trim()),
            None => (None, text.trim()),
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Self { method, path: format!("{slash}{path}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_paths() {
        for (matcher, method, path, expected) in [
            ("/sms", "POST", "/sms", true),
            ("/sms", "POST", "/sms/optouts:add", true),
            ("sms", "GET", "/sms", true),
            ("POST /sms", "post", "/sms", true),
            ("POST /sms", "GET", "/sms", false),
            ("/sms", "POST", "/emails:send", false),
            ("/rooms/*/participants", "GET", "/rooms/99/participants", true),
            ("/rooms/*/participants", "GET", "/rooms/99", false),
            ("/*/token*x", "GET", "/a/tokens/x", true),
            ("", "GET", "/anything", true),
        ] {
            let read = RequestMatcher::from(matcher);
            assert_eq!(read.matches(method, path), expected, "{matcher} {path}");
            assert_eq!(RequestMatcher::from(read.to_string().as_str()), read);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_path_without_stars_means_all_that_begin_so(path in "/[a-z:%/]{0,12}", rest in "[a-z/]{0,6}") {
            let matcher = RequestMatcher::from(path.as_str());
            let longer = format!("{path}{rest}");
            proptest::prop_assert!(matcher.matches("GET", &longer));
        }
    }
}
