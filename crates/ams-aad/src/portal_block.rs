//! A configuration block while it is read. What it holds may be secret, and is wiped.

use std::collections::BTreeMap;
use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Secret};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

/// A block while it is read: gives values away, and keeps a list of those that are not usable.
pub(crate) struct Block {
    values: BTreeMap<String, Field>,
    unusable: Vec<String>,
    /// Whether id or secret of the app are among the unusable.
    lacks_app: bool,
}

/// The text of a value, which is wiped wherever it ends: taken, refused, of no interest, or part of a block that breaks off.
/// Only the parser's own buffer is out of reach, through which texts with escapes pass.
enum Field {
    Text(Zeroizing<String>),
    Null,
    Other,
}

impl Block {
    /// Reads the JSON.
    pub(crate) fn parse(json: &str) -> Result<Self, CredentialError> {
        const FIX: &str =
            "pass the JSON block from the account's API access page, or what az ams account sp create prints";
        let invalid =
            |problem: String| CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, FIX);
        let text = json.trim_start_matches('\u{feff}').trim();
        match text.chars().next() {
            None => return Err(invalid("the API access block is empty".to_owned())),
            Some('<') => return Err(invalid("the API access block is XML, not JSON".to_owned())),
            Some('{') => {}
            Some(_) => return Err(invalid("the API access block is not a JSON object".to_owned())),
        }
        let values = serde_json::from_str(text).map_err(|error| {
            // The parser's own text could show a piece of the block.
            let place = format!("line {}, column {}", error.line(), error.column());
            invalid(format!("the API access block is not JSON: it breaks at {place}"))
        })?;
        Ok(Self { values, unusable: Vec::new(), lacks_app: false })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Takes a value; the white space around it is dropped.
    pub(crate) fn take(&mut self, name: &'static str) -> Option<Zeroizing<String>> {
        let problem = match self.values.remove(name) {
            None | Some(Field::Null) => return None,
            Some(Field::Text(text)) => match text.trim() {
                "" => return None,
                trimmed if is_placeholder(trimmed) => "a placeholder",
                trimmed if trimmed.len() == text.len() => return Some(text),
                trimmed => return Some(Zeroizing::new(trimmed.to_owned())),
            },
            Some(Field::Other) => "not a text",
        };
        self.unusable.push(format!("{name} ({problem})"));
        None
    }

    /// Takes a value of the app, which must be there.
    pub(crate) fn require(&mut self, name: &'static str) -> Zeroizing<String> {
        let known = self.unusable.len();
        self.take(name).unwrap_or_else(|| {
            if self.unusable.len() == known {
                self.unusable.push(format!("{name} (missing)"));
            }
            self.lacks_app = true;
            Zeroizing::default()
        })
    }

    /// Takes a value that goes by two names and must be there by one of them; the first goes first.
    pub(crate) fn require_either(
        &mut self,
        name: &'static str,
        other_name: &'static str,
    ) -> Zeroizing<String> {
        let known = self.unusable.len();
        let (first, second) = (self.take(name), self.take(other_name));
        first.or(second).unwrap_or_else(|| {
            if self.unusable.len() == known {
                self.unusable.push(format!("{name} or {other_name} (missing)"));
            }
            Zeroizing::default()
        })
    }

    /// Takes values of which a block must have all or none.
    pub(crate) fn take_together(&mut self, names: [&'static str; 3]) -> [Option<Zeroizing<String>>; 3] {
        let known = self.unusable.len();
        let values = names.map(|name| self.take(name));
        if values.iter().all(Option::is_none) && self.unusable.len() == known {
            return values;
        }
        for (name, _) in names.iter().zip(&values).filter(|(_, value)| value.is_none()) {
            let is_listed = |unusable: &String| unusable.starts_with(&format!("{name} ("));
            if !self.unusable.iter().any(is_listed) {
                self.unusable.push(format!("{name} (missing)"));
            }
        }
        values
    }

    /// The portal and the command line put an English sentence in the place of a secret that they cannot show again.
    pub(crate) fn require_secret(&mut self, name: &'static str) -> Secret {
        let mut text = self.require(name);
        if text.contains(char::is_whitespace) {
            self.unusable.push(format!("{name} (a notice in the secret's place)"));
            self.lacks_app = true;
        }
        Secret::from(std::mem::take(&mut *text))
    }

    /// Names everything that was not usable.
    pub(crate) fn finish(self) -> Result<(), CredentialError> {
        if self.unusable.is_empty() {
            return Ok(());
        }
        let problem = format!("the API access block cannot be used because of {}", self.unusable.join(", "));
        let fix = if self.lacks_app {
            "choose or create an app and a new secret on the account's API access page, then copy the whole block"
        } else {
            "copy the whole block from the account's API access page"
        };
        Err(CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix))
    }
}

