//! A participant on the telephone.

use std::fmt;

use credential::CredentialError;

use super::check_part;

/// A participant on the telephone.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Names a number in E.164 form, such as `+15551234`; `+15551234_ID` when the caller's id was asserted.
    ///
    /// # Errors
    /// [`CredentialErrorKind::InvalidConfiguration`](credential::CredentialErrorKind::InvalidConfiguration) when it is
    /// empty.
    pub fn new(value: impl Into<String>) -> Result<Self, CredentialError> {
        let value = value.into();
        check_part("phone number", &value, &[])?;
        Ok(Self(value))
    }

    /// Returns the number, with the asserted id where there is one.
    pub fn value(&self) -> &str {
        &self.0
    }

    /// Returns the asserted id: what follows the last underscore.
    pub fn asserted_id(&self) -> Option<&str> {
        self.0.rsplit_once('_').map(|(_, id)| id).filter(|id| !id.is_empty())
    }

    /// Says whether the caller withheld the number.
    pub fn is_anonymous(&self) -> bool {
        self.0 == "anonymous"
    }
}

/// Writes the raw id.
impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "4:{}", self.0)
    }
}
