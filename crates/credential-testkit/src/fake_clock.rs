//! Time that moves by hand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use credential::{Clock, Sleep};

/// A clock that stands still until it is moved. Clones show the same time.
#[derive(Clone, Debug)]
pub struct FakeClock(Arc<Mutex<Times>>);

#[derive(Debug)]
struct Times {
    now: SystemTime,
    elapsed: Duration,
}

impl FakeClock {
    /// Starts at this many seconds after the epoch.
    pub fn at(seconds: u64) -> Self {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        Self(Arc::new(Mutex::new(Times { now, elapsed: Duration::ZERO })))
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        let mut times = self.times();
        times.now += by;
        times.elapsed += by;
    }

    /// Sets the wall clock, backwards too, while no time passes.
    pub fn set(&self, to: SystemTime) {
        self.times().now = to;
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the clock behind the pointer that builders take.
    pub fn shared(&self) -> Arc<dyn Clock> {
        Arc::new(self.clone())
    }
}

impl Clock for FakeClock {
    fn now(&self) -> SystemTime {
        self.times().now
    }

    fn elapsed(&self) -> Duration {
        self.times().elapsed
    }
}

/// Sleeps by moving a [`FakeClock`], at once, and remembers for how long.
#[derive(Clone, Debug)]
pub struct FakeSleep {
    clock: FakeClock,
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl FakeSleep {
    /// Moves this clock.
    pub fn on(clock: &FakeClock) -> Self {
        Self { clock: clock.clone(), slept: Arc::default() }
    }

    /// Returns all waits so far, in order.
    pub fn slept(&self) -> Vec<Duration> {
        self.slept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the sleeper behind the pointer that builders take.
    pub fn shared(&self) -> Arc<dyn Sleep> {
        Arc::new(self.clone())
    }
}

#[async_trait]
impl Sleep for FakeSleep {
    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
        self.clock.advance(duration);
    }
}
