//! How the browser brings the answer of a sign-in.

/// How the browser brings the answer of a sign-in to the redirect URI.
///
/// OAuth 2.0 Form Post Response Mode, and OAuth 2.0 Multiple Response Type Encoding Practices, section 2.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseMode {
    /// As a form by POST, which keeps the code out of the browser's history and out of logs. The post comes from another
    /// site, so that a web app sees its cookies with `SameSite=None` alone.
    #[default]
    FormPost,
    /// In the query of a GET.
    Query,
}

impl ResponseMode {
    /// The value of the parameter `response_mode`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::FormPost => "form_post",
            Self::Query => "query",
        }
    }
}
