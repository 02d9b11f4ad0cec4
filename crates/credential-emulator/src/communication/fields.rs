//! Reads the fields of a request's body, and says which one is wrong.

use serde_json::{Map, Value};

use super::error::CommunicationError;

/// Reads a text that must be there and not be empty.
pub(super) fn text<'a>(object: &'a Value, name: &'static str) -> Result<&'a str, CommunicationError> {
    optional_text(object, name)?.filter(|text| !text.is_empty()).ok_or_else(|| required(name))
}

/// Reads a text that may be missing.
pub(super) fn optional_text<'a>(
    object: &'a Value,
    name: &'static str,
) -> Result<Option<&'a str>, CommunicationError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_str().map(Some).ok_or_else(|| not_a(name, "text")),
    }
}

/// Reads true or false; missing is false.
pub(super) fn flag(object: &Value, name: &'static str) -> Result<bool, CommunicationError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| not_a(name, "true or false")),
    }
}

/// Reads a list that must hold something, and no more than this many.
pub(super) fn list<'a>(
    object: &'a Value,
    name: &'static str,
    most: usize,
) -> Result<&'a [Value], CommunicationError> {
    let list = optional_list(object, name)?;
    match list.len() {
        0 => Err(required(name)),
        found if found > most => {
            let message = format!("The {name} field holds {found} items, {most} are allowed.");
            Err(CommunicationError::validation(name, message))
        }
        _ => Ok(list),
    }
}

/// Reads a list that may be missing or empty.
pub(super) fn optional_list<'a>(
    object: &'a Value,
    name: &'static str,
) -> Result<&'a [Value], CommunicationError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(value) => value.as_array().map(Vec::as_slice).ok_or_else(|| not_a(name, "list")),
    }
}

/// Reads an object that may be missing.
pub(super) fn optional_object<'a>(
    object: &'a Value,
    name: &'static str,
) -> Result<Option<&'a Map<String, Value>>, CommunicationError> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_object().map(Some).ok_or_else(|| not_a(name, "object")),
    }
}

/// Reads a text that must be one of these, without regard to case; returns it as the service writes it.
pub(super) fn one_of(
    object: &Value,
    name: &'static str,
    known: &[&'static str],
) -> Result<&'static str, CommunicationError> {
    let found = text(object, name)?;
    known.iter().copied().find(|known| known.eq_ignore_ascii_case(found)).ok_or_else(|| {
        let message = format!("The {name} field must be one of {}.", known.join(", "));
        CommunicationError::validation(name, message)
    })
}

fn required(name: &'static str) -> CommunicationError {
    CommunicationError::validation(name, format!("The {name} field is required."))
}

fn not_a(name: &'static str, kind: &str) -> CommunicationError {
    CommunicationError::validation(name, format!("The {name} field is not of the kind: {kind}."))
}
