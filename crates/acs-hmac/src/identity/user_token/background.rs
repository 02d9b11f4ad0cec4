//! The task that renews a user access token ahead of its expiry, and its end.

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use credential::{Sleep, Spawn};

use super::keeper::Keeper;

/// A running task. Dropping this ends it: what it waits for and a refresh under way are dropped at once.
#[derive(Debug)]
pub(super) struct Background(Arc<Mutex<Stop>>);

#[derive(Debug, Default)]
struct Stop {
    is_asked: bool,
    waker: Option<Waker>,
}

impl Background {
    pub(super) fn start(keeper: Arc<Keeper>, spawn: &dyn Spawn, sleep: Arc<dyn Sleep>) -> Self {
        let stop = Arc::<Mutex<Stop>>::default();
        let asked = stop.clone();
        spawn.spawn(Box::pin(async move {
            let mut work = pin!(refresh_for_ever(&keeper, &*sleep));
            poll_fn(|context| {
                if poll_stop(&asked, context).is_ready() {
                    return Poll::Ready(());
                }
                work.as_mut().poll(context).map(|never| match never {})
            })
            .await;
        }));
        Self(stop)
    }
}

async fn refresh_for_ever(keeper: &Keeper, sleep: &dyn Sleep) -> Infallible {
    loop {
        let plan = keeper.plan();
        if plan.wait > Duration::ZERO {
            sleep.sleep(plan.wait).await;
        }
        keeper.follow(plan).await;
    }
}

fn poll_stop(stop: &Mutex<Stop>, context: &Context<'_>) -> Poll<()> {
    let mut stop = lock(stop);
    stop.waker = Some(context.waker().clone());
    if stop.is_asked { Poll::Ready(()) } else { Poll::Pending }
}

fn lock(stop: &Mutex<Stop>) -> MutexGuard<'_, Stop> {
    stop.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Background {
    fn drop(&mut self) {
        let waker = {
            let mut stop = lock(&self.0);
            stop.is_asked = true;
            stop.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}
