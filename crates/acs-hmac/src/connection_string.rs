//! The connection string of a Communication Services resource.

use std::fmt;

use credential::{AccessKey, CredentialError, CredentialErrorKind, Endpoint, Environment};

/// The name that Microsoft's samples give it.
const VARIABLE: &str = "COMMUNICATION_SERVICES_CONNECTION_STRING";

const COPY_AGAIN: &str = "copy it whole from the resource's Keys page: endpoint=https://NAME.communication.azure.com/;accesskey=KEY";

/// The connection string of a resource: its endpoint and one access key.
///
/// The official SDKs read connection strings differently; this reads what all of them accept, and refuses the rest:
/// - `endpoint` and `accesskey`, in any order and in any case, each exactly once and nothing else;
/// - white space around names and values is dropped, and so is one `;` at the end;
/// - the endpoint begins with `https://`; a slash at its end is dropped, a base path is kept; a query, a fragment or
///   user info is refused.
///
/// # Example
/// ```
/// use acs_hmac::ConnectionString;
///
/// let text = "endpoint=https://contoso.communication.azure.com/;accesskey=c2VjcmV0";
/// let parsed = ConnectionString::parse(text)?;
/// assert_eq!(parsed.endpoint().to_string(), "https://contoso.communication.azure.com");
/// assert_eq!(parsed.access_key().load().primary().bytes(), b"secret");
/// assert!(!format!("{parsed:?}").contains("c2VjcmV0"));
/// # Ok::<(), credential::CredentialError>(())
/// ```
#[derive(Clone)]
pub struct ConnectionString {
    endpoint: Endpoint,
    access_key: AccessKey,
}

#[derive(Default)]
struct Parts<'a> {
    endpoint: Option<&'a str>,
    access_key: Option<&'a str>,
}

impl ConnectionString {
    /// Parses the text that the portal shows.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`] when the text breaks a rule above. Nothing of it is in the error.
    pub fn parse(text: &str) -> Result<Self, CredentialError> {
        Self::with_endpoint(text, Endpoint::parse)
    }

    /// Parses like [`ConnectionString::parse`], and also accepts an `http` endpoint on this machine, for an emulator.
    ///
    /// # Errors
    /// Those of [`ConnectionString::parse`].
    pub fn parse_local(text: &str) -> Result<Self, CredentialError> {
        Self::with_endpoint(text, Endpoint::parse_local)
    }

    /// Reads the variable `COMMUNICATION_SERVICES_CONNECTION_STRING`.
    ///
    /// # Errors
    /// - [`CredentialErrorKind::NotConfigured`] when the variable is not set.
    /// - Those of [`ConnectionString::parse`], with the variable's name.
    ///
    /// # Example
    /// ```
    /// use acs_hmac::ConnectionString;
    /// use credential::{MapEnvironment, SystemEnvironment};
    ///
    /// let text = "endpoint=https://contoso.communication.azure.com/;accesskey=c2VjcmV0";
    /// let environment = MapEnvironment::new().with("COMMUNICATION_SERVICES_CONNECTION_STRING", text);
    /// let parsed = ConnectionString::from_environment(&environment)?;
    /// assert_eq!(parsed.endpoint().host(), "contoso.communication.azure.com");
    ///
    /// // The process's own.
    /// if let Err(error) = ConnectionString::from_environment(&SystemEnvironment::default()) {
    ///     assert_eq!(error.problem(), "COMMUNICATION_SERVICES_CONNECTION_STRING is not set");
    /// }
    /// # Ok::<(), credential::CredentialError>(())
    /// ```
    pub fn from_environment(environment: &dyn Environment) -> Result<Self, CredentialError> {
        Self::parse(environment.required(VARIABLE)?.expose()).map_err(|error| in_variable(&error))
    }

    /// Reads like [`ConnectionString::from_environment`], and also accepts an `http` endpoint on this machine, for an
    /// emulator.
    ///
    /// # Errors
    /// Those of [`ConnectionString::from_environment`].
    pub fn from_environment_local(environment: &dyn Environment) -> Result<Self, CredentialError> {
        Self::parse_local(environment.required(VARIABLE)?.expose()).map_err(|error| in_variable(&error))
    }

    fn with_endpoint(
        text: &str,
        parse_endpoint: fn(&str, &str) -> Result<Endpoint, CredentialError>,
    ) -> Result<Self, CredentialError> {
        let Parts { endpoint, access_key } = split(text)?;
        let missing = |name| invalid(format!("the connection string has no {name}"), COPY_AGAIN);
        let endpoint = endpoint.ok_or_else(|| missing("endpoint"))?;
        let access_key = access_key.ok_or_else(|| missing("accesskey"))?;
        if !endpoint.contains("://") {
            return Err(invalid(
                "the endpoint in the connection string has no scheme".to_owned(),
                "write https:// before the host",
            ));
        }
        Ok(Self {
            endpoint: parse_endpoint("endpoint in the connection string", endpoint)?,
            access_key: AccessKey::from_base64(access_key)?,
        })
    }

    /// Returns the resource's address.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns the access key: a ring that shares its keys with every clone.
    pub fn access_key(&self) -> &AccessKey {
        &self.access_key
    }

    /// Keeps the access key only.
    pub fn into_access_key(self) -> AccessKey {
        self.access_key
    }
}

fn split(text: &str) -> Result<Parts<'_>, CredentialError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(invalid("the connection string is empty".to_owned(), COPY_AGAIN));
    }
    let mut parts = Parts::default();
    for segment in text.strip_suffix(';').unwrap_or(text).split(';') {
        // The key's own padding is made of = signs, so only the first one separates.
        let Some((name, value)) = segment.split_once('=') else {
            let problem = if segment.trim().is_empty() {
                "the connection string has an empty part (two semicolons in a row, or one at the start)"
            } else {
                "the connection string has a part without an = sign"
            };
            return Err(invalid(problem.to_owned(), COPY_AGAIN));
        };
        let (name, place) = match name.trim() {
            name if name.eq_ignore_ascii_case("endpoint") => ("endpoint", &mut parts.endpoint),
            name if name.eq_ignore_ascii_case("accesskey") => ("accesskey", &mut parts.access_key),
            _ => {
                let problem = "the connection string has a part that is neither endpoint nor accesskey";
                return Err(invalid(problem.to_owned(), COPY_AGAIN));
            }
        };
        let value = value.trim();
        if value.is_empty() {
            return Err(invalid(format!("the {name} in the connection string is empty"), COPY_AGAIN));
        }
        if place.replace(value).is_some() {
            return Err(invalid(
                format!("the connection string has more than one {name}"),
                "keep the connection string of one resource only",
            ));
        }
    }
    Ok(parts)
}

fn in_variable(error: &CredentialError) -> CredentialError {
    CredentialError::new(error.kind(), format!("{VARIABLE}: {}", error.problem()), error.fix().to_owned())
}

fn invalid(problem: String, fix: &'static str) -> CredentialError {
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
}

impl fmt::Debug for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionString").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
