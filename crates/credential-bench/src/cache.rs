//! A token that lies in the cache.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use azure_core::credentials::TokenCredential as _;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Request, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use credential::{AccessToken, CachedCredential, StaticTokenCredential, TokenCredential, TokenRequest};
use futures::executor::block_on;
use futures::task::noop_waker_ref;
use rustix::time::{ClockId, clock_gettime};

use crate::measure::{Table, compare, contestant};

const SCOPE: &str = "https://management.azure.com/.default";

/// Answers every token request at once.
#[derive(Debug)]
struct Answering;

#[async_trait]
impl HttpClient for Answering {
    async fn execute_request(&self, _request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let body = format!(r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{}"}}"#, text());
        Ok(AsyncRawResponse::from_bytes(azure_core::http::StatusCode::Ok, Headers::new(), body))
    }
}

fn text() -> String {
    "t".repeat(1500)
}

/// Runs a future that is ready at once: what a hit is.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(noop_waker_ref())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("a hit does not wait"),
    }
}

pub fn hit() -> Table {
    let expires_at = SystemTime::now() + Duration::from_secs(3600);
    let floor = ArcSwap::from_pointee(HashMap::from([(SCOPE.to_owned(), (text(), 4_000_000_000_u64))]));
    let coarse_now = || clock_gettime(ClockId::RealtimeCoarse).tv_sec as u64;

    let ours = CachedCredential::new(StaticTokenCredential::new(AccessToken::new(text(), expires_at)));
    let request = TokenRequest::new([SCOPE]);
    block_on(ours.get_token(&request)).unwrap();
    let shared: Arc<dyn TokenCredential> =
        Arc::new(CachedCredential::new(StaticTokenCredential::new(AccessToken::new(text(), expires_at))));
    block_on(shared.get_token(&request)).unwrap();

    let client_options =
        ClientOptions { transport: Some(Transport::new(Arc::new(Answering))), ..ClientOptions::default() };
    let options = ClientSecretCredentialOptions { client_options };
    let theirs =
        ClientSecretCredential::new("tenant", "client".into(), "secret".into(), Some(options)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(theirs.get_token(&[SCOPE], None)).unwrap();

    let moka: moka::future::Cache<String, Arc<(String, SystemTime)>> = moka::future::Cache::new(1000);
    block_on(moka.insert(SCOPE.to_owned(), Arc::new((text(), expires_at))));

    compare(
        "A cached token of 1,500 characters, one caller",
        20_000,
        vec![
            contestant("floor: ArcSwap<HashMap> lookup and a coarse clock", || {
                let map = floor.load();
                let (token, expires_at) = map.get(SCOPE).unwrap();
                (coarse_now() < *expires_at).then(|| token.len())
            }),
            contestant("credential, cached_token (lent)", || {
                ours.cached_token(&request).unwrap().expose().len()
            }),
            contestant("credential, through dyn TokenCredential", || {
                ready(shared.get_token(&request)).unwrap()
            }),
            contestant("moka, with a clock", || {
                let token = ready(moka.get(SCOPE)).unwrap();
                (SystemTime::now() < token.1).then_some(token)
            }),
            contestant("azure_identity ClientSecretCredential", || {
                ready(theirs.get_token(&[SCOPE], None)).unwrap()
            }),
        ],
    )
}

/// Eight tasks on two workers, all asking for the same cached token: wall time of a hit, over one caller's.
pub async fn eight_callers() -> String {
    const HITS: u32 = 200_000;
    let expires_at = SystemTime::now() + Duration::from_secs(3600);
    let ours =
        Arc::new(CachedCredential::new(StaticTokenCredential::new(AccessToken::new(text(), expires_at))));
    let request = Arc::new(TokenRequest::new([SCOPE]));
    ours.get_token(&request).await.unwrap();
    let client_options =
        ClientOptions { transport: Some(Transport::new(Arc::new(Answering))), ..ClientOptions::default() };
    let options = ClientSecretCredentialOptions { client_options };
    let theirs =
        ClientSecretCredential::new("tenant", "client".into(), "secret".into(), Some(options)).unwrap();
    theirs.get_token(&[SCOPE], None).await.unwrap();

    let lent = |callers| {
        let (ours, request) = (ours.clone(), request.clone());
        wall_per_hit(callers, HITS, move || {
            let (ours, request) = (ours.clone(), request.clone());
            async move {
                for _ in 0..HITS {
                    std::hint::black_box(ours.cached_token(&request).unwrap().expose().len());
                }
            }
        })
    };
    let cloned = |callers| {
        let (ours, request) = (ours.clone(), request.clone());
        wall_per_hit(callers, HITS, move || {
            let (ours, request) = (ours.clone(), request.clone());
            async move {
                for _ in 0..HITS {
                    std::hint::black_box(ours.get_token(&request).await.unwrap());
                }
            }
        })
    };
    let azure = |callers| {
        let theirs = theirs.clone();
        wall_per_hit(callers, HITS, move || {
            let theirs = theirs.clone();
            async move {
                for _ in 0..HITS {
                    std::hint::black_box(theirs.get_token(&[SCOPE], None).await.unwrap());
                }
            }
        })
    };
    let rows = [
        ("credential, cached_token (lent)", lent(1).await, lent(8).await),
        ("credential, get_token", cloned(1).await, cloned(8).await),
        ("azure_identity", azure(1).await, azure(8).await),
    ];
    let mut table = String::from(
        "### Eight callers on two workers, wall time of a hit\n\n\
         | contestant | over one caller (0.5 is perfect) | over the lent token |\n| --- | --- | --- |\n",
    );
    for (name, one, eight) in rows {
        table += &format!("| {name} | {:.2} | {:.1} |\n", eight / one, eight / rows[0].2);
    }
    table
}

/// The least of five runs, because wall time also counts what else the machine does.
async fn wall_per_hit<F: Future<Output = ()> + Send + 'static>(
    callers: u32,
    hits: u32,
    call: impl Fn() -> F,
) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..5 {
        let start = std::time::Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..callers {
            tasks.spawn(call());
        }
        tasks.join_all().await;
        least = least.min(start.elapsed().as_nanos() as f64 / f64::from(callers) / f64::from(hits));
    }
    least
}
