//! Where the time comes from.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Where the time comes from. Tests hand in a clock that moves by hand.
pub trait Clock: Debug + Send + Sync {
    /// Returns the present instant.
    fn now(&self) -> SystemTime;

    /// Returns the time since some fixed moment, on a scale that is never set back.
    ///
    /// Whoever compares an expiry with both scales does not take an expired token for a valid one after the wall
    /// clock was set back. The default follows [`Clock::now`], for clocks that are never set.
    fn elapsed(&self) -> Duration {
        self.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemClock;

impl SystemClock {
    /// Returns the machine's clock behind a shared pointer, the form in which builders keep it.
    pub fn shared() -> Arc<dyn Clock> {
        Arc::new(Self)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }

    fn elapsed(&self) -> Duration {
        (**self).elapsed()
    }
}
