//! How to wait.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

/// How to wait. Tests hand in a sleeper that moves a fake clock instead.
#[async_trait]
pub trait Sleep: Debug + Send + Sync {
    /// Returns after `duration`.
    async fn sleep(&self, duration: Duration);
}

#[async_trait]
impl<S: Sleep + ?Sized> Sleep for Arc<S> {
    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}
