//! What the browser brings back from a sign-in.

use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Secret};
use serde_json::json;

use crate::OAuthError;

/// No answer of a server is longer; what comes here comes from the open.
const LONGEST: usize = 64 * 1024;

/// What the browser brings back from a sign-in, read: a code, or an error (RFC 6749, sections 4.1.2 and 4.1.2.1).
///
/// Whether it belongs to a sign-in that was begun here, [`AuthorizationRequest::accept`](crate::AuthorizationRequest::accept)
/// finds out; until then believe nothing of it.
///
/// # Example
/// ```
/// use entra::AuthorizationResponse;
///
/// let response = AuthorizationResponse::from_query("code=0.AXoA&state=af0ifjsldkj")?;
/// assert_eq!(response.state().unwrap().expose(), "af0ifjsldkj");
/// assert!(response.error().is_none());
/// # Ok::<(), credential::CredentialError>(())
/// ```
pub struct AuthorizationResponse {
    state: Option<Secret>,
    outcome: Outcome,
}

pub(crate) enum Outcome {
    Code(Secret),
    Refused(Box<OAuthError>),
}

#[derive(Default)]
struct Parameters {
    state: Option<Secret>,
    code: Option<Secret>,
    error: Option<String>,
    description: Option<String>,
    subcode: Option<String>,
}

impl AuthorizationResponse {
    /// Reads the query of the redirect URI, without the `?`, for [`ResponseMode::Query`](crate::ResponseMode::Query).
    ///
    /// # Errors
    /// [`CredentialErrorKind::UnexpectedAnswer`] when it holds neither a code nor an error, both, or one twice, or is
    /// longer than 64 KiB.
    pub fn from_query(query: &str) -> Result<Self, CredentialError> {
        Self::from_form(query.as_bytes())
    }

    /// Reads the body of the post, for [`ResponseMode::FormPost`](crate::ResponseMode::FormPost).
    ///
    /// # Errors
    /// Those of [`from_query`](Self::from_query).
    pub fn from_form(body: &[u8]) -> Result<Self, CredentialError> {
        if body.len() > LONGEST {
            return Err(unexpected("the answer of the sign-in is longer than 64 KiB"));
        }
        let mut parameters = Parameters::default();
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "state" => once(&mut parameters.state, Secret::from(value.into_owned()))?,
                "code" => once(&mut parameters.code, Secret::from(value.into_owned()))?,
                "error" => once(&mut parameters.error, value.into_owned())?,
                "error_description" => parameters.description = Some(value.into_owned()),
                "error_subcode" | "suberror" => parameters.subcode = Some(value.into_owned()),
                _ => {}
            }
        }
        parameters.into_response()
    }

    /// Reads the whole address that the browser ended at, as a person copies it from the address bar.
    ///
    /// # Errors
    /// Those of [`from_query`](Self::from_query).
    pub fn from_url(url: &str) -> Result<Self, CredentialError> {
        let url = url.trim();
        let answer = match (url.split_once('?'), url.split_once('#')) {
            (Some((_, query)), _) => query,
            (None, Some((address, fragment))) if !address.contains('=') => fragment,
            _ => url,
        };
        Self::from_query(answer.split('#').next().unwrap_or_default())
    }

    /// Returns the state: which sign-in this is the answer to.
    pub fn state(&self) -> Option<&Secret> {
        self.state.as_ref()
    }

    /// Returns the server's error, when the sign-in did not succeed.
    pub fn error(&self) -> Option<&OAuthError> {
        match &self.outcome {
            Outcome::Code(_) => None,
            Outcome::Refused(error) => Some(error),
        }
    }

    pub(crate) fn into_outcome(self) -> Outcome {
        self.outcome
    }
}

