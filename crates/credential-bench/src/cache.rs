//! A token that lies in the cache.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use azure_core::credentials::TokenCredential as _;
use credential::{
    AccessToken, CachedCredential, IntoAzureCore, StaticTokenCredential, TokenCredential, TokenRequest,
};
use futures::task::noop_waker_ref;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

use crate::measure::{Comparison, compare, contestant};
use crate::peers::{Moka, SCOPE, azure_identity, google};
use crate::report::{Kind, Report, Row, Section};
use crate::service::{Service, token};

const LENT: &str = "credential, lent (cached_token)";
const DYN: &str = "credential, through dyn TokenCredential";
const AZURE_TRAIT: &str = "credential, through azure_core's TokenCredential";
const AZURE: &str = "azure_identity";

/// Runs a future that is ready at once: what a hit is.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(noop_waker_ref())) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("a hit does not wait"),
    }
}

fn ours() -> CachedCredential<StaticTokenCredential> {
    let expires_at = SystemTime::now() + Duration::from_secs(3600);
    let ours = CachedCredential::new(StaticTokenCredential::new(AccessToken::new(token(), expires_at)));
    ready(ours.get_token(&TokenRequest::new([SCOPE]))).expect("a token");
    ours
}

fn quick() -> Service {
    Service::new(0, false, 3600)
}

fn moka() -> Moka {
    Moka::new(quick(), 1000, Duration::from_secs(3600))
}

const HITS: u32 = 200_000;

/// A future of many hits; a macro, because async closures are not known to be `Send` yet.
macro_rules! repeat {
    ($hit:expr) => {
        async move {
            for _ in 0..HITS {
                std::hint::black_box($hit);
            }
        }
    };
}

/// One caller.
pub fn hit(report: &mut Report, runtime: &Runtime) {
    let floor = ArcSwap::from_pointee(HashMap::from([(SCOPE.to_owned(), (token(), 4_000_000_000_u64))]));
    let request = TokenRequest::new([SCOPE]);
    let lent = ours();
    let shared: Arc<dyn TokenCredential> = Arc::new(ours());
    let bridged = ours().into_azure_core();
    let (azure, google, moka) = runtime.block_on(async {
        let (azure, google, moka) = (azure_identity(Arc::new(quick())), google(&quick()), moka());
        azure.get_token(&[SCOPE], None).await.expect("a token");
        google.access_token().await.expect("a token");
        moka.get(SCOPE).await.expect("a token");
        (azure, google, moka)
    });
    let comparison = Comparison {
        id: "cached-token",
        title: "A cached token of 1,500 characters, one caller",
        note: Some("The first row is the floor: one lock-free look-up by scope, and a coarse clock."),
        calls: 20_000,
        clock: ClockId::ThreadCPUTime,
    };
    let section = compare(
        &comparison,
        vec![
            contestant(Kind::Floor, "floor: ArcSwap<HashMap> and a coarse clock", || {
                let map = floor.load();
                let (token, expires_at) = map.get(SCOPE).expect("a token");
                (clock_gettime(ClockId::RealtimeCoarse).tv_sec as u64).lt(expires_at).then(|| token.len())
            }),
            contestant(Kind::Ours, LENT, || lent.cached_token(&request).expect("a token").expose().len()),
            contestant(Kind::Ours, DYN, || ready(shared.get_token(&request)).expect("a token")),
            contestant(Kind::Ours, AZURE_TRAIT, || ready(bridged.get_token(&[SCOPE], None)).expect("a token")),
            contestant(Kind::Peer, "a moka cache", || ready(moka.get(SCOPE)).expect("a token")),
            contestant(Kind::Peer, "google-cloud-auth", || ready(google.access_token()).expect("a token")),
            contestant(Kind::Peer, AZURE, || ready(azure.get_token(&[SCOPE], None)).expect("a token")),
        ],
    );
    let azure = section.value(AZURE);
    report.at_most("cached token, lent: at most 1.3 times the floor", section.value(LENT), 1.3);
    report.at_least("cached token, dyn TokenCredential: twice as fast as azure_identity", azure / section.value(DYN), 2.0);
    report.at_least(
        "cached token, azure_core's trait: twice as fast as azure_identity",
        azure / section.value(AZURE_TRAIT),
        2.0,
    );
    report.sections.push(section);
}

/// Eight tasks on two workers, all asking for the same cached token: wall time of a hit, over one caller's.
pub async fn eight_callers(report: &mut Report) {
    let request = Arc::new(TokenRequest::new([SCOPE]));
    let (lent, cloned) = (Arc::new(ours()), Arc::new(ours()));
    let (azure, google, moka) = (azure_identity(Arc::new(quick())), google(&quick()), moka());
    azure.get_token(&[SCOPE], None).await.expect("a token");
    google.access_token().await.expect("a token");
    moka.get(SCOPE).await.expect("a token");

    let request_of_clone = request.clone();
    let lent = hits(move || {
        let (lent, request) = (lent.clone(), request.clone());
        repeat!(lent.cached_token(&request).expect("a token").expose().len())
    });
    let cloned = hits(move || {
        let (cloned, request) = (cloned.clone(), request_of_clone.clone());
        repeat!(cloned.get_token(&request).await.expect("a token"))
    });
    let moka = hits(move || {
        let moka = moka.clone();
        repeat!(moka.get(SCOPE).await.expect("a token"))
    });
    let google = hits(move || {
        let google = google.clone();
        repeat!(google.access_token().await.expect("a token"))
    });
    let azure = hits(move || {
        let azure = azure.clone();
        repeat!(azure.get_token(&[SCOPE], None).await.expect("a token"))
    });
    let readings = [
        (Kind::Ours, LENT, lent.await),
        (Kind::Ours, "credential, get_token", cloned.await),
        (Kind::Peer, "a moka cache", moka.await),
        (Kind::Peer, "google-cloud-auth", google.await),
        (Kind::Peer, AZURE, azure.await),
    ];
    let first = readings[0].2.1;
    let rows = readings.map(|(kind, name, (one, eight))| {
        let (value, scaling) = (eight / first, eight / one);
        Row { name, kind, value, cells: vec![format!("{value:.1}"), format!("{scaling:.2}")] }
    });
    let section = Section {
        id: "cached-token-eight-callers",
        title: "The same token, eight callers on two processors".to_owned(),
        note: Some("Wall time of one hit, the best of five runs. With perfect scaling two processors take half of one's time."),
        columns: vec!["times the first row", "over one caller (0.5 is perfect)"],
        rows: rows.into(),
        axis: "times the first row; shorter is better",
    };
    let (one, eight) = readings[0].2;
    report.at_most("cached token, lent, two processors: at most 0.6 of one caller's wall time", eight / one, 0.6);
    report.sections.push(section);
}

/// Wall time of a hit, with one caller and with eight: the least of five runs, because it also counts what else the machine
/// does.
async fn hits<F: Future<Output = ()> + Send + 'static>(call: impl Fn() -> F) -> (f64, f64) {
    let mut least = (f64::INFINITY, f64::INFINITY);
    for _ in 0..5 {
        least.0 = least.0.min(wall_per_hit(1, &call).await);
        least.1 = least.1.min(wall_per_hit(8, &call).await);
    }
    least
}

async fn wall_per_hit<F: Future<Output = ()> + Send + 'static>(callers: u32, call: &impl Fn() -> F) -> f64 {
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..callers {
        tasks.spawn(call());
    }
    tasks.join_all().await;
    start.elapsed().as_nanos() as f64 / f64::from(callers) / f64::from(HITS)
}
