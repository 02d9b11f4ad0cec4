//! The emulator's own time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use credential::Clock;

/// 9999-12-31T23:59:59Z: the last instant that the services' date formats can say.
const LATEST: Duration = Duration::from_secs(253_402_300_799);

tokio::task_local! {
    /// How wrong the clock is for the request that this task answers.
    static SKEW: Skew;
}

/// How wrong a service's clock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skew {
    Ahead(Duration),
    Behind(Duration),
}

impl Skew {
    /// Has the work done by a clock that is so wrong.
    pub(crate) async fn during<T>(skew: Option<Self>, work: impl Future<Output = T>) -> T {
        match skew {
            Some(skew) => SKEW.scope(skew, work).await,
            None => work.await,
        }
    }

    fn apply(self, since_epoch: Duration) -> Duration {
        match self {
            Self::Ahead(by) => since_epoch.saturating_add(by),
            Self::Behind(by) => since_epoch.saturating_sub(by),
        }
    }
}

/// The emulator's own time: a base clock, and how far it was moved ahead of it.
#[derive(Clone, Debug)]
pub(crate) struct EmulatorClock {
    base: Arc<dyn Clock>,
    ahead_nanos: Arc<AtomicU64>,
}

impl EmulatorClock {
    pub(crate) fn new(base: Arc<dyn Clock>) -> Self {
        Self { base, ahead_nanos: Arc::default() }
    }

    /// Moves ahead of the base clock by so much more.
    pub(crate) fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        // The closure never returns None, so there is no error to look at.
        let _always_ok = self
            .ahead_nanos
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |ahead| Some(ahead.saturating_add(by)));
    }

    /// Returns the whole seconds since 1970, as tokens count them.
    pub(crate) fn epoch_seconds(&self) -> i64 {
        seconds_since_epoch(self.now())
    }
}

impl Clock for EmulatorClock {
    fn now(&self) -> SystemTime {
        let ahead = Duration::from_nanos(self.ahead_nanos.load(Ordering::Acquire));
        let since_epoch = self.base.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let since_epoch = since_epoch.saturating_add(ahead);
        // There is no skew but while a fault that was asked for happens.
        let since_epoch = SKEW.try_with(|skew| skew.apply(since_epoch)).unwrap_or(since_epoch);
        UNIX_EPOCH + since_epoch.min(LATEST)
    }
}

/// Returns what is so much later, or the last instant that can be said.
pub(crate) fn later(time: SystemTime, by: Duration) -> SystemTime {
    let latest = UNIX_EPOCH + LATEST;
    time.checked_add(by).map_or(latest, |time| time.min(latest))
}

/// Returns the whole seconds since 1970; 0 for anything before.
pub(crate) fn seconds_since_epoch(time: SystemTime) -> i64 {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Returns the time as Communication Services write it, `2021-09-08T21:43:02.0016613+00:00`: seven digits and an offset.
pub(crate) fn with_seven_digits(time: SystemTime) -> String {
    let mut text = humantime::format_rfc3339_nanos(time).to_string();
    text.truncate("2021-09-08T21:43:02.0016613".len());
    text + "+00:00"
}

/// Returns the time as Entra writes it in its errors, `2024-02-29 23:59:59Z`.
pub(crate) fn with_space(time: SystemTime) -> String {
    rfc3339(time).replace('T', " ")
}

/// Returns the instant so many seconds after 1970 began.
pub(crate) fn instant(seconds: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap_or_default()).min(LATEST)
}

pub(crate) fn as_rfc3339<S: serde::Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*time))
}

/// Returns the time as `2024-02-29T23:59:59Z`.
pub(crate) fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}

#[cfg(test)]
mod tests {
    use credential_testkit::FakeClock;

    use super::*;

    #[test]
    fn runs_ahead_of_its_base_and_never_out_of_range() {
        let base = FakeClock::at(1_000);
        let clock = EmulatorClock::new(base.shared());
        clock.advance(Duration::from_secs(5));
        base.advance(Duration::from_secs(1));
        assert_eq!(clock.epoch_seconds(), 1_006);
        clock.advance(Duration::MAX);
        clock.advance(Duration::MAX);
        assert!(clock.now() <= UNIX_EPOCH + LATEST);
        assert_eq!(later(clock.now(), Duration::MAX), UNIX_EPOCH + LATEST);
        assert!(rfc3339(clock.now()).ends_with('Z'));
    }

    #[test]
    fn date_forms() {
        let time = UNIX_EPOCH + Duration::new(1_631_137_382, 1_661_300);
        assert_eq!(with_seven_digits(time), "2021-09-08T21:43:02.0016613+00:00");
        assert_eq!(with_space(time), "2021-09-08 21:43:02Z");
        assert_eq!(seconds_since_epoch(UNIX_EPOCH - Duration::from_secs(1)), 0);
    }
}
