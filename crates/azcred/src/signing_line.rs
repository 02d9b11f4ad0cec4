//! One line of `azcred sign --batch`.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::failure::Failure;

const SHAPE: &str = r#"give one JSON object a line: {"method","url","body_base64","date","access_key"?}"#;

/// A request to sign, borrowed from its line where nothing is escaped. Other fields are ignored.
#[derive(Deserialize)]
pub(crate) struct SigningLine<'a> {
    #[serde(borrow)]
    method: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow, default)]
    body_base64: Option<Text<'a>>,
    #[serde(borrow, default)]
    date: Option<Text<'a>>,
    #[serde(borrow, default)]
    access_key: Option<Text<'a>>,
    /// Refused, because ignoring it would sign an empty body.
    #[serde(default)]
    body: Option<IgnoredAny>,
}

/// serde borrows inside an `Option` only through a type of its own.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> SigningLine<'a> {
    /// Reads a line.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, Failure> {
        // The parser's own error would repeat a value of the wrong type, which may be a key.
        let parsed: Self = serde_json::from_slice(line).map_err(|_| what_is_wrong(line))?;
        if parsed.body.is_some() {
            return Err(Failure::bad_input(
                "the line has a field body, which is not read",
                "give the bytes in base64, as body_base64",
            ));
        }
        Ok(parsed)
    }

    pub(crate) fn method(&self) -> &str {
        &self.method.0
    }

    pub(crate) fn url(&self) -> &str {
        &self.url.0
    }

    /// The body in base64; empty when there is none.
    pub(crate) fn body_base64(&self) -> &str {
        self.body_base64.as_ref().map_or("", |text| &text.0)
    }

    pub(crate) fn date(&self) -> Option<&str> {
        self.date.as_ref().map(|text| text.0.as_ref())
    }

    pub(crate) fn access_key(&self) -> Option<&str> {
        self.access_key.as_ref().map(|text| text.0.as_ref())
    }
}

/// Looks again at a line that could not be read, this time for a person.
fn what_is_wrong(line: &[u8]) -> Failure {
    if line.trim_ascii().is_empty() {
        return Failure::bad_input("the line is empty", SHAPE);
    }
    if std::str::from_utf8(line).is_err() {
        return Failure::bad_input(
            "the line is not UTF-8 text",
            "write the JSON in UTF-8, and bodies in base64",
        );
    }
    let object = match serde_json::from_slice(line) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return Failure::bad_input("the line is JSON, but not an object", SHAPE),
        Err(error) => {
            return Failure::bad_input(
                format_args!("the line is not JSON, from column {} on", error.column()),
                SHAPE,
            );
        }
    };
    for name in ["method", "url"] {
        match object.get(name) {
            None => return Failure::bad_input(format_args!("the line has no {name}"), SHAPE),
            Some(Value::String(_)) => {}
            Some(_) => return Failure::bad_input(format_args!("{name} is not a string"), SHAPE),
        }
    }
    for name in ["body_base64", "date", "access_key"] {
        if !matches!(object.get(name), None | Some(Value::Null | Value::String(_))) {
            let problem = format!("{name} is neither a string nor null");
            return Failure::bad_input(problem, "write it in quotes, or leave it out");
        }
    }
    Failure::bad_input("the line has a field twice", SHAPE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unescaped_text_is_borrowed_and_the_rest_is_not() {
        let line = br#"{"method":"GET","url":"https://h/\u0061","date":null,"id":7}"#;
        let parsed = SigningLine::parse(line).unwrap();
        assert!(matches!(parsed.method.0, Cow::Borrowed("GET")));
        assert_eq!(parsed.url(), "https://h/a");
        assert_eq!((parsed.body_base64(), parsed.date(), parsed.access_key()), ("", None, None));
    }

    #[test]
    fn what_is_wrong_is_said_without_values() {
        for (line, expected) in [
            ("", "the line is empty"),
            (" \t\r", "the line is empty"),
            ("{", "the line is not JSON, from column 1 on"),
            ("planted", "the line is not JSON, from column 1 on"),
            ("[\"planted\"]", "the line is JSON, but not an object"),
            ("\"planted\"", "the line is JSON, but not an object"),
            ("{}", "the line has no method"),
            (r#"{"method":"GET"}"#, "the line has no url"),
            (r#"{"method":1,"url":"planted"}"#, "method is not a string"),
            (r#"{"method":"GET","url":null}"#, "url is not a string"),
            (r#"{"method":"GET","url":"u","access_key":123456}"#, "access_key is neither a string nor null"),
            (r#"{"method":"GET","url":"u","date":123456}"#, "date is neither a string nor null"),
            (r#"{"method":"GET","url":"u","body_base64":["planted"]}"#, "body_base64 is neither"),
            (r#"{"method":"GET","url":"u","method":"planted"}"#, "the line has a field twice"),
            (r#"{"method":"GET","url":"u","body":"planted"}"#, "the line has a field body"),
            (r#"{"method":"GET","url":"u"} planted"#, "the line is not JSON, from column 28 on"),
        ] {
            let failure = SigningLine::parse(line.as_bytes()).err().expect(line);
            let text = failure.text().unwrap();
            assert!(text.starts_with(expected), "{line}: {text}");
            assert!(!text.contains("planted") && !text.contains("123456"), "{line}: {text}");
        }
        assert!(SigningLine::parse(b"{\"method\":\"\xff\"}").is_err());
    }
}
