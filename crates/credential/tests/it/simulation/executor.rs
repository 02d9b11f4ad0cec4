//! Runs tasks one step at a time, in whatever order a seed says, and only those that were woken: who is not woken, hangs.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_trait::async_trait;
use credential::{Clock, Sleep, Spawn, Task};
use credential_testkit::FakeClock;

/// Numbers that repeat from one seed (SplitMix64).
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    /// True in this share of a hundred throws.
    pub(crate) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }
}

#[derive(Debug)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

struct Running {
    task: Pin<Box<dyn Future<Output = ()>>>,
    woken: Arc<Woken>,
}

/// The tasks that are under way.
#[derive(Default)]
pub(crate) struct Executor {
    running: Vec<Running>,
}

impl Executor {
    /// Takes a task on. It is not polled yet.
    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        self.running.push(Running { task: Box::pin(task), woken: Arc::new(Woken(AtomicBool::new(true))) });
    }

    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }

    /// Polls one of those that were woken. `false`: there is none.
    pub(crate) fn step(&mut self, dice: &mut Dice) -> bool {
        let woken: Vec<usize> =
            (0..self.running.len()).filter(|at| self.running[*at].woken.0.load(Ordering::SeqCst)).collect();
        if woken.is_empty() {
            return false;
        }
        self.poll(woken[dice.below(woken.len())]);
        true
    }

    /// Polls the task that came last.
    pub(crate) fn poll_last(&mut self) {
        self.poll(self.running.len() - 1);
    }

    fn poll(&mut self, at: usize) {
        let running = &mut self.running[at];
        running.woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(running.woken.clone());
        if let Poll::Ready(()) = running.task.as_mut().poll(&mut Context::from_waker(&waker)) {
            drop(self.running.swap_remove(at));
        }
    }

    /// Drops one task, whatever it is at.
    pub(crate) fn cancel(&mut self, dice: &mut Dice) {
        if !self.running.is_empty() {
            drop(self.running.swap_remove(dice.below(self.running.len())));
        }
    }
}

/// Collects tasks for the background; the executor fetches them from here, or drops them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Background(Arc<Mutex<Vec<Held>>>);

struct Held(Task);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Held")
    }
}

impl Background {
    pub(crate) fn take(&self) -> Vec<Task> {
        self.0.lock().unwrap().drain(..).map(|held| held.0).collect()
    }
}

impl Spawn for Background {
    fn spawn(&self, task: Task) {
        self.0.lock().unwrap().push(Held(task));
    }
}

/// Sleeps until the clock has passed, and is woken when somebody rings.
#[derive(Clone, Debug)]
pub(crate) struct Alarm {
    pub(crate) clock: FakeClock,
    sleepers: Arc<Mutex<Vec<(Duration, Waker)>>>,
}

impl Alarm {
    pub(crate) fn on(clock: &FakeClock) -> Self {
        Self { clock: clock.clone(), sleepers: Arc::default() }
    }

    /// Wakes those whose time has come.
    pub(crate) fn ring(&self) {
        let elapsed = self.clock.elapsed();
        let mut sleepers = std::mem::take(&mut *self.sleepers.lock().unwrap());
        sleepers.retain(|(until, waker)| {
            if *until <= elapsed {
                waker.wake_by_ref();
            }
            *until > elapsed
        });
        self.sleepers.lock().unwrap().extend(sleepers);
    }

    /// The time until the next one wants to be woken.
    pub(crate) fn next(&self) -> Option<Duration> {
        let elapsed = self.clock.elapsed();
        self.sleepers.lock().unwrap().iter().map(|(until, _)| until.saturating_sub(elapsed)).min()
    }
}

#[async_trait]
impl Sleep for Alarm {
    async fn sleep(&self, duration: Duration) {
        let until = self.clock.elapsed() + duration;
        std::future::poll_fn(|context| {
            if self.clock.elapsed() >= until {
                return Poll::Ready(());
            }
            self.sleepers.lock().unwrap().push((until, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
