//! How many signed Identity calls one emulator answers in a second, and whether its memory stays flat.
//!
//! `cargo run --release -p credential-emulator --example load -- [requests]` starts an emulator within this process and asks
//! it over plain http from 32 callers with connections of their own that stay open, 200,000 times unless told otherwise. Each
//! call is signed anew; users are created, get a token and are deleted in turns, and any answer but the right one ends the
//! program. A line is printed after 20,000, 100,000 and all requests: the rate and the median and 99th percentile since the
//! line before, and the resident memory of the whole process, client included (Linux only). The last line is https: HTTP/2
//! over one connection, at most 20,000 requests.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use acs_hmac::{ConnectionString, Signer};
use bytes::Bytes;
use credential::{Clock, SystemClock, Transport};
use credential_emulator::Emulator;
use credential_http::{HttpClient, RetryPolicy};
use http::{Method, Request, StatusCode};
use tokio::task::JoinSet;

type Failure = Box<dyn Error + Send + Sync>;

/// Callers at the same time.
const CALLERS: usize = 32;
/// How many requests are sent unless the command line says otherwise.
const REQUESTS: usize = 200_000;
/// After how many requests a line is printed, beside the last.
const LINES: [usize; 2] = [20_000, 100_000];
/// How many requests are sent over https at most.
const MOST_OVER_TLS: usize = 20_000;
/// Calls in the life of a user.
const TURNS: usize = 3;
const VERSION: &str = "api-version=2023-10-01";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let requests = match std::env::args().nth(1) {
        Some(text) => text.parse().map_err(|_| "the number of requests is not a whole number")?,
        None => REQUESTS,
    };
    let emulator = Emulator::start().await?;
    print("          requests  per second  p50 ms  p99 ms  resident MiB");
    let http = Arc::new(Caller::new(&emulator, emulator.http_origin())?);
    let mut sent = 0;
    for line in LINES.into_iter().filter(|line| *line < requests).chain([requests]) {
        measure("http", &http, line, line - sent).await?;
        sent = line;
    }
    let over_tls = requests.min(MOST_OVER_TLS);
    let https = Arc::new(Caller::new(&emulator, emulator.https_origin())?);
    measure("https", &https, over_tls, over_tls).await
}

/// Sends this many requests from all callers, and prints a line.
async fn measure(name: &str, caller: &Arc<Caller>, sum: usize, requests: usize) -> Result<(), Failure> {
    let lives = Arc::new(AtomicUsize::new(requests.div_ceil(TURNS)));
    let times = Arc::new(Times::new());
    let start = SystemClock::default().elapsed();
    let mut tasks = JoinSet::new();
    for _ in 0..CALLERS {
        let (caller, lives, times) = (Arc::clone(caller), Arc::clone(&lives), Arc::clone(&times));
        tasks.spawn(async move {
            let next = |left: usize| left.checked_sub(1);
            while lives.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok() {
                caller.life_of_a_user(&times).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let seconds = (SystemClock::default().elapsed() - start).as_secs_f64();
    let rate = times.count() as f64 / seconds;
    let (median, late) = (times.percentile(50), times.percentile(99));
    let memory = resident_mib().map_or_else(|| "unknown".to_owned(), |mib| format!("{mib:.1}"));
    print(&format!("{name:<6}  {sum:>10}  {rate:>10.0}  {median:>6.1}  {late:>6.1}  {memory:>12}"));
    Ok(())
}

/// Who asks, and where.
struct Caller {
    client: HttpClient,
    signer: Signer,
    origin: String,
}

impl Caller {
    fn new(emulator: &Emulator, origin: &str) -> Result<Self, Failure> {
        // A retry would hide a wrong answer.
        let client = HttpClient::builder().trust_pem(emulator.ca_pem()).retry(RetryPolicy::none()).build()?;
        let key = ConnectionString::parse(&emulator.acs_connection_string())?.into_access_key();
        Ok(Self { client, signer: Signer::new(key)?, origin: origin.to_owned() })
    }

    async fn life_of_a_user(&self, times: &Times) -> Result<(), Failure> {
        let path = format!("/identities?{VERSION}");
        let created = self.call(times, Method::POST, &path, "{}", StatusCode::CREATED).await?;
        let created: serde_json::Value = serde_json::from_slice(&created)?;
        let id = created["identity"]["id"].as_str().ok_or("the answer names no user")?;
        let path = format!("/identities/{id}/:issueAccessToken?{VERSION}");
        self.call(times, Method::POST, &path, r#"{"scopes":["chat"]}"#, StatusCode::OK).await?;
        let path = format!("/identities/{id}?{VERSION}");
        self.call(times, Method::DELETE, &path, "", StatusCode::NO_CONTENT).await?;
        Ok(())
    }

    /// Signs, sends and checks one request; its time begins before the signature.
    async fn call(
        &self,
        times: &Times,
        method: Method,
        path: &str,
        body: &'static str,
        expected: StatusCode,
    ) -> Result<Bytes, Failure> {
        let start = SystemClock::default().elapsed();
        let request = Request::builder().method(&method).uri(format!("{}{path}", self.origin));
        let request = request.header("content-type", "application/json");
        let mut request = request.body(Bytes::from_static(body.as_bytes()))?;
        self.signer.sign(&mut request)?;
        let response = self.client.send(request).await?;
        times.add(SystemClock::default().elapsed() - start);
        if response.status() != expected {
            return Err(format!("{method}: expected {expected}, found {}", response.status()).into());
        }
        Ok(response.into_body())
    }
}

/// How often a request took how long, in steps of 0.1 ms; the last step holds whatever took a second or more. Of one size from
/// the start, so that it does not show in the memory.
struct Times(Vec<AtomicU32>);

impl Times {
    const STEPS: usize = 10_000;

    fn new() -> Self {
        Self((0..=Self::STEPS).map(|_| AtomicU32::new(0)).collect())
    }

    fn add(&self, time: Duration) {
        let step = usize::try_from(time.as_micros() / 100).unwrap_or(Self::STEPS).min(Self::STEPS);
        self.0[step].fetch_add(1, Ordering::Relaxed);
    }

    fn count(&self) -> u64 {
        self.0.iter().map(|count| u64::from(count.load(Ordering::Relaxed))).sum()
    }

    /// Returns the time within which this share of the requests ended, in milliseconds.
    fn percentile(&self, percent: u64) -> f64 {
        let wanted = (self.count() * percent).div_ceil(100);
        let mut counted = 0;
        let within = self.0.iter().position(|count| {
            counted += u64::from(count.load(Ordering::Relaxed));
            counted >= wanted
        });
        (within.unwrap_or(Self::STEPS) + 1) as f64 / 10.0
    }
}

/// Returns the memory of this process that is in RAM, where the system says so in the way of Linux.
#[expect(
    clippy::disallowed_methods,
    reason = "a program of its own: no port stands between it and the system"
)]
fn resident_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[expect(clippy::print_stdout, reason = "what a program prints is what it is for")]
fn print(line: &str) {
    println!("{line}");
}
