//! The tokio runtime of the commands that use the network.

use std::future::Future;

use crate::failure::Failure;

/// Runs a command to its end. `sign` does without, and so starts faster.
pub(crate) fn block_on(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Failed(format!("no threads can be started: {error}")))?;
    let ended = runtime.block_on(Box::pin(command));
    // A name that is still being looked up would hold the exit up for seconds.
    runtime.shutdown_background();
    ended
}
