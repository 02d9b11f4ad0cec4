//! Measures the family beside its peers, in one process, and prints what it found as JSON: `cargo xtask bench`.
//!
//! Every figure of time is a median over rounds in which all contestants take turns, in CPU time, as a ratio to the first
//! contestant. The machine's speed and its other work cancel out of a ratio.

mod behaviour;
mod cache;
mod fresh;
mod loopback;
mod measure;
mod peer_signers;
mod peers;
mod report;
mod service;
mod signing;

use report::Report;
use tokio::runtime::Builder;

fn main() {
    // With names, only what they name: for whoever works on one comparison.
    let names: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let mut report = Report::default();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    if wanted("signing") {
        signing::all(&mut report);
        signing::two_threads(&mut report);
    }
    if wanted("cache") {
        cache::hit(&mut report, &runtime);
        runtime.block_on(cache::eight_callers(&mut report));
    }
    if wanted("behaviour") {
        runtime.block_on(behaviour::stampede(&mut report, 1000, false));
        runtime.block_on(behaviour::stampede(&mut report, 1000, true));
        runtime.block_on(behaviour::renewal(&mut report));
        runtime.block_on(behaviour::short_lived(&mut report));
    }
    if wanted("memory") {
        behaviour::memory(&mut report);
    }
    if wanted("fresh") {
        fresh::over_loopback(&mut report);
    }
    println!("{}", serde_json::to_string_pretty(&report).expect("JSON"));
}
