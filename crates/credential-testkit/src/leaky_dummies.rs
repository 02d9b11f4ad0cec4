//! Leaks of every kind, for the leak check to catch before it is trusted.

use std::error::Error;
use std::fmt;

use crate::{LeakCheck, TraceRecording};

/// Shows the check one leak of each kind.
pub(crate) fn show_all(check: &LeakCheck, secret: &str) {
    let missed = |kind| format!("the leak check does not catch a leaky {kind}");
    assert!(!check.misses_value(&LeakyValue(secret)), "{}", missed("value"));
    for error in [LeakyError::text(secret), LeakyError::source(secret)] {
        assert!(!check.misses_error(&error), "{}", missed("error"));
    }
    let leaks: [(&str, Leak); 4] = [
        ("event", |secret| tracing::trace!(secret, "leaky")),
        ("message", |secret| tracing::trace!("leaky: {secret}")),
        ("span", |secret| drop(tracing::trace_span!("leaky", ?secret).entered())),
        ("late field", |secret| {
            let span = tracing::trace_span!("leaky", late = tracing::field::Empty);
            span.record("late", secret);
        }),
    ];
    for (kind, leak) in leaks {
        let recording = TraceRecording::start();
        leak(secret);
        assert!(!check.misses_trace(&recording), "{}", missed(kind));
    }
}

type Leak = fn(&str);

#[derive(Debug)]
struct LeakyValue<'a>(#[expect(dead_code, reason = "read through Debug")] &'a str);

/// Shows its text, or hides it and shows that of the error underneath.
struct LeakyError {
    text: String,
    source: Option<Box<Self>>,
}

impl LeakyError {
    fn text(secret: &str) -> Self {
        Self { text: secret.to_owned(), source: None }
    }

    fn source(secret: &str) -> Self {
        Self { text: "tight".to_owned(), source: Some(Box::new(Self::text(secret))) }
    }
}

impl fmt::Display for LeakyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for LeakyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LeakyError")
    }
}

impl Error for LeakyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
