//! A token in the cache, with the times at which it stops being used.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::Guard;

use crate::{AccessToken, Clock};

/// Tokens are renewed this long before they expire, unless the service says otherwise.
const MARGIN: Duration = Duration::from_secs(300);
/// From this lifetime on, half of it is the time to renew (what MSAL does without `refresh_in`).
const LONG_LIFE: Duration = Duration::from_secs(2 * 60 * 60);

/// The present on both of a clock's scales.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Present {
    pub(crate) now: SystemTime,
    pub(crate) elapsed: Duration,
}

impl Present {
    pub(crate) fn of(clock: &dyn Clock) -> Self {
        Self { now: clock.now(), elapsed: clock.elapsed() }
    }
}

/// A token with the times at which it stops being used, in seconds on the scale that is never set back, rounded down:
/// there are many of these, and a second early is early enough.
pub(crate) struct HeldToken {
    token: AccessToken,
    due: u32,
    dies: u32,
}

/// What a held token is good for at some instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    Fresh,
    /// Still valid, and to be renewed.
    Due,
    Dead,
}

impl HeldToken {
    /// `drawn` says how much of the spread this one takes: 0 is none, and nearly all of it the other end.
    pub(crate) fn new(token: AccessToken, obtained_at: SystemTime, present: Present, drawn: u32) -> Self {
        let life = token.expires_at().duration_since(present.now).unwrap_or_default();
        let due_at = due_at(&token, obtained_at, drawn);
        let due_in = due_at.duration_since(present.now).unwrap_or_default().min(life);
        Self {
            token,
            due: seconds(present.elapsed.saturating_add(due_in)),
            dies: seconds(present.elapsed.saturating_add(life)),
        }
    }

    /// What lies in a place without a token: one that died long ago.
    pub(crate) fn nothing() -> Self {
        Self { token: AccessToken::new("", SystemTime::UNIX_EPOCH), due: 0, dies: 0 }
    }

    /// The same token, not to be renewed before a pause has passed.
    pub(crate) fn postponed(&self, pause: Duration, present: Present) -> Self {
        let due = seconds(present.elapsed.saturating_add(pause)).max(self.due).min(self.dies);
        Self { token: self.token.clone(), due, dies: self.dies }
    }

    pub(crate) fn token(&self) -> &AccessToken {
        &self.token
    }

    /// Either scale of time ends a token: the wall clock alone would revive one after it was set back, the other would miss
    /// the hours of a suspended machine. The same holds for its renewal, which keeps its distance from the expiry.
    #[inline]
    pub(crate) fn freshness(&self, present: Present) -> Freshness {
        let elapsed = present.elapsed.as_secs();
        let ahead = Duration::from_secs(u64::from(self.dies - self.due));
        let is_ahead =
            |now: SystemTime| now.checked_add(ahead).is_some_and(|then| self.token.is_valid_at(then));
        if elapsed < u64::from(self.due) && is_ahead(present.now) {
            Freshness::Fresh
        } else if elapsed < u64::from(self.dies) && self.token.is_valid_at(present.now) {
            Freshness::Due
        } else {
            Freshness::Dead
        }
    }
}

fn seconds(elapsed: Duration) -> u32 {
    u32::try_from(elapsed.as_secs()).unwrap_or(u32::MAX)
}

/// The instant from which a token is renewed ahead of its expiry: up to a tenth of the way earlier than the rule has it,
/// so that a thousand processes that started together do not renew together.
fn due_at(token: &AccessToken, obtained_at: SystemTime, drawn: u32) -> SystemTime {
    let life = token.expires_at().duration_since(obtained_at).unwrap_or_default();
    let by_life = if life >= LONG_LIFE { life / 2 } else { life.saturating_sub(MARGIN).max(life / 2) };
    let by_service = token.refresh_at().map(|at| at.duration_since(obtained_at).unwrap_or_default());
    let latest = by_service.unwrap_or(by_life).min(life);
    let earlier = (latest / 10).mul_f64(f64::from(drawn) / f64::from(u32::MAX));
    obtained_at + latest.saturating_sub(earlier)
}

/// A token that lies in the cache, lent without a lock and without a copy. Clone the token to keep it.
pub struct CachedToken(pub(crate) Guard<Arc<HeldToken>>);

impl Deref for CachedToken {
    type Target = AccessToken;

    fn deref(&self) -> &AccessToken {
        self.0.token()
    }
}

impl fmt::Debug for CachedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CachedToken").field(self.0.token()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    fn due_in(life: u64, drawn: u32) -> u64 {
        let token = AccessToken::new("t", at(life));
        due_at(&token, at(0), drawn).duration_since(at(0)).unwrap().as_secs()
    }

    #[test]
    fn due_times() {
        assert_eq!(due_in(3600, 0), 3300, "the margin before expiry");
        assert_eq!(due_in(86400, 0), 43200, "half of a long life");
        assert_eq!(due_in(240, 0), 120, "half of a life shorter than the margin: cached all the same");
        let hinted = AccessToken::new("t", at(3600)).with_refresh_at(at(1000));
        assert_eq!(due_at(&hinted, at(0), 0), at(1000), "the service's own word");
        let late = AccessToken::new("t", at(3600)).with_refresh_at(at(4000));
        assert_eq!(due_at(&late, at(0), 0), at(3600), "never after the expiry");
    }

    #[test]
    fn a_draw_renews_earlier_by_a_tenth_at_most_and_never_later() {
        assert_eq!(due_in(3600, u32::MAX), 2970);
        assert_eq!(due_in(3600, u32::MAX / 2), 3135);
        let seconds: std::collections::HashSet<u64> =
            (0..1000).map(|n| due_in(3600, n * 4_294_967)).collect();
        assert!(seconds.len() > 300, "a thousand processes spread over {} seconds", seconds.len());
    }

    #[test]
    fn each_scale_of_time_ends_it() {
        let present = |now, elapsed| Present { now: at(now), elapsed: Duration::from_secs(elapsed) };
        let held = HeldToken::new(AccessToken::new("t", at(3600)), at(0), present(0, 50), 0);
        for (now, elapsed, freshness) in [
            (0, 50, Freshness::Fresh),
            (3299, 3349, Freshness::Fresh),
            (3300, 3350, Freshness::Due),
            (3599, 3649, Freshness::Due),
            (3600, 3650, Freshness::Dead),
            (0, 3350, Freshness::Due),
            (0, 3650, Freshness::Dead),
            (3300, 50, Freshness::Due),
            (3600, 50, Freshness::Dead),
        ] {
            assert_eq!(held.freshness(present(now, elapsed)), freshness, "{now} {elapsed}");
        }
    }

    #[test]
    fn lives_that_no_clock_can_count_do_not_overflow() {
        let never = SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        let present = Present { now: at(0), elapsed: Duration::from_secs(5) };
        let held = HeldToken::new(AccessToken::new("t", never), at(0), present, 0);
        assert_eq!(held.freshness(present), Freshness::Fresh);
        assert_eq!(held.postponed(Duration::MAX, present).freshness(present), Freshness::Fresh);
        assert_eq!(HeldToken::nothing().freshness(present), Freshness::Dead);
    }
}
