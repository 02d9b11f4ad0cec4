//! Looks for a planted secret.

use std::error::Error;
use std::fmt::{Debug, Write};

/// Looks for planted secrets in everything that a person or a log may see.
///
/// Before its first look it is shown a leaky dummy, and refuses to work when it does not catch that one.
#[derive(Debug)]
pub struct LeakCheck {
    planted: Vec<String>,
}

#[derive(Debug)]
struct LeakyDummy(#[expect(dead_code, reason = "read through Debug")] String);

impl LeakCheck {
    /// Looks for these texts, and for their escaped, base64 and percent-encoded forms.
    pub fn new<S: Into<String>>(planted: impl IntoIterator<Item = S>) -> Self {
        use base64::Engine;
        let mut all = Vec::new();
        for text in planted {
            let text: String = text.into();
            assert!(text.len() >= 6, "a planted secret must be long enough not to occur by chance");
            all.push(base64::engine::general_purpose::STANDARD_NO_PAD.encode(&text));
            all.push(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&text));
            all.push(text.bytes().fold(String::new(), |mut hex, byte| {
                let _infallible = write!(hex, "%{byte:02X}");
                hex
            }));
            all.push(format!("{:?}", text.as_bytes()));
            all.push(text.escape_debug().to_string());
            all.push(text);
        }
        let check = Self { planted: all };
        let secret = check.planted.last().cloned().unwrap_or_default();
        assert!(
            check.leaks(&format!("{:?}", LeakyDummy(secret))),
            "the leak check does not catch a leaky dummy"
        );
        check
    }

    fn leaks(&self, shown: &str) -> bool {
        self.planted.iter().any(|planted| shown.contains(planted.as_str()))
    }

    /// Looks at a text.
    #[track_caller]
    pub fn text(&self, shown: &str) {
        assert!(!self.leaks(shown), "a planted secret leaks: {shown}");
    }

    /// Looks at a value's `Debug`, plain and pretty.
    #[track_caller]
    pub fn debug(&self, value: &dyn Debug) {
        self.text(&format!("{value:?}"));
        self.text(&format!("{value:#?}"));
    }

    /// Looks at an error's `Display` and `Debug`, and at those of all errors underneath.
    #[track_caller]
    pub fn error(&self, error: &(dyn Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.text(&error.to_string());
            self.text(&format!("{error:?}"));
            self.text(&format!("{error:#?}"));
            next = error.source();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a planted secret leaks")]
    fn catches_base64_of_the_secret() {
        LeakCheck::new(["hunter2!"]).text("Authorization: Basic aHVudGVyMiE");
    }

    #[test]
    #[should_panic(expected = "a planted secret leaks")]
    fn catches_a_source() {
        let inner = std::io::Error::other("password hunter2!");
        LeakCheck::new(["hunter2!"]).error(&std::io::Error::other(inner));
    }

    #[test]
    fn is_quiet_otherwise() {
        LeakCheck::new(["hunter2!"]).text("nothing to see");
    }
}
