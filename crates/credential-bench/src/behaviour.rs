//! What happens when many callers want tokens at once: requests sent, and how long callers wait.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use azure_core::credentials::TokenCredential as _;
use credential::{CachedCredential, TokenCredential, TokenRequest, TokioSpawn};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use crate::peers::{Moka, SCOPE, azure_identity, google};
use crate::report::{Kind, Report, Row, Section};
use crate::service::{Service, token};

/// One call for the token, whatever comes of it.
type Call = Box<dyn Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

fn call<F: Future<Output = ()> + Send + 'static>(work: impl Fn() -> F + Send + 'static) -> Call {
    Box::new(move || Box::pin(work()))
}

fn ours(cache: CachedCredential<Service>) -> Call {
    let cache = Arc::new(cache);
    call(move || {
        let cache = cache.clone();
        async move { drop(cache.get_token(&TokenRequest::new([SCOPE])).await) }
    })
}

fn azure(service: &Service) -> Call {
    let credential = azure_identity(Arc::new(service.clone()));
    call(move || {
        let credential = credential.clone();
        async move { drop(credential.get_token(&[SCOPE], None).await) }
    })
}

fn googles(service: &Service) -> Call {
    let credential = google(service);
    call(move || {
        let credential = credential.clone();
        async move { drop(credential.access_token().await) }
    })
}

fn moka(service: &Service, time_to_live: Duration) -> Call {
    let cache = Moka::new(service.clone(), 1000, time_to_live);
    call(move || {
        let cache = cache.clone();
        async move { drop(cache.get(SCOPE).await) }
    })
}

/// The least that anybody can do: one cell, filled once.
fn floor(service: &Service) -> Call {
    let cell = Arc::new((OnceCell::new(), service.clone()));
    call(move || {
        let cell = cell.clone();
        async move {
            let fetch = async || if cell.1.answer().await { Ok(token()) } else { Err(()) };
            let _either_way = cell.0.get_or_try_init(fetch).await;
        }
    })
}

/// Runs `callers` at once; returns how long until all had their answer, and the longest wait of one.
async fn at_once(callers: usize, call: &Call) -> (Duration, Duration) {
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
    let longest = tasks.join_all().await.into_iter().max().expect("callers");
    (start.elapsed(), longest)
}

/// Milliseconds for an answer in a stampede.
const TAKES: u64 = 25;

/// Many callers, an empty cache: requests sent, and the time until all are answered over the time of one answer.
pub async fn stampede(report: &mut Report, callers: usize, refuses: bool) {
    let mut rows = Vec::new();
    for (kind, name) in [
        (Kind::Floor, "floor: one cell, filled once"),
        (Kind::Ours, "credential"),
        (Kind::Peer, "a moka cache"),
        (Kind::Peer, "google-cloud-auth"),
        (Kind::Peer, "azure_identity"),
    ] {
        if refuses && kind == Kind::Floor {
            // A cell that stays empty tries again for each caller: no floor for this.
            continue;
        }
        let service = Service::new(TAKES, refuses, 3600);
        let call = match name {
            "credential" => ours(CachedCredential::new(service.clone())),
            "a moka cache" => moka(&service, Duration::from_secs(3600)),
            "google-cloud-auth" => googles(&service),
            "azure_identity" => azure(&service),
            _ => floor(&service),
        };
        let (all, _) = at_once(callers, &call).await;
        let answers = all.as_secs_f64() / service.takes.as_secs_f64();
        let requests = service.times_asked();
        rows.push(Row { name, kind, value: answers, cells: vec![requests.to_string(), format!("{answers:.1}")] });
        if name == "credential" && !refuses {
            report.at_most("1,000 callers, cold cache: requests", requests as f64, 1.0);
        } else if name == "credential" {
            report.at_most("1,000 callers, refused: requests", requests as f64, 1.0);
        }
    }
    let (id, what) = if refuses {
        ("stampede-refused", "the service refuses")
    } else {
        ("stampede-cold", "an empty cache")
    };
    report.sections.push(Section {
        id,
        title: format!("{} callers at once, {what}", thousands(callers)),
        note: Some("The service takes 25 ms for an answer."),
        columns: vec!["token requests", "all answered after, in answers"],
        rows,
        axis: "time until all are answered, in answers of the service; shorter is better",
    });
}

fn thousands(number: usize) -> String {
    if number >= 1000 { format!("{},{:03}", number / 1000, number % 1000) } else { number.to_string() }
}

