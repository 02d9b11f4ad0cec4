//! A configuration block while it is read. What it holds may be secret, and is wiped.

use std::collections::BTreeMap;
use std::fmt;

use credential::{CredentialError, CredentialErrorKind, Secret};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::{ConfigurationForm, configuration_env, configuration_xml};

/// A block while it is read: gives values away, and keeps a list of those that are not usable.
pub(crate) struct Block {
    form: ConfigurationForm,
    values: Values,
    unusable: Vec<Unusable>,
}

pub(crate) type Values = BTreeMap<String, Field>;

/// The text of a value, which is wiped wherever it ends: taken, refused, of no interest, or part of a block that breaks off.
/// Only the JSON parser's own buffer is out of reach, through which texts with escapes pass.
pub(crate) enum Field {
    Text(Zeroizing<String>),
    Null,
    /// An object, or a list of `{"key":..,"value":..}`, as Postman writes its variables.
    Section(Values),
    Other,
}

/// A key whose value is missing or of no use.
pub(crate) struct Unusable {
    text: String,
    /// It belongs to the app, which users who sign in do without.
    is_of_app: bool,
}

impl Block {
    /// Reads the JSON, and nothing else.
    pub(crate) fn parse_json(json: &str) -> Result<Self, CredentialError> {
        const FIX: &str =
            "pass the JSON block from the account's API access page, or what az ams account sp create prints";
        let text = json.trim_start_matches('\u{feff}').trim();
        let values = match text.chars().next() {
            None => Err("the API access block is empty".to_owned()),
            Some('<') => Err("the API access block is XML, not JSON".to_owned()),
            Some('{') => parse_json(text),
            Some(_) => Err("the API access block is not a JSON object".to_owned()),
        };
        let values = values.map_err(|problem| {
            CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, FIX)
        })?;
        Ok(Self::new(ConfigurationForm::Json, values))
    }

    /// Tells the form, and reads it.
    pub(crate) fn parse(text: &str) -> Result<Self, CredentialError> {
        let text = text.trim_start_matches('\u{feff}').trim();
        let form = ConfigurationForm::of(text);
        let values = match form {
            Some(ConfigurationForm::Json) => parse_json(text),
            Some(ConfigurationForm::Xml) => configuration_xml::parse(text),
            Some(ConfigurationForm::Env) => configuration_env::parse(text),
            None if text.is_empty() => Err("the API access block is empty".to_owned()),
            None => Err("the API access block is neither JSON, nor XML, nor lines of KEY=value".to_owned()),
        };
        match (form, values) {
            (Some(form), Ok(values)) => Ok(Self::new(form, values)),
            (_, Err(problem)) => Err(CredentialError::new(
                CredentialErrorKind::InvalidConfiguration,
                problem,
                "pass the whole block from the account's API access page, what az ams account sp create prints, or the \
                 configuration file of a sample",
            )),
            (None, Ok(_)) => Ok(Self::new(ConfigurationForm::Json, Values::new())),
        }
    }

    fn new(form: ConfigurationForm, values: Values) -> Self {
        Self { form, values, unusable: Vec::new() }
    }

    pub(crate) fn form(&self) -> ConfigurationForm {
        self.form
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Goes into the section that `score` likes best, if there is one that it likes better than the top: `appsettings.json`
    /// and Postman's exports have the keys one level down.
    pub(crate) fn enter_best(&mut self, score: impl Fn(&Values) -> usize) {
        let mut best = (score(&self.values), None);
        for (name, field) in &self.values {
            if let Field::Section(section) = field {
                let score = score(section);
                if score > best.0 {
                    best = (score, Some(name.clone()));
                }
            }
        }
        if let Some(Field::Section(section)) = best.1.and_then(|name| self.values.remove(&name)) {
            self.values = section;
        }
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
            Some(Field::Section(_) | Field::Other) => "not a text",
        };
        self.refuse(name, problem);
        None
    }

    fn refuse(&mut self, name: &str, problem: &str) {
        self.unusable.push(Unusable { text: format!("{name} ({problem})"), is_of_app: false });
    }

    /// Takes a value by the first of its names that has one.
    pub(crate) fn take_any(&mut self, names: &[&'static str]) -> Option<Zeroizing<String>> {
        names.iter().map(|name| self.take(name)).fold(None, Option::or)
    }

    /// Takes a value of the app by the first of its names that has one.
    pub(crate) fn require_any(&mut self, names: &[&'static str]) -> Option<Zeroizing<String>> {
        let known = self.unusable.len();
        let value = self.take_any(names);
        if value.is_none() && self.unusable.len() == known {
            self.refuse(&names.join(" or "), "missing");
        }
        for unusable in &mut self.unusable[known..] {
            unusable.is_of_app = true;
        }
        value
    }

    /// Says what is of no use any more, where it stands in the place of an app.
    pub(crate) fn refuse_retired(&mut self, names: &[&'static str]) {
        for name in names.iter().filter(|name| self.values.contains_key(**name)) {
            let text = format!("{name} (of the Access Control Service, which is not taken since June 2018)");
            self.unusable.push(Unusable { text, is_of_app: true });
        }
    }

    /// Takes values of which a block must have all or none.
    pub(crate) fn take_together(&mut self, names: [&'static str; 3]) -> [Option<Zeroizing<String>>; 3] {
        let known = self.unusable.len();
        let values = names.map(|name| self.take(name));
        if values.iter().all(Option::is_none) && self.unusable.len() == known {
            return values;
        }
        for (name, _) in names.iter().zip(&values).filter(|(_, value)| value.is_none()) {
            let is_listed = |unusable: &Unusable| unusable.text.starts_with(&format!("{name} ("));
            if !self.unusable.iter().any(is_listed) {
                self.refuse(name, "missing");
            }
        }
        values
    }

    /// The portal and the command line put an English sentence in the place of a secret that they cannot show again.
    pub(crate) fn require_secret(&mut self, names: &[&'static str]) -> Option<Secret> {
        let mut text = self.require_any(names)?;
        if text.contains(char::is_whitespace) {
            let text = format!("{} (a notice in the secret's place)", names.join(" or "));
            self.unusable.push(Unusable { text, is_of_app: true });
            return None;
        }
        Some(Secret::from(std::mem::take(&mut *text)))
    }

    /// Names everything that is not usable; with `without_app` everything that a user who signs in needs too.
    pub(crate) fn check(&self, without_app: bool) -> Result<(), CredentialError> {
        let relevant: Vec<&Unusable> =
            self.unusable.iter().filter(|unusable| !(without_app && unusable.is_of_app)).collect();
        if relevant.is_empty() { Ok(()) } else { Err(unusable(&relevant)) }
    }

    /// Returns what is not usable, for when it is needed.
    pub(crate) fn into_unusable(self) -> Vec<Unusable> {
        self.unusable
    }
}

/// The error that names keys.
pub(crate) fn unusable(keys: &[&Unusable]) -> CredentialError {
    let names = keys.iter().map(|key| key.text.as_str()).collect::<Vec<_>>().join(", ");
    let fix = if keys.iter().any(|key| key.is_of_app) {
        "choose or create an app and a new secret on the account's API access page, then copy the whole block"
    } else {
        "copy the whole block from the account's API access page"
    };
    let problem = format!("the API access block cannot be used because of {names}");
    CredentialError::new(CredentialErrorKind::InvalidConfiguration, problem, fix)
}

fn parse_json(text: &str) -> Result<Values, String> {
    serde_json::from_str(text).map_err(|error| {
        // The parser's own text could show a piece of the block.
        let place = format!("line {}, column {}", error.line(), error.column());
        format!("the API access block is not JSON: it breaks at {place}")
    })
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

    /// A list is of interest only when it is one of keys and values.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
        let mut section = Values::new();
        while let Some(field) = seq.next_element::<Field>()? {
            let Field::Section(mut pair) = field else { continue };
            if let (Some(Field::Text(key)), Some(value)) = (pair.remove("key"), pair.remove("value")) {
                section.insert(key.as_str().to_owned(), value);
            }
        }
        Ok(if section.is_empty() { Field::Other } else { Field::Section(section) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Field, A::Error> {
        let mut section = Values::new();
        while let Some((key, field)) = map.next_entry()? {
            section.insert(key, field);
        }
        Ok(Field::Section(section))
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
        let mut block = Block::parse_json(json).unwrap();
        for value in block.values.values() {
            let Field::Text(text) = value else { panic!("a value that is no text") };
            is_wiped(text);
        }
        is_wiped(&block.take("SymmetricKey").unwrap());
        is_wiped(&block.require_any(&["AadSecret"]).unwrap());
        assert_eq!(block.values.len(), 1);
    }

    #[test]
    fn a_secret_is_taken_without_its_white_space() {
        for json in [r#"{"s":"a~b+/=c"}"#, r#"{"s":" a~b+/=c\r\n"}"#, r#"{"s":"a\u007eb+\/=c"}"#] {
            let mut block = Block::parse_json(json).unwrap();
            assert_eq!(block.require_secret(&["s"]).unwrap().expose(), "a~b+/=c", "{json}");
            assert!(block.check(false).is_ok());
        }
    }

    #[test]
    fn values_of_every_kind() {
        let json =
            r#"{"a":true,"b":-1,"c":1,"d":1.5,"e":[1,[2]],"f":{"g":{"h":"i"}},"j":null,"k":"","l":"m"}"#;
        let mut block = Block::parse_json(json).unwrap();
        for name in ["a", "b", "c", "d", "e", "f", "j", "k", "z"] {
            assert!(block.take(name).is_none(), "{name}");
        }
        assert_eq!(block.take("l").unwrap().as_str(), "m");
        let names: Vec<_> = block.unusable.iter().map(|unusable| unusable.text.as_str()).collect();
        let expected = ["a", "b", "c", "d", "e", "f"].map(|name| format!("{name} (not a text)"));
        assert_eq!(names, expected);
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
            let mut block = Block::parse_json(json).unwrap();
            let _values = block.take_together(["a", "b", "c"]);
            let texts: Vec<_> = block.unusable.iter().map(|unusable| unusable.text.as_str()).collect();
            assert_eq!(texts.join(", "), expected, "{json}");
        }
    }

    #[test]
    fn sections_and_lists_of_variables() {
        let json =
            r#"{"name":"x","values":[{"key":"k","value":"v"},5,{"key":"l"}],"Ams":{"a":"1","b":{"c":"2"}}}"#;
        let score = |wanted: &'static str| move |values: &Values| usize::from(values.contains_key(wanted));
        for (name, value) in [("k", "v"), ("a", "1"), ("name", "x")] {
            let mut block = Block::parse_json(json).unwrap();
            block.enter_best(score(name));
            assert_eq!(block.take(name).unwrap().as_str(), value, "{name}");
        }
        let mut top = Block::parse_json(json).unwrap();
        top.enter_best(|_| 1);
        assert!(top.has("values"), "the top is as good as any section");
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
