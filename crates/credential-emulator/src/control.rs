//! What tests do to a running emulator, and find in it.

use crate::Emulator;
use crate::communication::Mailbox;
use crate::fault::Fault;
use crate::request_matcher::RequestMatcher;

impl Emulator {
    /// Returns the e-mails and text messages that clients sent, oldest first; at most 1,000 of each are kept.
    pub fn mailbox(&self) -> Mailbox {
        self.services.contents().mailbox()
    }

    /// Lets something go wrong with the next request that is meant, or the next few. Faults that mean the same request
    /// happen in the order in which they were asked for. The request log and the header `x-emulator-fault` say what
    /// happened.
    ///
    /// # Example
    /// ```
    /// use credential_emulator::{Emulator, Fault};
    /// use credential_http::{HttpClient, RetryPolicy};
    /// use http::Request;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let emulator = Emulator::start().await?;
    /// emulator.fail_next("GET /healthz", Fault::too_many_requests(2));
    ///
    /// let client = HttpClient::builder().retry(RetryPolicy::none()).build()?;
    /// let request = || Request::get(format!("{}/healthz", emulator.http_origin())).body(Default::default());
    /// let busy = credential::Transport::send(&client, request()?).await?;
    /// assert_eq!((busy.status().as_u16(), &busy.headers()["retry-after"]), (429, &"2".parse()?));
    /// assert_eq!(credential::Transport::send(&client, request()?).await?.status(), 200);
    /// assert_eq!(emulator.requests()[0].fault.as_deref(), Some("status 429, Retry-After 2 s"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn fail_next(&self, matcher: impl Into<RequestMatcher>, fault: Fault) {
        self.services.faults.add(matcher.into(), fault);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.services.faults.clear();
    }

    /// Forgets everything that clients made and asked, and all faults, as if newly started: sign-ins and refresh
    /// tokens, users and their tokens, messages, rooms, threads, assets, the request log. Addresses, keys, certificates
    /// and clock stay; access tokens of Entra are good for as long as they say.
    pub fn reset(&self) {
        self.services.reset();
    }
}
