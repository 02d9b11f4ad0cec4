//! How to run something in the background.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Work for the background.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How to run something in the background, on whatever runtime the application uses.
///
/// # Example
/// ```
/// use credential::{Spawn, Task};
///
/// #[derive(Debug)]
/// struct OnTokio(tokio::runtime::Handle);
///
/// impl Spawn for OnTokio {
///     fn spawn(&self, task: Task) {
///         self.0.spawn(task);
///     }
/// }
/// ```
pub trait Spawn: Debug + Send + Sync {
    /// Runs `task` to its end, or drops it when the runtime ends first.
    fn spawn(&self, task: Task);
}

impl<S: Spawn + ?Sized> Spawn for Arc<S> {
    fn spawn(&self, task: Task) {
        (**self).spawn(task);
    }
}

/// Runs things on a tokio runtime.
#[cfg(feature = "tokio")]
#[derive(Clone, Debug)]
pub struct TokioSpawn(tokio::runtime::Handle);

#[cfg(feature = "tokio")]
impl TokioSpawn {
    /// Uses the runtime in which the caller runs; `None` outside of one.
    pub fn current() -> Option<Self> {
        tokio::runtime::Handle::try_current().ok().map(Self)
    }

    /// Uses this runtime.
    pub fn on(runtime: tokio::runtime::Handle) -> Self {
        Self(runtime)
    }
}

#[cfg(feature = "tokio")]
impl Spawn for TokioSpawn {
    fn spawn(&self, task: Task) {
        // The handle to the task is not needed: dropping it leaves the task running.
        drop(self.0.spawn(task));
    }
}
