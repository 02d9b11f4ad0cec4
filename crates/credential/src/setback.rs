//! What a failed fetch means for the next one.

use std::time::Duration;

use crate::{CredentialError, CredentialErrorKind};

/// A refused request is not sent again for this long; twice as long when it is refused again.
const FIRST_HOLD: Duration = Duration::from_secs(1);
/// After a renewal failed while the token is still valid, the next attempt waits this long; twice as long after the next.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// Renewals that fail again and again are tried this often all the same.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);
/// A failure that comes this long after the last one's hold does not continue it.
const MEMORY: Duration = Duration::from_secs(10 * 60);
/// No service asks for more in earnest (MSAL caps the same way), and time must not overflow.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// A key whose fetches fail.
pub(crate) struct Setback {
    error: CredentialError,
    /// How often in a row, in this way.
    times: u32,
    /// Until when the request is not sent again, on the scale that is never set back.
    until: Duration,
    /// The service named that time.
    is_ordered: bool,
}

impl Setback {
    /// Notes a failure after what was noted before. `longest_hold` bounds what is not the service's own word; zero switches
    /// holding off.
    pub(crate) fn after(
        last: Option<&Self>,
        error: &CredentialError,
        elapsed: Duration,
        longest_hold: Duration,
    ) -> Self {
        let last =
            last.filter(|last| is_same(&last.error, error) && elapsed <= last.until.saturating_add(MEMORY));
        let times = last.map_or(0, |last| last.times).saturating_add(1);
        let ordered = error.retry_after().filter(|_| is_service_word(error));
        let hold = match ordered {
            _ if longest_hold.is_zero() || !is_doomed(error) => Duration::ZERO,
            Some(ordered) if ordered > FIRST_HOLD => ordered.min(LONGEST_RETRY_AFTER),
            _ => doubled(FIRST_HOLD, times).min(longest_hold),
        };
        Self {
            error: error.clone(),
            times,
            until: elapsed.saturating_add(hold),
            is_ordered: ordered.is_some(),
        }
    }

    /// How long a token that is still valid stays in use before the next attempt to renew it.
    pub(crate) fn pause(&self) -> Duration {
        let pause = doubled(FIRST_PAUSE, self.times).min(LONGEST_PAUSE);
        pause.max(self.error.retry_after().unwrap_or_default().min(LONGEST_RETRY_AFTER))
    }

    pub(crate) fn until(&self) -> Duration {
        self.until
    }

    /// Says whether the request is not sent now. A caller who insists is held back by the service's own word only.
    pub(crate) fn forbids(&self, insists: bool, elapsed: Duration) -> bool {
        elapsed < self.until && (self.is_ordered || !insists)
    }

    /// The error, saying that it is an old one, and when there will be a new answer.
    pub(crate) fn reminder(&self, elapsed: Duration) -> CredentialError {
        let left = self.until.saturating_sub(elapsed);
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        let problem = format!(
            "{}; not asked again for another {seconds} s, as this was just refused",
            self.error.problem()
        );
        let error = self.error.clone().with_problem(problem);
        if self.is_ordered { error.with_retry_after(left) } else { error }
    }
}

/// 1, 2, 4 .. times `first`.
fn doubled(first: Duration, times: u32) -> Duration {
    first.saturating_mul(1 << times.saturating_sub(1).min(16))
}

fn is_same(one: &CredentialError, other: &CredentialError) -> bool {
    one.kind() == other.kind() && one.status() == other.status() && one.code() == other.code()
}

/// Says whether a service has answered, as opposed to a machine on the way or this one.
fn is_service_word(error: &CredentialError) -> bool {
    error.status().is_some() && error.network_failure().is_none()
}

