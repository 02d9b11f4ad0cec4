//! The forms of the scheme, as data.

use std::sync::Arc;
use std::time::Duration;

use credential::{CredentialError, CredentialErrorKind};
use http::HeaderName;

const DATE: HeaderName = HeaderName::from_static("x-ms-date");
const CONTENT_HASH: HeaderName = HeaderName::from_static("x-ms-content-sha256");
const ALLOWED_BY_COMMUNICATION_SERVICES: Duration = Duration::from_secs(5 * 60);
const ALLOWED_BY_APP_CONFIGURATION: Duration = Duration::from_secs(15 * 60);

/// A form of the scheme HMAC-SHA256: whose key it names, which headers it names, what difference of dates it allows.
///
/// The signed text is the same in all of them, so one [`Signer`](crate::Signer) and one [`Verifier`](crate::Verifier)
/// serve Communication Services, App Configuration and what else is built like them.
///
/// # Example
/// ```
/// use acs_hmac::{Scheme, Signer};
/// use credential::AccessKey;
///
/// let scheme = Scheme::app_configuration("0-l9-s0:abc")?;
/// let signer = Signer::new(AccessKey::from_base64("pw==")?)?.with_scheme(scheme);
/// let mut request = http::Request::get("https://contoso.azconfig.io/kv?api-version=1.0").body("")?;
/// signer.sign(&mut request)?;
/// let value = request.headers()["authorization"].to_str()?;
/// assert!(value.starts_with(
///     "HMAC-SHA256 Credential=0-l9-s0:abc&SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scheme(
    /// None is the form of Communication Services, which costs no look-up.
    Option<Arc<Form>>,
);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Form {
    credential: Option<String>,
    date: HeaderName,
    date_text: &'static str,
    content_hash: HeaderName,
    content_hash_text: &'static str,
    allowed_skew: Duration,
    /// The value of `Authorization` without the signature.
    prefix: String,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            credential: None,
            date: DATE,
            date_text: "x-ms-date",
            content_hash: CONTENT_HASH,
            content_hash_text: "x-ms-content-sha256",
            allowed_skew: ALLOWED_BY_COMMUNICATION_SERVICES,
            prefix: String::new(),
        }
    }
}

impl Scheme {
    /// The form of Communication Services: no `Credential`, `x-ms-date;host;x-ms-content-sha256`, 5 minutes.
    pub const fn communication_services() -> Self {
        Self(None)
    }

    /// The form of App Configuration: `Credential=<id>&SignedHeaders=...`, the same headers, 15 minutes. The id is the
    /// `Id` of a connection string of that service, and no secret.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the id is empty or holds more than visible ASCII, or a `&`.
    pub fn app_configuration(credential_id: &str) -> Result<Self, CredentialError> {
        let credential = credential_id.trim();
        if credential.is_empty() || !credential.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'&') {
            return Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                "the id of the access key is empty, or holds spaces, a & or characters outside ASCII",
                "copy the Id from the resource's Access keys page",
            ));
        }
        let allowed_skew = ALLOWED_BY_APP_CONFIGURATION;
        Ok(Self::of(Form { credential: Some(credential.to_owned()), allowed_skew, ..Form::default() }))
    }

    /// Sends the date in this header and names it, such as `date` for services of before mid-2021.
    ///
    /// # Panics
    /// When the name is not a header name in lower case, as [`HeaderName::from_static`] does.
    #[must_use]
    pub fn with_date_header(self, name: &'static str) -> Self {
        Self::of(Form { date: HeaderName::from_static(name), date_text: name, ..self.form() })
    }

    /// Sends the body's hash in this header and names it.
    ///
    /// # Panics
    /// When the name is not a header name in lower case, as [`HeaderName::from_static`] does.
    #[must_use]
    pub fn with_content_hash_header(self, name: &'static str) -> Self {
        Self::of(Form { content_hash: HeaderName::from_static(name), content_hash_text: name, ..self.form() })
    }

    /// Allows this difference between the request's date and the verifier's clock.
    #[must_use]
    pub fn with_allowed_skew(self, skew: Duration) -> Self {
        Self::of(Form { allowed_skew: skew, ..self.form() })
    }

    /// Returns the difference of dates that a service of this form allows.
    pub fn allowed_skew(&self) -> Duration {
        self.0.as_ref().map_or(ALLOWED_BY_COMMUNICATION_SERVICES, |form| form.allowed_skew)
    }

    /// Returns the id of the key that is named in the header, where the form has one.
    pub fn credential_id(&self) -> Option<&str> {
        self.0.as_ref()?.credential.as_deref()
    }

    /// Returns the name of the header that carries the date.
    pub fn date_header(&self) -> &'static str {
        self.0.as_ref().map_or("x-ms-date", |form| form.date_text)
    }

    /// Returns the name of the header that carries the body's hash.
    pub fn content_hash_header(&self) -> &'static str {
        self.0.as_ref().map_or("x-ms-content-sha256", |form| form.content_hash_text)
    }

    /// Says whether the two headers are those of Communication Services.
    pub(crate) fn has_usual_headers(&self) -> bool {
        self.date_header() == "x-ms-date" && self.content_hash_header() == "x-ms-content-sha256"
    }

    /// The two names as `http` wants them.
    pub(crate) fn names(&self) -> (HeaderName, HeaderName) {
        match &self.0 {
            None => (DATE, CONTENT_HASH),
            Some(form) => (form.date.clone(), form.content_hash.clone()),
        }
    }

    /// The value of `Authorization` without the signature; none where it is the one of Communication Services.
    pub(crate) fn prefix(&self) -> Option<&str> {
        Some(&self.0.as_ref()?.prefix)
    }

    fn form(self) -> Form {
        self.0.map(Arc::unwrap_or_clone).unwrap_or_default()
    }

    fn of(mut form: Form) -> Self {
        let credential = form.credential.as_ref().map_or_else(String::new, |id| format!("Credential={id}&"));
        let (date, content_hash) = (form.date_text, form.content_hash_text);
        form.prefix = format!("HMAC-SHA256 {credential}SignedHeaders={date};host;{content_hash}&Signature=");
        Self(Some(Arc::new(form)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_cannot_stand_in_the_header_are_refused() {
        for bad in ["", " ", "a b", "a&b", "\u{e4}", "a\nb"] {
            let error = Scheme::app_configuration(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::InvalidConfiguration);
        }
        assert_eq!(Scheme::app_configuration(" 0-l9-s0:x ").unwrap().credential_id(), Some("0-l9-s0:x"));
    }

    #[test]
    fn forms_are_data() {
        let plain = Scheme::communication_services();
        assert_eq!((plain.date_header(), plain.allowed_skew().as_secs()), ("x-ms-date", 300));
        assert_eq!(plain.prefix(), None);
        let older = plain.with_date_header("date").with_allowed_skew(Duration::from_secs(1));
        assert_eq!(
            older.prefix(),
            Some("HMAC-SHA256 SignedHeaders=date;host;x-ms-content-sha256&Signature=")
        );
        assert_eq!((older.credential_id(), older.allowed_skew().as_secs()), (None, 1));
        let other = older.with_content_hash_header("x-hash");
        assert_eq!((other.date_header(), other.content_hash_header()), ("date", "x-hash"));
        assert_eq!(Scheme::app_configuration("id").unwrap().allowed_skew().as_secs(), 900);
    }
}
