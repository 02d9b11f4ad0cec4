//! Nothing that a request carries shows up in errors, `Debug` or log events.

use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use credential::Transport;
use credential_http::{HttpClient, ReqwestTransport, RetryPolicy, RetryTransport};
use credential_testkit::{FakeClock, FakeSleep, LeakCheck, ScriptedTransport};
use http::{HeaderValue, Request};
use tracing_subscriber::fmt::MakeWriter;

use crate::server::{Server, Then};

const PLANTED: &str = "pl4nted-s3cret";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn request(address: &str) -> Request<Bytes> {
    let mut value = HeaderValue::from_str(&format!("Bearer {PLANTED}")).unwrap();
    value.set_sensitive(true);
    Request::post(format!("{address}?code={PLANTED}"))
        .header("authorization", value)
        .body(Bytes::from(format!("client_secret={PLANTED}")))
        .unwrap()
}

#[tokio::test]
async fn nothing_shows_a_planted_secret() {
    let check = LeakCheck::new([PLANTED]);
    let server = Server::start(vec![Then::Close]).await;
    let client = HttpClient::builder().retry(RetryPolicy::none()).build().unwrap();
    for address in [
        "https://no-such-host.invalid/",
        &server.address("/"),
        "http://127.0.0.1:1/",
        "http://example.com/",
        "https://host/a/../b",
        &format!("https://{PLANTED}@host/"),
    ] {
        check.error(&client.send(request(address)).await.unwrap_err());
    }
    check.debug(&client);
    let proxied = reqwest::Proxy::all(format!("http://{PLANTED}:{PLANTED}@127.0.0.1:1")).unwrap();
    let proxied = ReqwestTransport::new(reqwest::Client::builder().proxy(proxied).build().unwrap());
    check.debug(&proxied);
    check.error(&proxied.send(request("https://host/")).await.unwrap_err());
    check.debug(&HttpClient::builder().trust_pem(PLANTED));
    check.error(&HttpClient::builder().trust_pem(PLANTED).build().unwrap_err());
}

#[tokio::test]
async fn events_tell_of_retries_and_of_no_secret() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .without_time()
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let clock = FakeClock::at(0);
    let script = ScriptedTransport::new()
        .then(429, &[("retry-after", "2")], PLANTED)
        .then_unreachable()
        .then(200, &[], PLANTED);
    let transport = RetryTransport::new(script)
        .with_clock(clock.shared())
        .with_sleep(FakeSleep::on(&clock).shared())
        .with_random(Arc::new(credential_testkit::SequenceRandom::default()));
    transport.send(request("https://host/path")).await.unwrap();
    let too_long = ScriptedTransport::new().then(429, &[("retry-after", "3600")], PLANTED);
    let transport =
        RetryTransport::new(too_long).with_random(Arc::new(credential_testkit::SequenceRandom::default()));
    transport.send(request("https://host/path")).await.unwrap();
    drop(guard);

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    LeakCheck::new([PLANTED]).text(&text);
    insta::assert_snapshot!(text);
}