/// `<your secret>`, `{secret}`, `***`, `xxxxxxxx-xxxx` and the like.
fn is_placeholder(text: &str) -> bool {
    let enclosed = |open, close| text.starts_with(open) && text.ends_with(close);
    let filler = text.len() > 2 && text.bytes().all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'-'));
    enclosed('<', '>') || enclosed('{', '}') || enclosed('[', ']') || filler
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Field, E> {
        Ok(Field::Text(Zeroizing::new(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Field, E> {
        Ok(Field::Text(Zeroizing::new(text)))
    }

    fn visit_unit<E>(self) -> Result<Field, E> {
        Ok(Field::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Field, E> {
        Ok(Field::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Other)
    }
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use super::*;

    fn is_wiped<T: ZeroizeOnDrop>(_: &T) {}

    /// Freed memory cannot be looked at, but the types say what happens to it.
    #[test]
    fn every_text_is_wiped_taken_or_not() {
        let json = r#"{"AadSecret":" s3cret ","SymmetricKey":"c2VjcmV0","StorageKey":"<x>"}"#;
        let mut block = Block::parse(json).unwrap();
        for value in block.values.values() {
            let Field::Text(text) = value else { panic!("a value that is no text") };
            is_wiped(text);
        }
        is_wiped(&block.take("SymmetricKey").unwrap());
        is_wiped(&block.require("AadSecret"));
        assert_eq!(block.values.len(), 1);
    }

    #[test]
    fn a_secret_is_taken_without_its_white_space() {
        for json in [r#"{"s":"a~b+/=c"}"#, r#"{"s":" a~b+/=c\r\n"}"#, r#"{"s":"a\u007eb+\/=c"}"#] {
            let mut block = Block::parse(json).unwrap();
            assert_eq!(block.require_secret("s").expose(), "a~b+/=c", "{json}");
            assert!(block.finish().is_ok());
        }
    }

    #[test]
    fn values_of_every_kind() {
        let json =
            r#"{"a":true,"b":-1,"c":1,"d":1.5,"e":[1,[2]],"f":{"g":{"h":"i"}},"j":null,"k":"","l":"m"}"#;
        let mut block = Block::parse(json).unwrap();
        for name in ["a", "b", "c", "d", "e", "f", "j", "k", "z"] {
            assert!(block.take(name).is_none(), "{name}");
        }
        assert_eq!(block.take("l").unwrap().as_str(), "m");
        assert_eq!(block.unusable, ["a", "b", "c", "d", "e", "f"].map(|name| format!("{name} (not a text)")));
    }

    #[test]
    fn values_that_belong_together() {
        for (json, expected) in [
            ("{}", ""),
            (r#"{"a":"1","b":"2","c":"3"}"#, ""),
            (r#"{"a":null,"b":" ","x":"y"}"#, ""),
            (r#"{"a":"1"}"#, "b (missing), c (missing)"),
            (r#"{"a":"1","c":"3"}"#, "b (missing)"),
            (r#"{"b":"<2>","c":"3"}"#, "b (a placeholder), a (missing)"),
            (r#"{"b":2}"#, "b (not a text), a (missing), c (missing)"),
        ] {
            let mut block = Block::parse(json).unwrap();
            let _values = block.take_together(["a", "b", "c"]);
            assert_eq!(block.unusable.join(", "), expected, "{json}");
        }
    }

    #[test]
    fn placeholders() {
        for text in ["<secret>", "{client-id}", "[id]", "***", "xxxxxxxx-xxxx", "..."] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in ["a<b>", "x1", "x", "https://login.microsoftonline.com"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
