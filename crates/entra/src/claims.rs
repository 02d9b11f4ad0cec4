//! The claims that a request asks for.

use std::borrow::Cow;

use credential::{CredentialError, CredentialErrorKind};
use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

fn parse(claims: &str) -> Result<Object, CredentialError> {
    serde_json::from_str(claims).map_err(|_| {
        CredentialError::new(
            CredentialErrorKind::InvalidRequest,
            "the claims are not a JSON object",
            "pass the challenge's claims decoded from base64, such as {\"access_token\":{..}}",
        )
    })
}

/// Checks that claims are the JSON object that a claims challenge decodes to.
pub(crate) fn check_claims(claims: &str) -> Result<(), CredentialError> {
    parse(claims).map(drop)
}

/// Adds the client capability `cp1` to a request's claims, when the app has it. A challenge's claims without it are passed
/// on as they came.
pub(crate) fn with_capability(
    handles_challenges: bool,
    claims: Option<&str>,
) -> Result<Option<Cow<'_, str>>, CredentialError> {
    let mut object = claims.map(parse).transpose()?.unwrap_or_default();
    if !handles_challenges {
        return Ok(claims.map(Cow::Borrowed));
    }
    // Beside whatever the challenge asks of the access token, not instead of it.
    match object.entry("access_token").or_insert_with(|| Value::Object(Object::new())) {
        Value::Object(access_token) => {
            access_token.insert("xms_cc".to_owned(), json!({"values": ["cp1"]}));
        }
        other => *other = json!({"xms_cc": {"values": ["cp1"]}}),
    }
    Ok(Some(Value::Object(object).to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_a_json_object() {
        assert!(check_claims(r#"{"access_token":{"nbf":{"essential":true}}}"#).is_ok());
        for bad in ["", "[]", "planted", "eyJhIjoxfQ", "{\"planted\":"] {
            for error in [check_claims(bad).expect_err(bad), with_capability(true, Some(bad)).expect_err(bad)]
            {
                assert_eq!(error.kind(), CredentialErrorKind::InvalidRequest);
                assert!(!error.to_string().contains("planted"));
            }
            assert!(with_capability(false, Some(bad)).is_err());
        }
    }

    #[test]
    fn the_capability_stands_beside_the_challenge() {
        for (claims, expected) in [
            (None, r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
            (Some("{}"), r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
            (Some(r#"{"access_token":null}"#), r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
            (
                Some(r#"{"id_token":{"a":1},"access_token":{"nbf":{"essential":true,"value":"16"}}}"#),
                r#"{"access_token":{"nbf":{"essential":true,"value":"16"},"xms_cc":{"values":["cp1"]}},"id_token":{"a":1}}"#,
            ),
        ] {
            let merged: Value =
                serde_json::from_str(&with_capability(true, claims).unwrap().unwrap()).unwrap();
            assert_eq!(merged, serde_json::from_str::<Value>(expected).unwrap());
        }
        assert_eq!(with_capability(false, None).unwrap(), None);
        assert_eq!(with_capability(false, Some("{ }")).unwrap().as_deref(), Some("{ }"));
    }
}
