//! Reads the expiry of a JSON Web Token, and nothing else.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::{CredentialError, CredentialErrorKind, tolerant_base64};

/// 9999-12-31T23:59:59Z; anything later is a broken token, and would overflow `SystemTime` on some systems.
const LATEST: f64 = 253_402_300_799.0;

/// Returns the `exp` claim of a JWT (RFC 7519, section 4.1.4) without checking the signature.
///
/// Tolerant where services and test tokens are: url-safe or standard base64, padded or not, `exp` as integer, float or
/// decimal string, an empty or undecodable third segment.
///
/// # Errors
/// [`CredentialErrorKind::UnexpectedAnswer`] when there are fewer than two dots, the payload is not base64 of a JSON
/// object, or `exp` is missing or no sensible time. The token is not in the error.
///
/// # Example
/// ```
/// use std::time::{Duration, SystemTime};
///
/// // {"exp":2147483647}
/// let expiry = credential::jwt_expires_at("faketoken.eyJleHAiOjIxNDc0ODM2NDd9.faketoken")?;
/// assert_eq!(expiry, SystemTime::UNIX_EPOCH + Duration::from_secs(2147483647));
/// # Ok::<(), credential::CredentialError>(())
/// ```
pub fn jwt_expires_at(token: &str) -> Result<SystemTime, CredentialError> {
    let unreadable = |problem| {
        CredentialError::new(
            CredentialErrorKind::UnexpectedAnswer,
            problem,
            "check that the whole token was given; use an AccessToken with an explicit expiry for tokens that are not JWTs",
        )
    };
    let mut segments = token.trim().split('.');
    let (Some(_header), Some(payload), Some(_signature)) =
        (segments.next(), segments.next(), segments.next())
    else {
        return Err(unreadable("the token is not a JWT (fewer than three segments)"));
    };
    let json =
        tolerant_base64::decode(payload).ok_or_else(|| unreadable("the token's payload is not base64"))?;
    let claims: Value =
        serde_json::from_slice(&json).map_err(|_| unreadable("the token's payload is not JSON"))?;
    let seconds = match claims.get("exp") {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    match seconds {
        Some(seconds) if (0.0..=LATEST).contains(&seconds) => {
            // Whole seconds, rounded down: never later than the service means.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the range was checked"
            )]
            let whole = seconds as u64;
            Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(whole))
        }
        _ => Err(unreadable("the token's exp claim is missing or is not a time")),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn seconds(token: &str) -> u64 {
        jwt_expires_at(token).unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
    }

    #[test]
    fn every_form_of_exp() {
        for (payload, expected) in [
            (r#"{"exp":1607978983}"#, 1_607_978_983),
            (r#"{"exp":1607978983.9}"#, 1_607_978_983),
            (r#"{"exp":"1607978983"}"#, 1_607_978_983),
            (r#"{"exp":"1607978983.5"}"#, 1_607_978_983),
            (r#"{"exp":0}"#, 0),
        ] {
            assert_eq!(seconds(&format!("h.{}.s", URL_SAFE_NO_PAD.encode(payload))), expected, "{payload}");
        }
    }

    #[test]
    fn both_alphabets_with_and_without_padding_and_an_empty_signature() {
        // Chosen so that the encodings contain the letters in which the alphabets differ.
        let payload = r#"{"n":"??>>??>>~~","exp":1607978983}"#;
        let standard = STANDARD.encode(payload);
        assert!(standard.contains(['+', '/']));
        let url = standard.replace('+', "-").replace('/', "_");
        for form in
            [standard.as_str(), standard.trim_end_matches('='), url.as_str(), url.trim_end_matches('=')]
        {
            assert_eq!(seconds(&format!("h.{form}.")), 1_607_978_983, "{form}");
        }
    }

    #[test]
    fn the_recorded_fake_token_of_the_official_sdks() {
        let token = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJlbWFpbCI6IkJvYkBjb250b3NvLmNvbSIsImdpdmVuX25hbWUiOiJCb2IiLCJpc3MiOiJodHRwOi8vRGVmYXVsdC5Jc3N1ZXIuY29tIiwiYXVkIjoiaHR0cDovL0RlZmF1bHQuQXVkaWVuY2UuY29tIiwiaWF0IjoiMTYwNzk3ODY4MyIsIm5iZiI6IjE2MDc5Nzg2ODMiLCJleHAiOiIxNjA3OTc4OTgzIn0.";
        assert_eq!(seconds(token), 1_607_978_983);
    }

    #[test]
    fn unreadable_tokens_are_not_echoed() {
        let encode = |text: &str| format!("planted.{}.planted", URL_SAFE_NO_PAD.encode(text));
        for bad in [
            String::new(),
            "planted".into(),
            "planted.planted".into(),
            "planted.pl@nted.x".into(),
            encode("planted"),
            encode("{}"),
            encode(r#"{"exp":null}"#),
            encode(r#"{"exp":"planted"}"#),
            encode(r#"{"exp":-1}"#),
            encode(r#"{"exp":1e300}"#),
            encode(r#"{"exp":"NaN"}"#),
            encode("[1]"),
        ] {
            let error = jwt_expires_at(&bad).expect_err(&bad);
            assert_eq!(error.kind(), CredentialErrorKind::UnexpectedAnswer);
            assert!(!format!("{error:?}").contains("planted"));
        }
    }
}
