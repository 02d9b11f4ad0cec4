//! A transport that tries again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use credential::{
    AuthorizeRequest, Clock, CredentialError, Random, SendOnce, Sleep, SystemClock, SystemRandom, Transport,
};
use http::{Request, Response};

use crate::{Attempt, RetryPolicy, TokioSleep, request_id};

/// Tries again where a [`RetryPolicy`] says so, over any transport.
///
/// Every logical request gets an `x-ms-client-request-id`, unless it has one; all its attempts carry the same. With
/// [`Transport::send_authorized`] every attempt is authorized anew, so that no signature or token outlives a wait; an
/// error of the authorizer ends the request at once. A request that bears [`SendOnce`] is sent again only when the
/// attempt was surely not processed.
///
/// Each retry is one `tracing` event of level `WARN`, with the status, the attempt, the wait and what the service asked
/// for, and so is a request for a wait that is left to the caller: no wait passes in silence. The end of each request is
/// an event of level `DEBUG`.
///
/// # Example
/// ```
/// use bytes::Bytes;
/// use credential::Transport;
/// use credential_http::RetryTransport;
/// use credential_testkit::{FakeClock, FakeSleep, ScriptedTransport};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let busy_once = ScriptedTransport::new().then(429, &[("retry-after", "3")], "").then(200, &[], "done");
/// let clock = FakeClock::at(0);
/// let sleep = FakeSleep::on(&clock);
/// let transport = RetryTransport::new(busy_once).with_clock(clock.shared()).with_sleep(sleep.shared());
///
/// let response = transport.send(http::Request::get("https://example.com/").body(Bytes::new())?).await?;
/// assert_eq!(response.body(), "done");
/// assert_eq!(sleep.slept()[0].as_secs(), 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RetryTransport<T> {
    inner: T,
    policy: RetryPolicy,
    clock: Arc<dyn Clock>,
    sleep: Arc<dyn Sleep>,
    random: Arc<dyn Random>,
}

impl<T: Transport> RetryTransport<T> {
    /// Sends through `inner`, with the default policy and the machine's clock, timer and random bytes.
    pub fn new(inner: T) -> Self {
        Self {
            inner,
            policy: RetryPolicy::default(),
            clock: SystemClock::shared(),
            sleep: TokioSleep::shared(),
            random: SystemRandom::shared(),
        }
    }

    /// Uses another policy.
    #[must_use]
    pub fn with_policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Uses another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Uses another way to wait.
    #[must_use]
    pub fn with_sleep(mut self, sleep: Arc<dyn Sleep>) -> Self {
        self.sleep = sleep;
        self
    }

    /// Uses another source of random bytes, for request ids and jitter.
    #[must_use]
    pub fn with_random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Returns the transport underneath.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    async fn send_often(
        &self,
        mut request: Request<Bytes>,
        authorizer: Option<&dyn AuthorizeRequest>,
    ) -> Result<Response<Bytes>, CredentialError> {
        request_id::ensure(&mut request, &self.random)?;
        let start = self.clock.elapsed();
        let send_once = SendOnce::is_set(&request);
        let mut number = 1;
        loop {
            let mut attempt = request.clone();
            if let Some(authorizer) = authorizer {
                authorizer.authorize(&mut attempt).await?;
            }
            let result = self.inner.send(attempt).await;
            let elapsed = self.clock.elapsed().saturating_sub(start);
            let ended = Attempt::new(number, elapsed, &result, self.clock.now()).with_send_once(send_once);
            let Some(delay) = self.policy.next_delay(&ended, || self.jitter()) else {
                report_end(&request, number, &result, ended.asked());
                return result;
            };
            report_retry(&request, number, &result, delay, ended.asked());
            self.sleep.sleep(delay).await;
            number += 1;
        }
    }

    /// Without random bytes the wait is the longest one: late is better than not at all.
    fn jitter(&self) -> u32 {
        let mut bytes = [0; 4];
        self.random.fill(&mut bytes).map_or(u32::MAX, |()| u32::from_ne_bytes(bytes))
    }
}

type Outcome = Result<Response<Bytes>, CredentialError>;

fn status(result: &Outcome) -> Option<u16> {
    result.as_ref().ok().map(|response| response.status().as_u16())
}

/// The query is left out of all events: it may hold what is nobody's business.
fn report_retry(
    request: &Request<Bytes>,
    attempt: u32,
    result: &Outcome,
    wait: Duration,
    asked: Option<Duration>,
) {
    tracing::warn!(
        method = %request.method(),
        host = request.uri().host(),
        path = request.uri().path(),
        request_id = request_id::of(request),
        attempt,
        status = status(result),
        error = result.as_ref().err().map(tracing::field::display),
        wait_ms = milliseconds(wait),
        asked_ms = asked.map(milliseconds),
        "a request failed and is tried again"
    );
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn report_end(request: &Request<Bytes>, attempt: u32, result: &Outcome, asked: Option<Duration>) {
    if let Some(asked) = asked {
        tracing::warn!(
            method = %request.method(),
            host = request.uri().host(),
            path = request.uri().path(),
            request_id = request_id::of(request),
            attempt,
            status = status(result),
            asked_ms = milliseconds(asked),
            "the service asks to wait, which is left to the caller"
        );
        return;
    }
    tracing::debug!(
        method = %request.method(),
        host = request.uri().host(),
        path = request.uri().path(),
        request_id = request_id::of(request),
        attempt,
        status = status(result),
        error = result.as_ref().err().map(tracing::field::display),
        "a request ended"
    );
}

#[async_trait]
impl<T: Transport> Transport for RetryTransport<T> {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CredentialError> {
        self.send_often(request, None).await
    }

    async fn send_authorized(
        &self,
        request: Request<Bytes>,
        authorizer: &dyn AuthorizeRequest,
    ) -> Result<Response<Bytes>, CredentialError> {
        self.send_often(request, Some(authorizer)).await
    }
}