impl Parameters {
    fn into_response(self) -> Result<AuthorizationResponse, CredentialError> {
        let outcome = match (self.code, self.error) {
            (Some(_), Some(_)) => {
                return Err(unexpected("the answer of the sign-in holds both a code and an error"));
            }
            (Some(code), None) => Outcome::Code(checked_code(code)?),
            (None, Some(error)) => {
                let body =
                    json!({"error": error, "error_description": self.description, "suberror": self.subcode});
                let error = OAuthError::parse(body.to_string().as_bytes()).ok_or_else(|| {
                    unexpected("the answer of the sign-in holds an error that is no OAuth error code")
                })?;
                Outcome::Refused(Box::new(error))
            }
            (None, None) => {
                return Err(unexpected("the answer of the sign-in holds neither a code nor an error"));
            }
        };
        Ok(AuthorizationResponse { state: self.state, outcome })
    }
}

/// RFC 6749, section 3.1: no parameter comes twice.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), CredentialError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(unexpected("the answer of the sign-in holds a parameter twice")),
    }
}

/// `VSCHAR` of RFC 6749, appendix A.11.
fn checked_code(code: Secret) -> Result<Secret, CredentialError> {
    let is_code = !code.is_empty() && code.expose().bytes().all(|byte| (b' '..=b'~').contains(&byte));
    if is_code { Ok(code) } else { Err(unexpected("the answer's code holds characters that no code has")) }
}

fn unexpected(problem: &'static str) -> CredentialError {
    CredentialError::new(
        CredentialErrorKind::UnexpectedAnswer,
        problem,
        "start the sign-in again, and pass on what the browser brings, whole and unchanged",
    )
}

impl fmt::Debug for AuthorizationResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationResponse").field("error", &self.error()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_an_answer_is_read() {
        for text in [
            "http://localhost:1/?code=planted%2Bcode&state=s",
            "  http://localhost:1/#code=planted%2Bcode&state=s&session_state=x\n",
            "code=planted%2Bcode&state=s#_=_",
            "https://app.example/cb?code=planted%2Bcode&state=s#_",
        ] {
            let response = AuthorizationResponse::from_url(text).expect(text);
            assert_eq!(response.state().unwrap().expose(), "s");
            assert!(!format!("{response:?}").contains("planted"));
            let Outcome::Code(code) = response.into_outcome() else { panic!("{text}") };
            assert_eq!(code.expose(), "planted+code");
        }
        let refused = "error=access_denied&error_description=AADSTS65004%3A+No.+Trace+ID%3A+1&error_subcode=cancel&state=s";
        let response = AuthorizationResponse::from_form(refused.as_bytes()).unwrap();
        let error = response.error().unwrap();
        assert_eq!(
            (error.error(), error.suberror(), error.codes()),
            ("access_denied", Some("cancel"), &[65004][..])
        );
        assert_eq!(error.description(), Some("AADSTS65004: No."));
    }

    #[test]
    fn what_is_no_answer_is_refused_and_not_echoed() {
        let long = format!("code={}", "planted".repeat(10_000));
        for bad in [
            "",
            "planted",
            "http://planted/",
            "state=planted",
            "code=&state=s",
            "code=plant%0Aed&state=s",
            "code=planted&code=planted&state=s",
            "code=planted&state=s&state=s",
            "code=planted&error=access_denied&state=s",
            "error=planted+error&state=s",
            "error=&state=planted",
            &long,
        ] {
            let error = AuthorizationResponse::from_url(bad).expect_err(bad);
            assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer);
            assert!(!format!("{error:?}").contains("planted"), "{error:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _either = AuthorizationResponse::from_form(&body);
        }

        #[test]
        fn any_code_comes_back(code in "[ -~]{1,60}", state in "\\PC{1,40}") {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("state", &state).append_pair("code", &code).finish();
            let response = AuthorizationResponse::from_url(&format!("http://localhost/?{query}")).unwrap();
            prop_assert_eq!(response.state().unwrap().expose(), &state);
            let Outcome::Code(read) = response.into_outcome() else { panic!("an error") };
            prop_assert_eq!(read.expose(), code);
        }
    }
}
