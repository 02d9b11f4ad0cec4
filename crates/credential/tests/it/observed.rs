//! What the cache tells: spans, events and numbers, and no secret in any of them.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use credential::{
    CacheMetrics, CachedCredential, ChainedCredential, CredentialErrorKind, MemoryTokenStore,
    StaticTokenCredential, TokenCredential, TokenRequest,
};
use credential_testkit::{FakeClock, FakeSleep, LeakCheck};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::service::{Service, refusal, seconds, throttling};

/// Writes down all spans and events.
#[derive(Clone, Default)]
struct Notes {
    text: Arc<Mutex<String>>,
    spans: Arc<AtomicU64>,
}

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Notes {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = self.text.lock().unwrap();
        write!(text, "span {}", span.metadata().name()).unwrap();
        span.record(&mut Line(&mut text));
        text.push('\n');
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed) + 1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if !event.metadata().target().starts_with("credential") {
            return;
        }
        let mut text = self.text.lock().unwrap();
        write!(text, "{}", event.metadata().level()).unwrap();
        event.record(&mut Line(&mut text));
        text.push('\n');
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[derive(Debug, Default)]
struct Counts(Mutex<Vec<String>>);

impl Counts {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }
}

impl CacheMetrics for Counts {
    fn hit(&self) {
        self.note("hit");
    }
    fn miss(&self) {
        self.note("miss");
    }
    fn waited(&self) {
        self.note("waited");
    }
    fn fetched(&self, took: Duration) {
        self.note(format!("fetched {took:?}"));
    }
    fn renewed(&self, took: Duration) {
        self.note(format!("renewed {took:?}"));
    }
    fn failed(&self, kind: CredentialErrorKind, took: Duration) {
        self.note(format!("failed {kind:?} {took:?}"));
    }
    fn refusal_repeated(&self) {
        self.note("refusal repeated");
    }
    fn evicted(&self, tokens: usize) {
        self.note(format!("evicted {tokens}"));
    }
    fn found_in_store(&self) {
        self.note("found in store");
    }
}

/// A day in the life of a cache.
async fn day(clock: &FakeClock, service: &Service, cache: &CachedCredential<Service>) {
    let request = TokenRequest::new(["s"]).with_tenant("contoso.com");
    cache.get_token(&request).await.unwrap();
    cache.get_token(&request).await.unwrap();
    clock.advance(seconds(3400));
    let _script = service.clone().then(refusal());
    cache.get_token(&request).await.unwrap();
    clock.advance(seconds(30));
    cache.get_token(&request).await.unwrap();
    let _script = service.clone().then(throttling(5));
    let other = TokenRequest::new(["other"]).with_claims(r#"{"planted-cl4im":1}"#);
    cache.get_token(&other).await.unwrap_err();
    cache.get_token(&other).await.unwrap_err();
    clock.advance(seconds(5));
    let (one, waiting) = tokio::join!(cache.get_token(&other), cache.get_token(&other));
    assert!(one.unwrap().is_same_token(&waiting.unwrap()));
}

#[tokio::test]
async fn numbers_of_a_day() {
    let clock = FakeClock::at(1_000_000);
    let (service, counts) = (Service::new(&clock), Arc::new(Counts::default()));
    let cache = CachedCredential::new(service.clone())
        .with_clock(clock.shared())
        .with_capacity(1)
        .with_metrics(counts.clone());
    day(&clock, &service, &cache).await;
    insta::assert_snapshot!(counts.0.lock().unwrap().join("\n"));
}

#[tokio::test]
async fn a_day_in_spans_and_events() {
    let notes = Notes::default();
    let _scope = tracing::subscriber::set_default(notes.clone());
    let clock = FakeClock::at(1_000_000);
    let service = Service::new(&clock);
    let store = Arc::new(MemoryTokenStore::new().with_clock(clock.shared()));
    let cache = CachedCredential::new(service.clone())
        .with_clock(clock.shared())
        .with_capacity(1)
        .with_store(store, FakeSleep::on(&clock).shared());
    day(&clock, &service, &cache).await;
    let chain = ChainedCredential::new().then(
        "fixed",
        StaticTokenCredential::new(credential::AccessToken::new(
            "token of the chain",
            std::time::UNIX_EPOCH + seconds(99_999_999_999),
        )),
    );
    chain.get_token(&TokenRequest::default()).await.unwrap();
    let text = notes.text.lock().unwrap().clone();
    LeakCheck::new(["token 1", "token 2", "token 3", "token 4", "planted-cl4im", "token of the chain"])
        .text(&text);
    insta::assert_snapshot!(text);
}
