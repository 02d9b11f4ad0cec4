//! How often the services may be asked.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// What is counted together.
    name: &'static str,
    most: usize,
    seconds: i64,
}

impl Limit {
    const fn new(name: &'static str, most: usize, seconds: i64) -> Self {
        Self { name, most, seconds }
    }
}

/// The documented limits of Identity, per resource.
pub(super) const CREATE: &[Limit] = &[Limit::new("identities, created", 1_000, 30)];
pub(super) const DELETE: &[Limit] = &[Limit::new("identities, deleted", 500, 30)];
pub(super) const ISSUE: &[Limit] = &[Limit::new("tokens, issued", 1_000, 30)];
pub(super) const REVOKE: &[Limit] = &[Limit::new("tokens, revoked", 500, 30)];
pub(super) const EXCHANGE: &[Limit] = &[Limit::new("tokens, exchanged", 500, 30)];
/// Those of e-mails from a domain of one's own.
pub(super) const EMAIL: &[Limit] =
    &[Limit::new("e-mails, by the minute", 30, 60), Limit::new("e-mails, by the hour", 100, 3_600)];
/// Those of e-mails from a domain that Azure manages.
pub(super) const EMAIL_OF_AZURE: &[Limit] = &[
    Limit::new("e-mails of Azure's domain, by the minute", 5, 60),
    Limit::new("e-mails of Azure's domain, by the hour", 10, 3_600),
];
pub(super) const EMAIL_STATUS: &[Limit] = &[Limit::new("e-mail operations, asked for", 60, 60)];
/// That of each toll-free number.
pub(super) const SMS: &[Limit] = &[Limit::new("text messages of one number", 200, 60)];

/// How many senders are told apart.
const MOST_SENDERS: usize = 10_000;

/// The requests of the time that limits look back on. Off unless asked for: tests that send much are more common than tests of
/// what happens then.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    is_on: bool,
    requests: Mutex<HashMap<(&'static str, String), VecDeque<i64>>>,
}

/// A limit was reached.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany {
    pub(super) limit: Limit,
    /// In so many seconds there is room for one more.
    pub(super) retry_after: i64,
}

impl Limits {
    pub(crate) fn new(is_on: bool) -> Self {
        Self { is_on, requests: Mutex::default() }
    }

    pub(crate) fn clear(&self) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Counts a request of this sender, unless one of the limits is reached.
    pub(super) fn count(&self, limits: &'static [Limit], sender: &str, now: i64) -> Result<(), TooMany> {
        if !self.is_on {
            return Ok(());
        }
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() >= MOST_SENDERS {
            requests.retain(|_, times| times.back().is_some_and(|last| now - last < 3_600));
        }
        for limit in limits {
            let times = requests.entry((limit.name, sender.to_owned())).or_default();
            while times.front().is_some_and(|first| now - first >= limit.seconds) {
                times.pop_front();
            }
            if let Some(first) = times.front().filter(|_| times.len() >= limit.most) {
                return Err(TooMany { limit: *limit, retry_after: first + limit.seconds - now });
            }
        }
        for limit in limits {
            requests.entry((limit.name, sender.to_owned())).or_default().push_back(now);
        }
        Ok(())
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: at most {} in {} s", self.name, self.most, self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_slide() {
        let limits = Limits::new(true);
        for second in 0..5 {
            assert_eq!(limits.count(EMAIL_OF_AZURE, "a", second), Ok(()));
        }
        let refused = limits.count(EMAIL_OF_AZURE, "a", 5).unwrap_err();
        assert_eq!((refused.limit.most, refused.retry_after), (5, 55));
        assert_eq!(limits.count(EMAIL_OF_AZURE, "b", 5), Ok(()), "another sender");
        assert!(limits.count(EMAIL_OF_AZURE, "a", 59).is_err());
        assert_eq!(limits.count(EMAIL_OF_AZURE, "a", 60), Ok(()), "the first has left the window");
        for second in [61, 62, 63, 64] {
            assert_eq!(limits.count(EMAIL_OF_AZURE, "a", second), Ok(()));
        }
        let refused = limits.count(EMAIL_OF_AZURE, "a", 200).unwrap_err();
        assert_eq!((refused.limit.most, refused.retry_after), (10, 3_400), "the hour's limit");
    }

    #[test]
    fn off_counts_nothing() {
        let limits = Limits::default();
        for _ in 0..100 {
            assert_eq!(limits.count(EMAIL_OF_AZURE, "a", 0), Ok(()));
        }
    }
}