/// Says whether the same request would fail again: the service has refused it, or asked for patience. What a person can
/// change at any moment is not doomed.
fn is_doomed(error: &CredentialError) -> bool {
    let is_refusal = match error.kind() {
        CredentialErrorKind::Refused => true,
        CredentialErrorKind::Throttled => true,
        CredentialErrorKind::Unavailable => error.retry_after().is_some(),
        _ => false,
    };
    is_refusal && is_service_word(error) && !error.needs_interaction()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    fn refusal() -> CredentialError {
        CredentialError::new(CredentialErrorKind::Refused, "the service said no", "ask for less")
            .with_status(StatusCode::UNAUTHORIZED)
            .with_code("invalid_client")
    }

    fn holds(errors: &[CredentialError]) -> Vec<u64> {
        let mut last = None;
        let longest = Duration::from_secs(30);
        let mut hold = |error| {
            let setback = Setback::after(last.as_ref(), error, Duration::from_secs(100), longest);
            let hold = (setback.until - Duration::from_secs(100)).as_secs();
            last = Some(setback);
            hold
        };
        errors.iter().map(&mut hold).collect()
    }

    #[test]
    fn the_same_refusal_is_held_longer_each_time_to_a_bound() {
        assert_eq!(holds(&vec![refusal(); 8]), [1, 2, 4, 8, 16, 30, 30, 30]);
        let other = refusal().with_code("unauthorized_client");
        assert_eq!(holds(&[refusal(), refusal(), other.clone(), other]), [1, 2, 1, 2]);
    }

    #[test]
    fn the_services_word_counts_to_an_hour() {
        let asking = |seconds| refusal().with_retry_after(Duration::from_secs(seconds));
        assert_eq!(holds(&[asking(7), asking(7), asking(100_000)]), [7, 7, 3600]);
        assert_eq!(holds(&[asking(0), asking(0)]), [1, 2], "at once is too soon");
    }

    #[test]
    fn what_may_heal_at_any_moment_is_not_held() {
        use CredentialErrorKind::{NotConfigured, Refused, Throttled, Unavailable, Unreachable};
        let error = |kind| CredentialError::new(kind, "a", "b");
        let answered = |kind| error(kind).with_status(StatusCode::SERVICE_UNAVAILABLE);
        let asking = |error: CredentialError| error.with_retry_after(Duration::from_secs(7));
        for error in [
            error(NotConfigured),
            error(Refused),
            asking(error(Unreachable)),
            answered(Unavailable),
            refusal().with_interaction_needed(),
        ] {
            assert_eq!(holds(std::slice::from_ref(&error)), [0], "{error:?}");
        }
        assert_eq!(holds(&[answered(Throttled)]), [1]);
        assert_eq!(holds(&[asking(answered(Unavailable))]), [7]);
        let setback = Setback::after(None, &refusal(), Duration::ZERO, Duration::ZERO);
        assert!(!setback.forbids(false, Duration::ZERO), "switched off");
    }

    #[test]
    fn who_insists_is_held_back_by_the_service_alone() {
        let setback = |error| Setback::after(None, &error, Duration::ZERO, Duration::from_secs(30));
        let half = Duration::from_millis(500);
        assert!(setback(refusal()).forbids(false, half) && !setback(refusal()).forbids(true, half));
        assert!(setback(refusal().with_retry_after(Duration::from_secs(7))).forbids(true, half));
        assert!(!setback(refusal()).forbids(false, Duration::from_secs(1)));
    }

    #[test]
    fn pauses_of_a_renewal_grow_to_a_bound_and_honour_the_service() {
        let pause = |times, error: CredentialError| {
            Setback { error, times, until: Duration::ZERO, is_ordered: false }.pause()
        };
        let pauses: Vec<u64> = (1..=7).map(|times| pause(times, refusal()).as_secs()).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 600, 600]);
        assert_eq!(pause(1, refusal().with_retry_after(Duration::from_secs(90))).as_secs(), 90);
        assert_eq!(pause(1, refusal().with_retry_after(Duration::MAX)).as_secs(), 3600);
        assert_eq!(pause(u32::MAX, refusal().with_retry_after(Duration::ZERO)).as_secs(), 600);
    }

    #[test]
    fn a_reminder_says_that_it_is_one() {
        let setback = Setback::after(None, &refusal(), Duration::ZERO, Duration::from_secs(30));
        assert_eq!(
            setback.reminder(Duration::from_millis(100)).to_string(),
            "the service said no; not asked again for another 1 s, as this was just refused (HTTP 401, code \
             invalid_client): ask for less"
        );
        let setback = Setback::after(
            None,
            &refusal().with_retry_after(Duration::from_secs(9)),
            Duration::ZERO,
            Duration::MAX,
        );
        assert_eq!(setback.reminder(Duration::from_secs(2)).retry_after(), Some(Duration::from_secs(7)));
    }
}
