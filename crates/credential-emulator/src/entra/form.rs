//! The form that a client posts.

use std::borrow::Cow;

use super::error::EntraError;
use crate::received::Received;

/// The fields of a posted form. Unknown ones are ignored, and so is the content type.
pub(super) struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Form<'a> {
    pub(super) fn of(received: &'a Received) -> Self {
        Self(form_urlencoded::parse(received.body()).collect())
    }

    /// Takes the fields of the query instead.
    pub(super) fn of_query(received: &'a Received) -> Self {
        Self(received.query_pairs().collect())
    }

    /// Returns a field's value; an empty one counts as missing.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_ref())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, EntraError> {
        self.field(name).ok_or_else(|| EntraError::missing_parameter(name))
    }
}