/// When a token that is still valid becomes due: a second after it was issued, by each contestant's own rule.
pub async fn renewal(report: &mut Report) {
    const RENEWAL_TAKES: u64 = 500;
    let with_life = |life| Service::new(RENEWAL_TAKES, false, life);
    let due = |mut service: Service| {
        service.renewal_after = Some(Duration::from_secs(1));
        service
    };
    let background = |service: &Service| {
        let spawn = TokioSpawn::current().expect("a runtime");
        CachedCredential::new(service.clone()).with_spawn(Arc::new(spawn))
    };
    let mut rows = Vec::new();
    for (kind, name, service) in [
        (Kind::Ours, "credential, in the background", due(with_life(3600))),
        (Kind::Ours, "credential, no runtime given", due(with_life(3600))),
        // Renews four minutes before expiry.
        (Kind::Peer, "google-cloud-auth", with_life(241)),
        // Knows no renewal: the token's life ends, and it is fetched anew.
        (Kind::Peer, "a moka cache", with_life(3600)),
        // Renews five minutes before expiry.
        (Kind::Peer, "azure_identity", with_life(301)),
    ] {
        let call = match name {
            "credential, in the background" => ours(background(&service)),
            "credential, no runtime given" => ours(CachedCredential::new(service.clone())),
            "google-cloud-auth" => googles(&service),
            "a moka cache" => moka(&service, Duration::from_secs(1)),
            _ => azure(&service),
        };
        at_once(1, &call).await;
        let issued = Instant::now();
        let (mut longest, mut waiting, mut calls) = (Duration::ZERO, 0, 0_usize);
        tokio::time::sleep(Duration::from_millis(900)).await;
        // Eight callers every five milliseconds, from before it is due until after it is renewed.
        let mut tasks = JoinSet::new();
        while issued.elapsed() < Duration::from_millis(2200) {
            for _ in 0..8 {
                let work = call();
                tasks.spawn(async move {
                    let start = Instant::now();
                    work.await;
                    start.elapsed()
                });
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        while let Some(waited) = tasks.join_next().await {
            let waited = waited.expect("a caller");
            longest = longest.max(waited);
            calls += 1;
            waiting += usize::from(waited > Duration::from_millis(RENEWAL_TAKES / 10));
        }
        let (answers, share) = (longest.as_secs_f64() / service.takes.as_secs_f64(), waiting * 100 / calls.max(1));
        let cells = vec![service.times_asked().saturating_sub(1).to_string(), format!("{answers:.2}"), format!("{share} %")];
        rows.push(Row { name, kind, value: answers, cells });
        if name == "credential, in the background" {
            report.at_most("renewal of a valid token: longest wait, in answers of the service", answers, 0.2);
        }
    }
    report.sections.push(Section {
        id: "renewal",
        title: "The moment of renewal, eight callers every 5 ms".to_owned(),
        note: Some(
            "The service takes 500 ms. moka's own answer to an expiring entry is to fetch it anew, so its callers wait as on the \
             first day. Callers count as waiting from 50 ms on.",
        ),
        columns: vec!["renewals", "longest wait, in answers", "callers that waited"],
        rows,
        axis: "longest wait of a caller, in answers of the service; shorter is better",
    });
}

/// A token that lives 240 s, asked for 100 times.
pub async fn short_lived(report: &mut Report) {
    let mut rows = Vec::new();
    for (kind, name) in [
        (Kind::Ours, "credential"),
        (Kind::Peer, "google-cloud-auth"),
        (Kind::Peer, "azure_identity"),
    ] {
        let service = Service::new(0, false, 240);
        let call = match name {
            "credential" => ours(CachedCredential::new(service.clone())),
            "google-cloud-auth" => googles(&service),
            _ => azure(&service),
        };
        for _ in 0..100 {
            call().await;
        }
        let requests = service.times_asked();
        rows.push(Row { name, kind, value: requests as f64, cells: vec![requests.to_string()] });
        if name == "credential" {
            report.at_most("a token of 240 s, asked for 100 times: requests", requests as f64, 2.0);
        }
    }
    report.sections.push(Section {
        id: "short-lived",
        title: "A token of 240 seconds, asked for 100 times".to_owned(),
        note: None,
        columns: vec!["token requests"],
        rows,
        axis: "token requests; shorter is better",
    });
}

const KEYS: usize = 100_000;

/// Heap bytes held for each of many cached tokens of 1,500 bytes.
pub fn memory(report: &mut Report) {
    let service = || Service::new(0, false, 3600);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let scopes = || (0..KEYS).map(|number| format!("https://resource-{number:08}.example/.default"));
    let rows = [
        (Kind::Floor, "floor: HashMap<Box<str>, Arc<..>>", held(|| {
            let expires_at = SystemTime::now();
            let map: HashMap<Box<str>, Arc<(Box<str>, SystemTime)>> = scopes()
                .map(|scope| (scope.into_boxed_str(), Arc::new((token().into_boxed_str(), expires_at))))
                .collect();
            Box::new(map)
        })),
        (Kind::Ours, "credential", held(|| {
            let cache = CachedCredential::new(service()).with_capacity(KEYS);
            runtime.block_on(async {
                for scope in scopes() {
                    cache.get_token(&TokenRequest::new([scope])).await.expect("a token");
                }
            });
            Box::new(cache)
        })),
        (Kind::Peer, "azure_identity", held(|| {
            let credential = azure_identity(Arc::new(service()));
            runtime.block_on(async {
                for scope in scopes() {
                    credential.get_token(&[&scope], None).await.expect("a token");
                }
            });
            Box::new(credential)
        })),
        (Kind::Peer, "a moka cache", held(|| {
            let cache = Moka::new(service(), KEYS as u64 * 2, Duration::from_secs(3600));
            runtime.block_on(async {
                for scope in scopes() {
                    cache.get(&scope).await.expect("a token");
                }
                cache.cache.run_pending_tasks().await;
            });
            Box::new(cache)
        })),
    ]
    .map(|(kind, name, bytes)| Row { name, kind, value: bytes, cells: vec![format!("{bytes:.0}")] });
    let section = Section {
        id: "memory",
        title: "100,000 keys, a token of 1,500 characters each".to_owned(),
        note: Some("google-cloud-auth holds one token per credential, with a task for each, and is left out."),
        columns: vec!["bytes of heap for each token"],
        rows: rows.into(),
        axis: "bytes of heap for each token, its key included; shorter is better",
    };
    report.at_most("memory: at most 1,700 bytes for a token of 1,500", section.value("credential"), 1700.0);
    report.sections.push(section);
}

/// Bytes of heap that what `fill` returns holds, for each key.
fn held(fill: impl FnOnce() -> Box<dyn std::any::Any>) -> f64 {
    let mut kept = None;
    let counts = allocation_counter::measure(|| kept = Some(fill()));
    drop(kept);
    counts.bytes_current.max(0) as f64 / KEYS as f64
}
