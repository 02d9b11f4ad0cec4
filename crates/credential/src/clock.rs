//! Where the time comes from.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::SystemTime;

/// Where the time comes from. Tests hand in a clock that moves by hand.
pub trait Clock: Debug + Send + Sync {
    /// Returns the present instant.
    fn now(&self) -> SystemTime;
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

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }
}
