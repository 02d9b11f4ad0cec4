//! What can go wrong, and what to do about it.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use crate::{CredentialErrorKind, NetworkFailure};

type Text = Cow<'static, str>;

/// The page that tells more about each error, in the family's repository.
const REFERENCE: &str = "docs/errors.md";

/// What went wrong and what to do about it; no secret is in it, nor any response body.
///
/// `Display` is one line: what happened, the service's status, code and correlation ids, then the fix, and for a code that
/// has one its section of the error reference. The source, where there is one, is not repeated in the text. Clones share one allocation.
///
/// # Example
/// ```
/// use credential::{CredentialError, CredentialErrorKind};
///
/// let error = CredentialError::new(
///     CredentialErrorKind::InvalidConfiguration,
///     "the account id is empty",
///     "pass the account id from the portal's overview page",
/// );
/// assert_eq!(error.to_string(), "the account id is empty: pass the account id from the portal's overview page");
/// assert!(!error.is_transient());
/// ```
#[derive(Clone)]
pub struct CredentialError(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: CredentialErrorKind,
    problem: Text,
    fix: Text,
    status: Option<StatusCode>,
    code: Option<String>,
    ids: Vec<(&'static str, String)>,
    retry_after: Option<Duration>,
    needs_interaction: bool,
    network_failure: Option<NetworkFailure>,
    section: Option<Text>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl CredentialError {
    /// Makes an error from what happened and how to fix it: both lower case, without a full stop, without secrets.
    pub fn new(kind: CredentialErrorKind, problem: impl Into<Text>, fix: impl Into<Text>) -> Self {
        Self(Arc::new(Inner {
            kind,
            problem: problem.into(),
            fix: fix.into(),
            status: None,
            code: None,
            ids: Vec::new(),
            retry_after: None,
            needs_interaction: false,
            network_failure: None,
            section: None,
            source: None,
        }))
    }

    fn edit(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Replaces how to fix it, where a caller knows better than whoever made the error.
    #[must_use]
    pub fn with_fix(self, fix: impl Into<Text>) -> Self {
        let fix = fix.into();
        self.edit(|inner| inner.fix = fix)
    }

    /// Adds the HTTP status of the service's answer.
    #[must_use]
    pub fn with_status(self, status: StatusCode) -> Self {
        self.edit(|inner| inner.status = Some(status))
    }

    /// Adds the service's own error code. Characters that could forge a log line are dropped.
    #[must_use]
    pub fn with_code(self, code: &str) -> Self {
        self.edit(|inner| inner.code = Some(printable(code)))
    }

    /// Adds an id under which the service's operators find the request, such as `MS-CV`.
    #[must_use]
    pub fn with_id(self, name: &'static str, id: &str) -> Self {
        self.edit(|inner| inner.ids.push((name, printable(id))))
    }

    /// Adds how long the service asks to wait.
    #[must_use]
    pub fn with_retry_after(self, retry_after: Duration) -> Self {
        self.edit(|inner| inner.retry_after = Some(retry_after))
    }

    /// Adds that only a person can help, by signing in or consenting.
    #[must_use]
    pub fn with_interaction_needed(self) -> Self {
        self.edit(|inner| inner.needs_interaction = true)
    }

    /// Adds where reaching the host broke.
    #[must_use]
    pub fn with_network_failure(self, failure: NetworkFailure) -> Self {
        self.edit(|inner| inner.network_failure = Some(failure))
    }

    /// Names the section of the error reference that tells more than the text: for codes of services, where one line does not
    /// hold all that may be behind them.
    #[must_use]
    pub fn with_reference(self, section: impl Into<Text>) -> Self {
        let section = section.into();
        self.edit(|inner| inner.section = Some(section))
    }

    /// Adds the error underneath, which must not hold a secret either.
    #[must_use]
    pub fn with_source(self, source: impl Error + Send + Sync + 'static) -> Self {
        self.edit(|inner| inner.source = Some(Arc::new(source)))
    }

    /// Finds an error of this family in another error, or in those underneath it: what a client reports whose credential was
    /// ours, such as one of `azure_core`, whose retry puts a layer of its own around every error.
    ///
    /// # Example
    /// ```
    /// use credential::{CredentialError, CredentialErrorKind};
    ///
    /// let ours = CredentialError::new(CredentialErrorKind::Refused, "the secret has expired", "make a new one");
    /// let theirs = std::io::Error::other(std::io::Error::other(ours));
    /// assert_eq!(CredentialError::find_in(&theirs).unwrap().kind(), CredentialErrorKind::Refused);
    /// ```
    pub fn find_in<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a Self> {
        std::iter::successors(Some(error), |error| match error.downcast_ref::<std::io::Error>() {
            // It leaves out the error that it wraps when asked for its source.
            Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => (*error).source(),
        })
        .find_map(|error| error.downcast_ref())
    }

    pub(crate) fn with_problem(self, problem: String) -> Self {
        self.edit(|inner| inner.problem = problem.into())
    }

    /// Returns the class of the error.
    pub fn kind(&self) -> CredentialErrorKind {
        self.0.kind
    }

    /// Says whether the error can heal without a human: throttling, an outage, an unreachable host.
    pub fn is_transient(&self) -> bool {
        use CredentialErrorKind::{Throttled, Unavailable, Unreachable};
        matches!(self.0.kind, Throttled | Unavailable | Unreachable)
    }

    /// Returns what happened, without details and fix.
    pub fn problem(&self) -> &str {
        &self.0.problem
    }

    /// Returns how to fix it.
    pub fn fix(&self) -> &str {
        &self.0.fix
    }

    /// Returns where in the family's repository more is said about this error, such as `docs/errors.md#aadsts7000215`: the
    /// section of the service's code where there is one, and that of the kind otherwise.
    pub fn reference(&self) -> String {
        format!("{REFERENCE}#{}", self.0.section.as_deref().unwrap_or_else(|| self.0.kind.section()))
    }

    /// Returns the HTTP status of the service's answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the service's own error code, such as `AADSTS7000215` or `Denied`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns an id under which the service's operators find the request; names compare without case.
    pub fn id(&self, name: &str) -> Option<&str> {
        self.ids().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, id)| id)
    }

    /// Returns all such ids, with their names.
    pub fn ids(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.ids.iter().map(|(name, id)| (*name, id.as_str()))
    }

    /// Returns how long the service asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Says whether only a person can help, by signing in or consenting: at any moment, so such a refusal is not remembered.
    pub fn needs_interaction(&self) -> bool {
        self.0.needs_interaction
    }

    /// Returns where reaching the host broke.
    pub fn network_failure(&self) -> Option<NetworkFailure> {
        self.0.network_failure
    }
}

/// Service texts go to logs and terminals: nothing that moves the cursor, ends a line or turns the direction of writing,
/// and no more than a line's worth.
fn printable(text: &str) -> String {
    let is_harmless = |c: &char| c.is_ascii_graphic() || *c == ' ' || c.is_alphanumeric();
    text.chars().filter(is_harmless).take(256).collect()
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.problem)?;
        let mut separator = " (";
        let mut detail = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            write!(f, "{separator}{text}")?;
            separator = ", ";
            Ok::<(), fmt::Error>(())
        };
        if let Some(status) = self.0.status {
            detail(f, format_args!("HTTP {}", status.as_u16()))?;
        }
        if let Some(code) = &self.0.code {
            detail(f, format_args!("code {code}"))?;
        }
        for (name, id) in self.ids() {
            detail(f, format_args!("{name} {id}"))?;
        }
        if let Some(wait) = self.0.retry_after {
            detail(f, format_args!("retry after {} s", wait.as_secs()))?;
        }
        if separator == ", " {
            f.write_str(")")?;
        }
        write!(f, ": {}", self.0.fix)?;
        match &self.0.section {
            Some(section) => write!(f, "; see {REFERENCE}#{section}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialError")
            .field("kind", &self.0.kind)
            .field("text", &self.to_string())
            .field("network_failure", &self.0.network_failure)
            .field("source", &self.0.source)
            .finish()
    }
}

