//! Shows what is signed.

use std::fmt;

use crate::StringToSign;

/// The text that a signature covers, field by field, with its separators made visible. It holds no key and no signature.
///
/// Made by [`StringToSign::explain`].
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a>(&'a StringToSign<'a>);

impl StringToSign<'_> {
    /// Returns the text in a form for people: one line a field, with the separator that follows it.
    ///
    /// # Example
    /// ```
    /// use acs_hmac::{ContentHash, SigningDate, StringToSign};
    ///
    /// let date = SigningDate::parse("Wed, 13 Apr 2022 18:09:12 GMT")?;
    /// let text = StringToSign::new("GET", "/testPath?a=b", date, "example.com", ContentHash::EMPTY)?;
    /// assert_eq!(
    ///     text.explain().to_string(),
    ///     "method        GET \\n\n\
    ///      target        /testPath?a=b \\n\n\
    ///      date          Wed, 13 Apr 2022 18:09:12 GMT ;\n\
    ///      host          example.com ;\n\
    ///      content hash  47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= (base64 of SHA-256, empty body)\n",
    /// );
    /// # Ok::<(), credential::CredentialError>(())
    /// ```
    pub fn explain(&self) -> Explanation<'_> {
        Explanation(self)
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0;
        writeln!(f, "method        {} \\n", text.method().escape_debug())?;
        writeln!(f, "target        {} \\n", text.target().escape_debug())?;
        writeln!(f, "date          {} ;", text.date())?;
        writeln!(f, "host          {} ;", text.host().escape_debug())?;
        let hash = text.content_hash();
        let empty = if hash == crate::ContentHash::EMPTY { ", empty body" } else { "" };
        writeln!(f, "content hash  {hash} (base64 of SHA-256{empty})")
    }
}
