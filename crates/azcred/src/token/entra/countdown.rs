//! A device code, shown until it is entered or expires.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use credential::{Clock, Sleep, SystemClock};
use credential_http::TokioSleep;
use entra::DeviceCode;
use tokio::task::AbortHandle;

use crate::output::say;

const SECOND: Duration = Duration::from_secs(1);
/// Back to the beginning of the line, and nothing behind it.
const OVERWRITE: &str = "\r\u{1b}[K";

/// Shows a device code: on a terminal with a clock that runs, elsewhere in plain lines.
#[derive(Clone, Debug)]
pub(crate) struct DeviceCodePrompt {
    is_terminal: bool,
    clock: Arc<Mutex<Option<AbortHandle>>>,
}

impl DeviceCodePrompt {
    pub(crate) fn on_standard_error() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), clock: Arc::default() }
    }

    /// Shows the code, and goes on to show how long it is good for.
    pub(crate) fn show(&self, code: &DeviceCode) {
        say(&format!("{}\n", code.message()));
        let (now, expires_at) = (SystemClock::default().now(), code.expires_at());
        if !self.is_terminal {
            say(&format!("{}\n", plain(now, expires_at)));
            return;
        }
        let ticking = tokio::spawn(async move {
            tick(&SystemClock::default(), &*TokioSleep::shared(), expires_at, say).await;
        });
        let before =
            self.clock.lock().unwrap_or_else(PoisonError::into_inner).replace(ticking.abort_handle());
        if let Some(before) = before {
            before.abort();
        }
    }

    /// Ends the clock, and its line.
    pub(crate) fn end(&self) {
        let clock = self.clock.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(clock) = clock {
            clock.abort();
            say(OVERWRITE);
        }
    }
}

/// Rewrites one line each second until the code has expired.
async fn tick(clock: &dyn Clock, sleep: &dyn Sleep, expires_at: SystemTime, show: impl Fn(&str)) {
    loop {
        let left = expires_at.duration_since(clock.now()).unwrap_or_default();
        if left.is_zero() {
            show(&format!("{OVERWRITE}The code has expired.\n"));
            return;
        }
        show(&format!("{OVERWRITE}Waiting. The code is good for {} more; Ctrl-C stops.", minutes(left)));
        sleep.sleep(SECOND.min(left)).await;
    }
}

fn plain(now: SystemTime, expires_at: SystemTime) -> String {
    let left = expires_at.duration_since(now).unwrap_or_default();
    let until = humantime::format_rfc3339_seconds(expires_at);
    format!("Waiting. The code is good for {} more, until {until}.", minutes(left))
}

/// `14:59`, rounded up to whole seconds.
fn minutes(left: Duration) -> String {
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use credential_testkit::{FakeClock, FakeSleep};

    use super::*;

    #[tokio::test]
    async fn the_clock_runs_until_the_code_expires() {
        let clock = FakeClock::at(1_000);
        let shown = Mutex::new(String::new());
        let expires_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_002_500);
        tick(&clock, &FakeSleep::on(&clock), expires_at, |text| shown.lock().unwrap().push_str(text)).await;
        insta::assert_snapshot!(shown.into_inner().unwrap().replace(OVERWRITE, "\n"));
    }

    #[test]
    fn times_are_minutes_and_seconds() {
        for (millis, expected) in
            [(0, "0:00"), (1, "0:01"), (59_000, "0:59"), (899_001, "15:00"), (3_600_000, "60:00")]
        {
            assert_eq!(minutes(Duration::from_millis(millis)), expected);
        }
        let now = SystemTime::UNIX_EPOCH;
        assert_eq!(
            plain(now, now + Duration::from_secs(900)),
            "Waiting. The code is good for 15:00 more, until 1970-01-01T00:15:00Z."
        );
    }
}
