//! What the service answers.

use std::fmt;

use bytes::Bytes;
use credential::{AccessToken, CredentialError, CredentialErrorKind, jwt_expires_at};
use http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;

use crate::refusal::{Question, cv_of, with_details};

/// A Mixed Reality token, and what came with it.
#[derive(Clone)]
pub struct Exchanged {
    token: AccessToken,
    correlation_vector: Option<String>,
    status: StatusCode,
    headers: HeaderMap,
}

impl Exchanged {
    /// Returns the Mixed Reality token, with the expiry that it states itself.
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Returns the token alone.
    pub fn into_token(self) -> AccessToken {
        self.token
    }

    /// Returns the answer's `MS-CV`, under which the service has logged the exchange.
    pub fn correlation_vector(&self) -> Option<&str> {
        self.correlation_vector.as_deref()
    }

    /// Returns the answer's status, 200 in practice.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the answer's headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Reads an answer of status 2xx: `{"AccessToken":"<JWT>"}`.
    pub(crate) fn read(response: &Response<Bytes>, question: &Question<'_>) -> Result<Self, CredentialError> {
        let unexpected = |problem, fix| {
            with_details(
                CredentialError::new(CredentialErrorKind::UnexpectedAnswer, problem, fix),
                response,
                question,
            )
        };
        let text = access_token(response.body()).map_err(|what| {
            unexpected(
                format!("the Mixed Reality service answered with {what} instead of a token"),
                "check the account domain or endpoint, and whether a proxy answers in the service's place",
            )
        })?;
        let expires_at = jwt_expires_at(&text).map_err(|unreadable| {
            unexpected(
                "the Mixed Reality service answered with a token whose expiry cannot be read".to_owned(),
                "check the account domain or endpoint; quote the ids to the service's support",
            )
            .with_source(unreadable)
        })?;
        Ok(Self {
            token: AccessToken::new(text, expires_at),
            correlation_vector: cv_of(response, question),
            status: response.status(),
            headers: response.headers().clone(),
        })
    }
}

/// The token, or what there is instead of one, in our own words.
fn access_token(body: &[u8]) -> Result<String, &'static str> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(rename = "AccessToken")]
        access_token: Option<String>,
    }
    let body = body.trim_ascii();
    if body.is_empty() {
        return Err("an empty body");
    }
    // The parser's error may quote the body, so it ends here.
    match serde_json::from_slice::<Answer>(body) {
        Ok(Answer { access_token: Some(token) }) if !token.is_empty() => Ok(token),
        Ok(_) => Err("JSON without an AccessToken"),
        Err(_) if body.starts_with(b"<") => Err("a page of markup"),
        Err(error) if error.is_eof() => Err("JSON that breaks off half-way"),
        Err(error) if error.is_data() => Err("JSON of another form"),
        Err(_) => Err("something that is not JSON"),
    }
}

impl fmt::Debug for Exchanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchanged")
            .field("token", &self.token)
            .field("correlation_vector", &self.correlation_vector)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_body_panics_and_a_token_comes_out_as_it_is(body in any::<Vec<u8>>(), token in "\\PC{1,40}") {
            let _either = access_token(&body);
            let body = serde_json::json!({ "AccessToken": token }).to_string();
            prop_assert_eq!(access_token(body.as_bytes()), Ok(token));
        }
    }

    #[test]
    fn bodies() {
        for (body, expected) in [
            (r#"{"AccessToken":"a.b.c"}"#, Ok("a.b.c")),
            (r#" {"AccessToken":"a.b.c","more":[1]} "#, Ok("a.b.c")),
            ("", Err("an empty body")),
            (" \r\n", Err("an empty body")),
            ("{}", Err("JSON without an AccessToken")),
            (r#"{"AccessToken":null}"#, Err("JSON without an AccessToken")),
            (r#"{"AccessToken":""}"#, Err("JSON without an AccessToken")),
            (r#"{"accessToken":"a.b.c"}"#, Err("JSON without an AccessToken")),
            (r#"{"AccessToken":1}"#, Err("JSON of another form")),
            (r#""a.b.c""#, Err("JSON of another form")),
            ("<html>", Err("a page of markup")),
            (r#"{"AccessToken":"a.b"#, Err("JSON that breaks off half-way")),
            ("a.b.c", Err("something that is not JSON")),
        ] {
            assert_eq!(access_token(body.as_bytes()).as_deref().map_err(|what| *what), expected, "{body}");
        }
    }
}
