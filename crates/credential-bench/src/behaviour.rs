//! What happens when many callers want tokens at once: requests sent, and how long callers wait.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use azure_core::credentials::TokenCredential as _;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, ClientOptions, HttpClient, Request, StatusCode, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use credential::{
    AccessToken, CachedCredential, CredentialError, CredentialErrorKind, TokenCredential, TokenRequest,
    TokioSpawn,
};
use tokio::task::JoinSet;

/// A life after whose first second azure_identity renews, five minutes before expiry; ours is told to do the same.
const DUE_SOON: u64 = 301;
const SCOPE: &str = "https://management.azure.com/.default";

/// A service: how long it takes, what it answers, and how often it was asked.
#[derive(Clone, Debug)]
struct Service {
    takes: Duration,
    refuses: bool,
    life: u64,
    asked: Arc<AtomicUsize>,
}

impl Service {
    fn new(takes_ms: u64, refuses: bool, life: u64) -> Self {
        Self { takes: Duration::from_millis(takes_ms), refuses, life, asked: Arc::default() }
    }

    async fn answer(&self) -> String {
        self.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.takes).await;
        "t".repeat(1500)
    }
}

#[async_trait]
impl TokenCredential for Service {
    async fn get_token(&self, _request: &TokenRequest) -> Result<AccessToken, CredentialError> {
        let token = self.answer().await;
        if self.refuses {
            return Err(CredentialError::new(CredentialErrorKind::Refused, "refused", "expect this"));
        }
        let now = SystemTime::now();
        let token = AccessToken::new(token, now + Duration::from_secs(self.life));
        Ok(if self.life == DUE_SOON { token.with_refresh_at(now + Duration::from_secs(1)) } else { token })
    }
}

#[async_trait]
impl HttpClient for Service {
    async fn execute_request(&self, _request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let token = self.answer().await;
        let (status, body) = if self.refuses {
            (StatusCode::Unauthorized, r#"{"error":"invalid_client","error_description":"no"}"#.to_owned())
        } else {
            let body =
                format!(r#"{{"token_type":"Bearer","expires_in":{},"access_token":"{token}"}}"#, self.life);
            (StatusCode::Ok, body)
        };
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), body))
    }
}

fn azure_identity(service: &Service) -> Arc<ClientSecretCredential> {
    let client_options = ClientOptions {
        transport: Some(Transport::new(Arc::new(service.clone()))),
        ..ClientOptions::default()
    };
    let options = ClientSecretCredentialOptions { client_options };
    ClientSecretCredential::new("tenant", "client".into(), "secret".into(), Some(options)).unwrap()
}

/// Runs `callers` at once; returns how long until all had their answer, and the longest wait of one.
async fn at_once<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    call: impl Fn() -> F,
) -> (Duration, Duration) {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let call = call();
        tasks.spawn(async move {
            let start = Instant::now();
            call.await;
            start.elapsed()
        });
    }
    let longest = tasks.join_all().await.into_iter().max().unwrap();
    (start.elapsed(), longest)
}

fn ours(
    cache: &Arc<CachedCredential<Service>>,
) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    let cache = cache.clone();
    move || {
        let cache = cache.clone();
        Box::pin(async move {
            let _either_way = cache.get_token(&TokenRequest::new([SCOPE])).await;
        })
    }
}

fn theirs(
    credential: &Arc<ClientSecretCredential>,
) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    let credential = credential.clone();
    move || {
        let credential = credential.clone();
        Box::pin(async move {
            let _either_way = credential.get_token(&[SCOPE], None).await;
        })
    }
}

/// Many callers, an empty cache: requests sent, and the time until all are answered over the time of one answer.
pub async fn stampede(title: &str, callers: usize, refuses: bool) -> String {
    let mut table = format!(
        "### {title}\n\n| contestant | token requests | all answered after, in answers |\n| --- | --- | --- |\n"
    );
    for (name, is_ours) in [("credential", true), ("azure_identity", false)] {
        let service = Service::new(50, refuses, 3600);
        let (all, _) = if is_ours {
            at_once(callers, ours(&Arc::new(CachedCredential::new(service.clone())))).await
        } else {
            at_once(callers, theirs(&azure_identity(&service))).await
        };
        let answers = all.as_secs_f64() / service.takes.as_secs_f64();
        writeln!(table, "| {name} | {} | {answers:.1} |", service.asked.load(Ordering::SeqCst)).unwrap();
    }
    table
}

/// A token that is still valid and due for renewal; the service takes 500 ms: the longest wait of eight callers.
pub async fn renewal() -> String {
    let mut table = String::from(
        "### Renewing a valid token, service takes 500 ms, eight callers\n\n\
         | contestant | renewals | longest wait, in answers |\n| --- | --- | --- |\n",
    );
    for name in ["credential, background", "credential, no runtime given", "azure_identity"] {
        let service = Service::new(500, false, DUE_SOON);
        let cache = CachedCredential::new(service.clone());
        let cache = Arc::new(match TokioSpawn::current() {
            Some(spawn) if name.ends_with("background") => cache.with_spawn(Arc::new(spawn)),
            _ => cache,
        });
        let credential = azure_identity(&service);
        let longest = if name == "azure_identity" {
            at_once(1, theirs(&credential)).await;
            tokio::time::sleep(Duration::from_millis(1100)).await;
            at_once(8, theirs(&credential)).await.1
        } else {
            at_once(1, ours(&cache)).await;
            tokio::time::sleep(Duration::from_millis(1100)).await;
            at_once(8, ours(&cache)).await.1
        };
        tokio::time::sleep(Duration::from_millis(600)).await;
        let renewals = service.asked.load(Ordering::SeqCst) - 1;
        let answers = longest.as_secs_f64() / service.takes.as_secs_f64();
        writeln!(table, "| {name} | {renewals} | {answers:.2} |").unwrap();
    }
    table
}

/// A token that lives 240 s, asked for 100 times.
pub async fn short_lived() -> String {
    let mut table = String::from(
        "### A token of 240 s, asked for 100 times\n\n| contestant | token requests |\n| --- | --- |\n",
    );
    let service = Service::new(0, false, 240);
    let cache = CachedCredential::new(service.clone());
    for _ in 0..100 {
        cache.get_token(&TokenRequest::new([SCOPE])).await.unwrap();
    }
    writeln!(table, "| credential | {} |", service.asked.load(Ordering::SeqCst)).unwrap();
    let service = Service::new(0, false, 240);
    let credential = azure_identity(&service);
    for _ in 0..100 {
        credential.get_token(&[SCOPE], None).await.unwrap();
    }
    writeln!(table, "| azure_identity | {} |", service.asked.load(Ordering::SeqCst)).unwrap();
    table
}

/// Heap bytes held for each of many cached tokens of 1,500 bytes.
pub fn memory() -> String {
    const KEYS: u64 = 100_000;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let service = Service::new(0, false, 3600);
    let mut cache = None;
    let counts = allocation_counter::measure(|| {
        let all = CachedCredential::new(service).with_capacity(KEYS as usize);
        runtime.block_on(async {
            for number in 0..KEYS {
                let request = TokenRequest::new([format!("https://resource-{number:08}.example/.default")]);
                all.get_token(&request).await.unwrap();
            }
        });
        cache = Some(all);
    });
    let bytes = counts.bytes_current.max(0) as u64 / KEYS;
    format!(
        "### Memory\n\n{KEYS} cached tokens of 1,500 bytes: {bytes} bytes of heap each, key and token included.\n"
    )
}
