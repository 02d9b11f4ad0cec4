//! Whether to try again, and when.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use credential::{CredentialError, CredentialErrorKind, NetworkFailure, retry_after};
use http::{Response, StatusCode};

/// A host that does not resolve or refuses connections seldom comes back while a person waits: one more try.
const ATTEMPTS_WITHOUT_CONNECTION: u32 = 2;

/// Whether to try again, and when: a pure decision, without clock or dice of its own.
///
/// Tried again: answers with status 408, 429, 500, 502, 503 and 504, time-outs and broken connections. A host that does
/// not resolve or refuses the connection is tried once more only, so that a wrong address shows up within a second; a
/// failed TLS handshake is never tried again, nor is any other answer.
///
/// Waits grow exponentially with full jitter. When the service asks for a wait (see [`retry_after`](crate::retry_after))
/// the longer of the two counts; when it asks for more than the longest wait, its answer is returned instead.
///
/// A request that bears [`SendOnce`](credential::SendOnce) is tried again only when the attempt was surely not processed:
/// no connection came about, or the service answered 429.
///
/// # Example
/// ```
/// use std::time::Duration;
/// use credential_http::RetryPolicy;
///
/// let patient = RetryPolicy::default().with_max_attempts(6).with_time_limit(Duration::from_secs(180));
/// assert_ne!(patient, RetryPolicy::none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
    time_limit: Duration,
    when_throttled: bool,
}

impl Default for RetryPolicy {
    /// Four attempts within 60 seconds; waits start at up to 200 ms, none is longer than 30 seconds.
    fn default() -> Self {
        Self {
            max_attempts: 4,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(30),
            time_limit: Duration::from_secs(60),
            when_throttled: true,
        }
    }
}

impl RetryPolicy {
    /// One attempt.
    pub fn none() -> Self {
        Self::default().with_max_attempts(1)
    }

    /// Sends a request at most this often, the first time included; 0 counts as 1.
    #[must_use]
    pub fn with_max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Waits up to this long before the second attempt, and up to twice as long before each further one.
    #[must_use]
    pub fn with_base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Waits at most this long before any attempt; a service that asks for more gets no further attempt.
    #[must_use]
    pub fn with_max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Starts no attempt later than this after the first one began.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Says whether an answer 429 is waited out (it is by default); else it goes to the caller at once, with its
    /// `Retry-After`. For callers with a person in front of them, or with a queue of their own.
    #[must_use]
    pub fn with_retry_when_throttled(mut self, retry: bool) -> Self {
        self.when_throttled = retry;
        self
    }

    /// Returns how long to wait before the next attempt, or `None` when this one's outcome stands.
    ///
    /// `jitter` draws a random number, and is asked only when there is a wait: 0 gives the shortest, `u32::MAX` the
    /// longest.
    pub fn next_delay(&self, attempt: &Attempt, jitter: impl FnOnce() -> u32) -> Option<Duration> {
        let attempts = match attempt.outcome {
            Outcome::Final => 1,
            Outcome::NoConnection => self.max_attempts.min(ATTEMPTS_WITHOUT_CONNECTION),
            Outcome::Throttled { .. } if !self.when_throttled => 1,
            Outcome::Passing { .. } if attempt.send_once => 1,
            Outcome::Throttled { .. } | Outcome::Passing { .. } => self.max_attempts,
        };
        if attempt.number >= attempts {
            return None;
        }
        let asked = attempt.asked().unwrap_or_default();
        let delay = asked.max(self.backoff(attempt.number, jitter()));
        let in_time = attempt.elapsed.saturating_add(delay) < self.time_limit;
        (asked <= self.max_delay && in_time).then_some(delay)
    }

    /// Anything between nothing and the exponential step: "full jitter" keeps clients that failed together apart.
    fn backoff(&self, number: u32, jitter: u32) -> Duration {
        let doublings = number.saturating_sub(1).min(31);
        let step = self.base_delay.saturating_mul(1 << doublings).min(self.max_delay);
        let share = step.as_secs_f64() * f64::from(jitter) / f64::from(u32::MAX);
        // The longest durations do not survive the way through floating point.
        Duration::try_from_secs_f64(share).unwrap_or(step)
    }
}

/// One attempt and how it ended, as far as a [`RetryPolicy`] cares.
#[derive(Clone, Debug)]
pub struct Attempt {
    number: u32,
    elapsed: Duration,
    outcome: Outcome,
    send_once: bool,
}

