//! Measures the family beside its peers, in one process: `cargo xtask bench`.
//!
//! Every figure is a median over rounds in which all contestants take turns, in CPU time of this thread, as a ratio to
//! the first contestant, the bare floor. The machine's speed and its other work cancel out of a ratio.

mod behaviour;
mod cache;
mod measure;
mod signing;

fn main() {
    for table in [signing::empty_get(), signing::post_one_kib(), signing::post_one_mib(), cache::hit()] {
        println!("{table}");
    }
    println!("{}", signing::two_threads());
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    println!("{}", runtime.block_on(cache::eight_callers()));
    println!("{}", runtime.block_on(behaviour::stampede("1,000 callers, an empty cache", 1000, false)));
    println!("{}", runtime.block_on(behaviour::stampede("100 callers, the service refuses", 100, true)));
    println!("{}", runtime.block_on(behaviour::renewal()));
    println!("{}", runtime.block_on(behaviour::short_lived()));
    println!("{}", behaviour::memory());
}
