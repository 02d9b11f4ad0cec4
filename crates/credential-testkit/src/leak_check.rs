//! Looks for a planted secret.

use std::error::Error;
use std::fmt::{Debug, Write};

use crate::TraceRecording;
use crate::leaky_dummies;

/// Looks for planted secrets in everything that a person or a log may see.
///
/// It also listens: from its making to its end, everything that is traced on this thread, at every level, is looked at. The
/// end of a check that heard a secret fails the test.
///
/// Before its first look it is shown a leaky value, a leaky error and leaky traces, and refuses to work when it misses one.
#[derive(Debug)]
pub struct LeakCheck {
    planted: Vec<String>,
    traces: TraceRecording,
}

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
        let secret = all.last().cloned().unwrap_or_default();
        let check = Self { planted: all, traces: TraceRecording::start() };
        leaky_dummies::show_all(&check, &secret);
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
        everything_of(error).iter().for_each(|shown| self.text(shown));
    }

    /// Looks at everything traced so far, and returns how much that was: a test that expects traces can say so.
    #[track_caller]
    pub fn traces(&self) -> usize {
        let lines = self.traces.lines();
        lines.iter().for_each(|line| self.text(line));
        lines.len()
    }

    pub(crate) fn misses_value(&self, value: &dyn Debug) -> bool {
        !self.leaks(&format!("{value:?}"))
    }

    pub(crate) fn misses_error(&self, error: &(dyn Error + 'static)) -> bool {
        !everything_of(error).iter().any(|shown| self.leaks(shown))
    }

    pub(crate) fn misses_trace(&self, recording: &TraceRecording) -> bool {
        !recording.lines().iter().any(|line| self.leaks(line))
    }
}

fn everything_of(error: &(dyn Error + 'static)) -> Vec<String> {
    std::iter::successors(Some(error), |error| (*error).source())
        .flat_map(|error| [error.to_string(), format!("{error:?}"), format!("{error:#?}")])
        .collect()
}

impl Drop for LeakCheck {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.traces();
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
    #[should_panic(expected = "a planted secret leaks")]
    fn hears_an_event() {
        let _check = LeakCheck::new(["hunter2!"]);
        tracing::trace!(password = "hunter2!", "signing in");
    }

    #[test]
    #[should_panic(expected = "a planted secret leaks")]
    fn hears_a_span() {
        let _check = LeakCheck::new(["hunter2!"]);
        tracing::debug_span!("signing in", with = ?Some("hunter2!")).in_scope(|| ());
    }

    #[test]
    #[should_panic(expected = "a planted secret leaks")]
    fn sees_through_escapes() {
        LeakCheck::new(["hunter\"2!"]).debug(&"hunter\"2!");
    }

    #[test]
    fn is_quiet_otherwise() {
        let check = LeakCheck::new(["hunter2!"]);
        check.text("nothing to see");
        tracing::info!("nothing to hear");
        assert_eq!(check.traces(), 1);
    }
}
