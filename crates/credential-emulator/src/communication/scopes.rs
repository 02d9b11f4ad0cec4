//! What a user token may be asked for.

use serde_json::Value;

use super::error::CommunicationError;

/// The scopes that user tokens can have.
const KNOWN: [&str; 5] = ["chat", "voip", "chat.join", "chat.join.limited", "voip.join"];
const SHORTEST_MINUTES: i64 = 60;
const LONGEST_MINUTES: i64 = 1_440;

/// Reads the list of scopes. Missing or empty is none.
pub(super) fn scopes(list: Option<&Value>) -> Result<Vec<String>, CommunicationError> {
    let invalid = || CommunicationError::validation("Scopes", "The Scopes field is not a list of texts.");
    let list = match list {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(value) => value.as_array().ok_or_else(invalid)?,
    };
    let scope = |value: &Value| {
        let text = value.as_str().ok_or_else(invalid)?;
        let is_known = KNOWN.iter().any(|known| known.eq_ignore_ascii_case(text));
        let message = || format!("Scope {text} is invalid. Value must be one of {}.", KNOWN.join(", "));
        is_known.then(|| text.to_owned()).ok_or_else(|| CommunicationError::validation("Scopes", message()))
    };
    list.iter().map(scope).collect()
}

/// Reads the lifetime in minutes; missing means 24 hours.
pub(super) fn minutes(value: Option<&Value>) -> Result<i64, CommunicationError> {
    let minutes = match value {
        None | Some(Value::Null) => return Ok(LONGEST_MINUTES),
        Some(value) => value.as_i64(),
    };
    match minutes {
        Some(minutes) if (SHORTEST_MINUTES..=LONGEST_MINUTES).contains(&minutes) => Ok(minutes),
        _ => {
            let found = value.map(Value::to_string).unwrap_or_default();
            let message = format!(
                "ExpiresInMinutes value {found} is invalid. Value must be within the [{SHORTEST_MINUTES}, {LONGEST_MINUTES}] interval."
            );
            Err(CommunicationError::validation("ExpiresInMinutes", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lifetimes() {
        for (value, expected) in [(json!(null), 1_440), (json!(60), 60), (json!(1_440), 1_440)] {
            assert_eq!(minutes(Some(&value)).unwrap(), expected);
        }
        for bad in [json!(59), json!(1_441), json!(-1), json!(60.5), json!("60"), json!(u64::MAX)] {
            let error = minutes(Some(&bad)).unwrap_err();
            assert!(error.reason.starts_with("ExpiresInMinutes"), "{bad}: {}", error.reason);
        }
    }

    #[test]
    fn only_known_scopes() {
        assert_eq!(scopes(Some(&json!(["chat", "VOIP"]))).unwrap(), ["chat", "VOIP"]);
        assert!(scopes(None).unwrap().is_empty());
        for bad in [json!("chat"), json!([1]), json!(["sms"]), json!({})] {
            assert!(scopes(Some(&bad)).unwrap_err().reason.starts_with("Scopes"), "{bad}");
        }
    }
}
