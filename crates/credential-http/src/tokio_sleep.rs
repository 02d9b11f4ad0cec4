//! Waiting on tokio's timer.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use credential::Sleep;

/// Waits on tokio's timer. Needs a tokio runtime with time enabled, as reqwest does.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TokioSleep;

impl TokioSleep {
    /// Returns the sleeper behind a shared pointer, the form in which builders keep it.
    pub fn shared() -> Arc<dyn Sleep> {
        Arc::new(Self)
    }
}

#[async_trait]
impl Sleep for TokioSleep {
    #[expect(clippy::disallowed_methods, reason = "the one place that waits on the runtime's timer")]
    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
