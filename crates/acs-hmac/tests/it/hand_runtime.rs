//! Timers and background tasks that a test moves by hand.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use credential::{Clock, Sleep, Spawn, Task};
use credential_testkit::FakeClock;

/// Runs tasks when the test says so. Its sleepers wait until the test has moved the clock far enough.
#[derive(Clone)]
pub(crate) struct HandRuntime {
    clock: FakeClock,
    tasks: Arc<Mutex<Vec<Task>>>,
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl HandRuntime {
    pub(crate) fn on(clock: &FakeClock) -> Self {
        Self { clock: clock.clone(), tasks: Arc::default(), slept: Arc::default() }
    }

    /// Runs every task as far as it comes without time passing.
    pub(crate) fn run(&self) {
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap());
        let context = &mut Context::from_waker(Waker::noop());
        tasks.retain_mut(|task| task.as_mut().poll(context).is_pending());
        self.tasks.lock().unwrap().append(&mut tasks);
    }

    /// Lets time pass, then runs every task.
    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.run();
    }

    /// Lets the last wait that began pass, to the instant.
    pub(crate) fn finish_wait(&self) {
        let wait = *self.slept.lock().unwrap().last().unwrap();
        self.advance(wait);
    }

    /// Returns the tasks that have not ended.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.lock().unwrap().len()
    }

    /// Returns all waits that began, in seconds.
    pub(crate) fn slept(&self) -> Vec<f64> {
        self.slept.lock().unwrap().iter().map(Duration::as_secs_f64).collect()
    }
}

impl std::fmt::Debug for HandRuntime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HandRuntime")
    }
}

impl Spawn for HandRuntime {
    fn spawn(&self, task: Task) {
        self.tasks.lock().unwrap().push(task);
    }
}

#[async_trait]
impl Sleep for HandRuntime {
    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
        let until = self.clock.elapsed() + duration;
        poll_fn(|_| if self.clock.elapsed() < until { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}