#[derive(Clone, Debug)]
enum Outcome {
    /// Trying again would not change it.
    Final,
    /// No connection came about.
    NoConnection,
    /// The service counted the request and did not serve it (RFC 6585, section 4).
    Throttled { asked: Option<Duration> },
    /// May well pass; the service may have asked for a wait.
    Passing { asked: Option<Duration> },
}

impl Attempt {
    /// Describes attempt `number` (the first is 1), which ended at `now`, `elapsed` after the first one began.
    pub fn new(
        number: u32,
        elapsed: Duration,
        result: &Result<Response<Bytes>, CredentialError>,
        now: SystemTime,
    ) -> Self {
        let outcome = match result {
            Ok(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => {
                Outcome::Throttled { asked: retry_after(response.headers(), now) }
            }
            Ok(response) if is_passing(response.status()) => {
                Outcome::Passing { asked: retry_after(response.headers(), now) }
            }
            Ok(_) => Outcome::Final,
            Err(error) if error.kind() != CredentialErrorKind::Unreachable => Outcome::Final,
            Err(error) => match error.network_failure() {
                Some(NetworkFailure::Dns | NetworkFailure::Connect | NetworkFailure::Proxy) => {
                    Outcome::NoConnection
                }
                Some(NetworkFailure::Tls) => Outcome::Final,
                _ => Outcome::Passing { asked: None },
            },
        };
        Self { number, elapsed, outcome, send_once: false }
    }

    /// Says whether the request bears [`SendOnce`](credential::SendOnce).
    #[must_use]
    pub fn with_send_once(mut self, send_once: bool) -> Self {
        self.send_once = send_once;
        self
    }

    /// Returns the wait that the service asked for, where it makes sense to wait.
    pub fn asked(&self) -> Option<Duration> {
        match self.outcome {
            Outcome::Throttled { asked } | Outcome::Passing { asked } => asked,
            Outcome::Final | Outcome::NoConnection => None,
        }
    }
}

/// The statuses, beside 429, that Azure's guidelines name as worth another try.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 500 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONGEST: u32 = u32::MAX;

    fn answer(status: u16, retry_after: Option<&str>) -> Result<Response<Bytes>, CredentialError> {
        let mut response = Response::builder().status(status);
        if let Some(value) = retry_after {
            response = response.header("retry-after", value);
        }
        Ok(response.body(Bytes::new()).unwrap())
    }

    fn failure(failure: Option<NetworkFailure>) -> Result<Response<Bytes>, CredentialError> {
        let error = CredentialError::new(CredentialErrorKind::Unreachable, "no answer", "wait");
        Err(match failure {
            Some(failure) => error.with_network_failure(failure),
            None => error,
        })
    }

    fn delay(
        number: u32,
        elapsed_ms: u64,
        result: &Result<Response<Bytes>, CredentialError>,
        jitter: u32,
    ) -> Option<u128> {
        let attempt = Attempt::new(number, Duration::from_millis(elapsed_ms), result, SystemTime::UNIX_EPOCH);
        RetryPolicy::default().next_delay(&attempt, || jitter).map(|delay| delay.as_millis())
    }

    #[test]
    fn statuses() {
        for status in 100..=599 {
            let retried = [408, 429, 500, 502, 503, 504].contains(&status);
            assert_eq!(delay(1, 0, &answer(status, None), LONGEST).is_some(), retried, "{status}");
        }
    }

    #[test]
    fn failures() {
        use NetworkFailure::{Connect, Dns, Interrupted, Proxy, Timeout, Tls};
        for (network, attempts) in [
            (Some(Proxy), 2),
            (Some(Tls), 1),
            (Some(Dns), 2),
            (Some(Connect), 2),
            (Some(Timeout), 4),
            (Some(Interrupted), 4),
            (None, 4),
        ] {
            let made = (1..10).find(|number| delay(*number, 0, &failure(network), 0).is_none()).unwrap();
            assert_eq!(made, attempts, "{network:?}");
        }
        let refused = Err(CredentialError::new(CredentialErrorKind::InvalidRequest, "bad", "mend it"));
        assert_eq!(delay(1, 0, &refused, 0), None, "not a failure of the network");
    }

