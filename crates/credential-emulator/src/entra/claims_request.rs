//! The claims that a client asks for: its capabilities, and what a service's challenge wanted (OpenID Connect Core 1.0,
//! section 5.5).

use serde_json::Value;

use super::error::EntraError;
use super::form::Form;

/// What the parameter `claims` asks for, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ClaimsRequest {
    /// The client says `cp1`: it handles claims challenges.
    pub(super) handles_challenges: bool,
    /// From when on the token shall be valid, in seconds since 1970.
    pub(super) not_before: Option<i64>,
}

impl ClaimsRequest {
    pub(super) fn read(form: &Form<'_>) -> Result<Self, EntraError> {
        let Some(text) = form.field("claims") else { return Ok(Self::default()) };
        Self::parse(text).ok_or_else(|| {
            let message = "The request is malformed or invalid.".to_owned();
            EntraError::bad_request("invalid_request", 9_002_313, message)
                .because("claims: they are not JSON")
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let claims: Value = serde_json::from_str(text).ok()?;
        let capabilities = claims.pointer("/access_token/xms_cc/values").and_then(Value::as_array);
        // Services write the number as a text.
        let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
        Some(Self {
            handles_challenges: capabilities.is_some_and(|values| values.iter().any(is_cp1)),
            not_before: claims.pointer("/access_token/nbf/value").and_then(number),
        })
    }
}

/// Microsoft's own samples write it in capital letters.
fn is_cp1(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("cp1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_and_challenges() {
        let read =
            |text| ClaimsRequest::parse(text).map(|asked| (asked.handles_challenges, asked.not_before));
        assert_eq!(read("{}"), Some((false, None)));
        assert_eq!(read(r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#), Some((true, None)));
        let both = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"},"xms_cc":{"values":["cp2","cp1"]}}}"#;
        assert_eq!(read(both), Some((true, Some(1_604_106_651))));
        assert_eq!(read(r#"{"access_token":{"nbf":{"value":5}}}"#), Some((false, Some(5))));
        assert_eq!(read(r#"{"access_token":{"xms_cc":{"values":["CP1"]}}}"#), Some((true, None)));
        assert_eq!(read("{"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(text in r#"\PC{0,40}|\{"access_token":\{"nbf":\{"value":"?-?\d{1,25}"?\}\}\}"#) {
            if let Some(asked) = ClaimsRequest::parse(&text) {
                proptest::prop_assert!(!asked.handles_challenges);
            }
        }
    }
}
