//! Text that must not be seen.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Text that must not be seen: a key, token, assertion, password or code.
///
/// `Debug` prints only the type's name, there is no `Display`, no serialization and no `==`; the memory is
/// wiped when the value is dropped. Moving a `String` in makes no copy of it.
///
/// # Example
/// ```
/// use credential::Secret;
///
/// let secret = Secret::from("hunter2".to_owned());
/// assert_eq!(format!("{secret:?}"), "Secret");
/// assert_eq!(secret.expose(), "hunter2");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Returns the text. Whoever calls this is responsible for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Compares two secrets in time that depends on their lengths only.
    pub fn equals(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }

    /// Says whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl From<&String> for Secret {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_is_by_content() {
        assert!(Secret::from("a").equals(&Secret::from("a".to_owned())));
        assert!(!Secret::from("a").equals(&Secret::from("b")));
        assert!(!Secret::from("a").equals(&Secret::from("ab")));
    }

    #[test]
    fn debug_shows_nothing_of_the_text_even_inside_other_types() {
        assert_eq!(format!("{:?}", Some(Secret::from("planted"))), "Some(Secret)");
    }
}
