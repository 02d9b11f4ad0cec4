//! Whichever comes first.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Returns what the first of three futures to end gives, and drops the others. They are asked in order, so that an answer
/// that is there counts before a failure or the end of the time.
pub(crate) async fn first_of<T>(
    one: impl Future<Output = T>,
    two: impl Future<Output = T>,
    three: impl Future<Output = T>,
) -> T {
    let (mut one, mut two, mut three) = (pin!(one), pin!(two), pin!(three));
    poll_fn(|context| {
        if let Poll::Ready(value) = one.as_mut().poll(context) {
            return Poll::Ready(value);
        }
        match two.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(value),
            Poll::Pending => three.as_mut().poll(context),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test]
    async fn the_first_in_order_wins() {
        assert_eq!(first_of(ready(1), ready(2), ready(3)).await, 1);
        assert_eq!(first_of(pending(), ready(2), ready(3)).await, 2);
        assert_eq!(first_of(pending(), pending(), ready(3)).await, 3);
    }
}
