//! A participant of a kind that this version does not know.

use std::fmt;

/// A participant of a kind that this version does not know. Its raw id is kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnknownIdentifier(String);

impl UnknownIdentifier {
    /// Only parsing makes one, so that no known raw id ends up here.
    pub(super) fn new(raw_id: String) -> Self {
        Self(raw_id)
    }

    /// Returns the raw id.
    pub fn raw_id(&self) -> &str {
        &self.0
    }
}

/// Writes the raw id.
impl fmt::Display for UnknownIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