impl Error for CredentialError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_problem_details_and_fix_in_that_order() {
        let error =
            CredentialError::new(CredentialErrorKind::Throttled, "the service is busy", "wait, then retry")
                .with_status(StatusCode::TOO_MANY_REQUESTS)
                .with_code("TooMany\r\n\u{202e}\u{2028}Requests")
                .with_id("MS-CV", "abc.0")
                .with_retry_after(Duration::from_secs(7));
        assert_eq!(
            error.to_string(),
            "the service is busy (HTTP 429, code TooManyRequests, MS-CV abc.0, retry after 7 s): wait, then retry"
        );
        assert_eq!(error.id("ms-cv"), Some("abc.0"));
        assert!(error.is_transient());
    }

    #[test]
    fn a_better_fix_replaces_the_fix_alone() {
        let error = CredentialError::new(CredentialErrorKind::Unreachable, "no answer", "check the host")
            .with_id("MS-CV", "abc.0")
            .with_fix("the service has closed");
        assert_eq!(error.to_string(), "no answer (MS-CV abc.0): the service has closed");
    }

    #[test]
    fn source_is_reachable_and_not_repeated() {
        let error = CredentialError::new(CredentialErrorKind::Unreachable, "no answer", "check the host")
            .with_source(std::io::Error::other("refused by peer"));
        assert!(!error.to_string().contains("refused by peer"));
        assert_eq!(error.source().unwrap().to_string(), "refused by peer");
    }

    #[test]
    fn every_kind_has_its_section_and_a_code_goes_before_it() {
        use CredentialErrorKind as Kind;
        let page = include_str!("../../../docs/errors.md");
        for kind in [
            Kind::NotConfigured,
            Kind::InvalidConfiguration,
            Kind::InvalidRequest,
            Kind::Refused,
            Kind::Throttled,
            Kind::Unavailable,
            Kind::Unreachable,
            Kind::UnexpectedAnswer,
        ] {
            let error = CredentialError::new(kind, "no", "yes");
            let section = error.reference().strip_prefix("docs/errors.md#").unwrap().to_owned();
            assert_eq!(page.matches(&format!("<a id=\"{section}\"></a>")).count(), 1, "{section}");
            assert_eq!(error.to_string(), "no: yes", "the kind alone is not worth a longer text");
            let coded = error.with_reference("aadsts90055");
            assert_eq!(coded.reference(), "docs/errors.md#aadsts90055");
            assert_eq!(coded.to_string(), "no: yes; see docs/errors.md#aadsts90055");
        }
    }

    #[test]
    fn is_one_word() {
        assert_eq!(size_of::<CredentialError>(), size_of::<usize>());
    }
}