    #[test]
    fn waits() {
        for (number, elapsed, asked, jitter, expected) in [
            (1, 0, None, LONGEST, Some(200)),
            (2, 0, None, LONGEST, Some(400)),
            (3, 0, None, LONGEST, Some(800)),
            (4, 0, None, LONGEST, None),
            (2, 0, None, LONGEST / 2, Some(200)),
            (1, 0, None, 0, Some(0)),
            (1, 0, Some("7"), LONGEST, Some(7_000)),
            (1, 0, Some("0"), LONGEST, Some(200)),
            (1, 0, Some("30"), 0, Some(30_000)),
            (1, 0, Some("31"), 0, None),
            (1, 0, Some("Thu, 01 Jan 1970 00:00:09 GMT"), 0, Some(9_000)),
            (1, 59_000, None, LONGEST, Some(200)),
            (1, 59_900, None, LONGEST, None),
            (1, 40_000, Some("25"), 0, None),
        ] {
            assert_eq!(
                delay(number, elapsed, &answer(503, asked), jitter),
                expected,
                "{number} {elapsed} {asked:?} {jitter}"
            );
        }
    }

    #[test]
    fn what_must_not_be_sent_twice_is_sent_again_only_when_nothing_was_processed() {
        use NetworkFailure::{Connect, Dns, Interrupted, Proxy, Timeout, Tls};
        let decide = |result| {
            let attempt =
                Attempt::new(1, Duration::ZERO, &result, SystemTime::UNIX_EPOCH).with_send_once(true);
            RetryPolicy::default().next_delay(&attempt, || 0).is_some()
        };
        for status in 100..=599 {
            assert_eq!(decide(answer(status, Some("1"))), status == 429, "{status}");
        }
        for (network, again) in [
            (Some(Dns), true),
            (Some(Proxy), true),
            (Some(Connect), true),
            (Some(Tls), false),
            (Some(Timeout), false),
            (Some(Interrupted), false),
            (None, false),
        ] {
            assert_eq!(decide(failure(network)), again, "{network:?}");
        }
    }

    #[test]
    fn throttling_is_the_callers_when_asked() {
        let policy = RetryPolicy::default().with_retry_when_throttled(false);
        let delay = |status| {
            let attempt = Attempt::new(1, Duration::ZERO, &answer(status, Some("1")), SystemTime::UNIX_EPOCH);
            assert_eq!(attempt.asked(), Some(Duration::from_secs(1)));
            policy.next_delay(&attempt, || 0)
        };
        assert_eq!(delay(429), None);
        assert_eq!(delay(503), Some(Duration::from_secs(1)));
    }

    #[test]
    fn absurd_delays_do_not_panic() {
        let policy = RetryPolicy::default().with_base_delay(Duration::MAX).with_max_delay(Duration::MAX);
        let attempt = Attempt::new(1, Duration::ZERO, &answer(503, None), SystemTime::UNIX_EPOCH);
        assert_eq!(policy.next_delay(&attempt, || LONGEST), None);
    }

    #[test]
    fn an_unreachable_host_costs_less_than_a_second_of_waiting() {
        let wait = delay(1, 0, &failure(Some(NetworkFailure::Dns)), LONGEST).unwrap();
        assert!(wait <= 200);
    }

    proptest! {
        #[test]
        fn no_wait_is_too_long_or_too_late(
            number in 1_u32.., elapsed in any::<u32>(), asked in proptest::option::of(any::<u64>()), jitter: u32,
            attempts: u32, base in any::<u64>(), max in any::<u64>(), limit in any::<u64>(),
        ) {
            let policy = RetryPolicy::default()
                .with_max_attempts(attempts)
                .with_base_delay(Duration::from_millis(base))
                .with_max_delay(Duration::from_millis(max))
                .with_time_limit(Duration::from_millis(limit));
            let asked = asked.map(|seconds| seconds.to_string());
            let elapsed = Duration::from_millis(elapsed.into());
            let attempt = Attempt::new(number, elapsed, &answer(429, asked.as_deref()), SystemTime::UNIX_EPOCH);
            if let Some(delay) = policy.next_delay(&attempt, || jitter) {
                prop_assert!(number < attempts);
                prop_assert!(delay <= Duration::from_millis(max));
                prop_assert!(elapsed + delay <= Duration::from_millis(limit));
            }
        }
    }
}
