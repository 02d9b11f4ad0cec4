//! Reads what the control API is told, and names the member that does not fit.

use serde::Deserialize;
use serde_json::Value;

/// So much of an unknown member's name is repeated.
const LONGEST_NAME: usize = 64;

/// Returns what the body says, or which member does not fit. No value is repeated: claims may hold what is secret.
pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, String> {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) if value.is_object() => {}
        Ok(_) => return Err("body: it is no JSON object".to_owned()),
        Err(error) => {
            return Err(format!("body: it is no JSON (line {}, column {})", error.line(), error.column()));
        }
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| problem(&error))
}

/// Of serde's own text only what our types wrote is shown: a member's name, and what is expected in place of a value.
fn problem(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let text = error.inner().to_string();
    let told = text.rsplit_once(" at line ").map_or(text.as_str(), |(told, _)| told);
    for (start, what) in [("missing field `", "is missing"), ("duplicate field `", "is there twice")] {
        if let Some(name) = told.strip_prefix(start) {
            return format!("{}: the member {what}", name.trim_end_matches('`'));
        }
    }
    let what = match told.split_once(" `").map(|(what, _)| what) {
        Some("unknown field") => "no such member is known",
        Some("unknown variant") => "no such value is known",
        _ => "the value is of the wrong type",
    };
    let expected = told.rsplit_once(", expected ");
    let expected = expected.map(|(_, expected)| format!("; expected {expected}")).unwrap_or_default();
    let name: String = error.path().to_string().chars().take(LONGEST_NAME).collect();
    format!("{}: {what}{expected}", name.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control_fault::ControlFault;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wish {
        #[expect(dead_code, reason = "only read")]
        claims: serde_json::Map<String, Value>,
    }

    #[test]
    fn the_member_is_named_and_its_value_is_not() {
        let long = format!(r#"{{"{}":1}}"#, "x\\n".repeat(LONGEST_NAME));
        let texts = [
            "pl4nted",
            "",
            r#""pl4nted""#,
            r#"["/","html"]"#,
            "{}",
            r#"{"on":"/"}"#,
            r#"{"on":"/","what":"html","tmies":"pl4nted"}"#,
            r#"{"on":"/","what":"html","times":"pl4nted, expected"}"#,
            r#"{"on":"/","what":"html","times":-1}"#,
            r#"{"on":"/","what":"status","status":70000}"#,
            r#"{"on":"/","what":"pl4nted"}"#,
            r#"{"on":"/","what":5}"#,
            r#"{"on":{"pl4nted":1},"what":"html"}"#,
            r#"{"on":"/","on":"/","what":"html"}"#,
            r#"{"on":"/","what":"html","always":"pl4nted at line 1"}"#,
            &long,
        ];
        let shown = texts.map(|text| {
            let refused = read::<ControlFault>(text.as_bytes()).map(|_| ()).unwrap_err();
            assert!(!refused.contains("pl4nted"), "{refused}");
            format!("{}\n    {refused}", text.chars().take(80).collect::<String>())
        });
        insta::assert_snapshot!(shown.join("\n"));
        assert_eq!(
            read::<Wish>(br#"{"claims":"pl4nted"}"#).map(|_| ()),
            Err("claims: the value is of the wrong type; expected a map".to_owned())
        );
    }

    #[test]
    fn what_fits_is_read() {
        assert!(read::<ControlFault>(br#"{"on":"/","what":"html"}"#).is_ok());
        assert!(read::<Wish>(br#"{"claims":{}}"#).is_ok());
    }
}
