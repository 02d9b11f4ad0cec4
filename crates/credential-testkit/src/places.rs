//! The places that blocking code is called from.

use std::sync::Arc;

/// Runs a check outside of any runtime, on the only thread of a tokio runtime, and on a worker of one with several.
///
/// Blocking calls work in all of them, or some user's program hangs or panics.
#[expect(clippy::expect_used, reason = "a test that cannot go on should stop")]
pub fn in_every_place(check: impl Fn() + Send + Sync + 'static) {
    let check = Arc::new(check);
    check();
    let single = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    single.block_on(async { check() });
    let several = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    several
        .block_on(async { tokio::spawn(async move { check() }).await })
        .expect("the check to pass on a worker");
}
