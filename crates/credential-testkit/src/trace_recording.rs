//! Everything that is traced.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Metadata, Subscriber};

/// Everything that is traced on this thread from now on: events and spans of every level, with all their fields.
///
/// Ends when it is dropped. Recordings nest, and the innermost one hears.
#[derive(Debug)]
pub struct TraceRecording {
    lines: Lines,
    _guard: DefaultGuard,
}

type Lines = Arc<Mutex<Vec<String>>>;

impl TraceRecording {
    /// Starts to listen.
    pub fn start() -> Self {
        let lines = Lines::default();
        let recorder = Recorder { lines: lines.clone(), spans: AtomicU64::new(1) };
        Self { lines, _guard: tracing::subscriber::set_default(recorder) }
    }

    /// Returns what was heard: one line for each event, span and field that was recorded later.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Recorder {
    lines: Lines,
    spans: AtomicU64,
}

impl Recorder {
    fn write(&self, line: String) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// Writes fields as they would be shown.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a String does not fail.
        let _infallible = write!(self.0, " {}={value:?}", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _infallible = write!(self.0, " {}={value}", field.name());
    }
}

fn line(kind: &str, metadata: &Metadata<'_>) -> Fields {
    Fields(format!("{kind} {} {} {}:", metadata.level(), metadata.target(), metadata.name()))
}

impl Subscriber for Recorder {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = line("span", span.metadata());
        span.record(&mut fields);
        self.write(fields.0);
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _span: &Id, values: &Record<'_>) {
        let mut fields = Fields("record".to_owned());
        values.record(&mut fields);
        self.write(fields.0);
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = line("event", event.metadata());
        event.record(&mut fields);
        self.write(fields.0);
    }

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hears_events_spans_and_late_fields() {
        let recording = TraceRecording::start();
        tracing::trace!(number = 1, text = "t", "said");
        let span = tracing::trace_span!("work", early = ?Some(2), late = tracing::field::Empty);
        span.record("late", 3);
        drop(span);
        let lines = recording.lines();
        assert!(lines[0].ends_with(": message=said number=1 text=t"), "{lines:?}");
        assert!(lines[1].ends_with(" work: early=Some(2)"), "{lines:?}");
        assert_eq!(lines[2..], ["record late=3"]);
    }

    #[test]
    fn ends_when_it_is_dropped() {
        let outer = TraceRecording::start();
        drop(TraceRecording::start());
        tracing::trace!("heard");
        assert_eq!(outer.lines().len(), 1);
    }
}
