//! When a user access token is renewed: arithmetic without a clock.

use std::time::{Duration, SystemTime};

/// The background renews a token this long before it expires.
const WINDOW: Duration = Duration::from_secs(10 * 60);
/// Callers renew a token that has no more than this left.
const ON_DEMAND: Duration = Duration::from_secs(2 * 60);
/// The background never renews a token sooner than this after it came.
const FLOOR: Duration = Duration::from_secs(1);
/// The pause after a first failure; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);
/// `Retry-After` is obeyed up to here, so that a wrong one does not end all renewals.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// How long the background waits with a token that has `remaining` left: until 10 minutes before its expiry. Within
/// those, half of what remains, because a refresher that caches (MSAL returns its token until 5 minutes before the
/// expiry) may give the same token again.
pub(super) fn proactive_wait(remaining: Duration) -> Duration {
    let wait = if remaining > WINDOW { remaining - WINDOW } else { remaining / 2 };
    wait.max(FLOOR)
}

/// The instant from which callers renew a token that has `life` left `now`: 2 minutes before the expiry, or, with less
/// than 4 minutes, half-way, so that a token of a short life does not call the refresher at every use.
pub(super) fn on_demand_at(now: SystemTime, life: Duration) -> SystemTime {
    now + life.saturating_sub(ON_DEMAND).max(life / 2)
}

/// How long to leave a refresher alone that failed `failures` times in a row. `jitter`, from 0 to 255, takes off up to
/// half, so that many clients of a failed server do not all come back at once.
pub(super) fn pause_after(failures: u32, jitter: u8, retry_after: Option<Duration>) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    let jittered = pause - pause / 2 * u32::from(jitter) / 255;
    jittered.max(retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_background_waits() {
        for (remaining, expected) in [
            (seconds(86_400), seconds(85_800)),
            (seconds(3600), seconds(3000)),
            (seconds(660), seconds(60)),
            (Duration::from_millis(600_001), FLOOR),
            // The window's edge is inside: JavaScript's rule.
            (seconds(600), seconds(300)),
            (seconds(540), seconds(270)),
            (seconds(3), Duration::from_millis(1500)),
            (seconds(2), FLOOR),
            (seconds(1), FLOOR),
            (Duration::ZERO, FLOOR),
        ] {
            assert_eq!(proactive_wait(remaining), expected, "{remaining:?}");
        }
    }

    #[test]
    fn callers_renew() {
        for (life, expected) in [(86_400, 86_280), (600, 480), (240, 120), (200, 100), (60, 30), (0, 0)] {
            let now = SystemTime::UNIX_EPOCH;
            assert_eq!(on_demand_at(now, seconds(life)), now + seconds(expected), "{life}");
        }
    }

    #[test]
    fn pauses_double_up_to_five_minutes() {
        let pauses: Vec<u64> = (1..=9).map(|failures| pause_after(failures, 0, None).as_secs()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
        assert_eq!(pause_after(u32::MAX, 0, None), LONGEST_PAUSE);
        assert_eq!(pause_after(1, u8::MAX, None), FIRST_PAUSE / 2);
        assert_eq!(pause_after(1, 0, Some(seconds(90))), seconds(90));
        assert_eq!(pause_after(9, 0, Some(seconds(90))), LONGEST_PAUSE);
        assert_eq!(pause_after(1, 0, Some(Duration::MAX)), LONGEST_RETRY_AFTER);
    }

    proptest! {
        #[test]
        fn no_pause_and_no_wait_is_nothing(failures: u32, jitter: u8, remaining in 0_u64..1_000_000) {
            prop_assert!(pause_after(failures, jitter, None) >= FIRST_PAUSE / 2);
            prop_assert!(pause_after(failures, jitter, None) <= LONGEST_PAUSE);
            let wait = proactive_wait(seconds(remaining));
            prop_assert!(wait >= FLOOR && wait <= seconds(remaining).max(FLOOR));
        }
    }
}
