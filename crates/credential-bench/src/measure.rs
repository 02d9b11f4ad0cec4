//! Runs contestants in turn and compares them.

use std::fmt;

use rustix::time::{ClockId, clock_gettime};

const ROUNDS: usize = 31;

/// One way to do the work.
pub struct Contestant<'a> {
    name: &'static str,
    work: Box<dyn FnMut() + 'a>,
}

/// A table of contestants, the floor first.
pub struct Table {
    title: &'static str,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    ratio: f64,
    allocations: u64,
}

/// Names one way to do the work. The result of `work` is kept from being optimized away.
pub fn contestant<'a, R>(name: &'static str, mut work: impl FnMut() -> R + 'a) -> Contestant<'a> {
    Contestant {
        name,
        work: Box::new(move || {
            std::hint::black_box(work());
        }),
    }
}

fn thread_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn per_call(work: &mut dyn FnMut(), calls: u32) -> f64 {
    let start = thread_time();
    for _ in 0..calls {
        work();
    }
    (thread_time() - start) / f64::from(calls)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Measures all contestants in turn; `calls` of each make one reading.
pub fn compare(title: &'static str, calls: u32, mut contestants: Vec<Contestant<'_>>) -> Table {
    let mut readings = vec![Vec::new(); contestants.len()];
    for round in 0..ROUNDS + 2 {
        for (contestant, readings) in contestants.iter_mut().zip(&mut readings) {
            let reading = per_call(&mut contestant.work, calls);
            // The first two rounds warm caches and predictors up.
            if round >= 2 {
                readings.push(reading);
            }
        }
    }
    let floor = readings[0].clone();
    let rows = contestants
        .iter_mut()
        .zip(readings)
        .map(|(contestant, readings)| Row {
            name: contestant.name,
            ratio: median(readings.iter().zip(&floor).map(|(mine, floor)| mine / floor).collect()),
            allocations: allocation_counter::measure(&mut contestant.work).count_total,
        })
        .collect();
    Table { title, rows }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### {}\n", self.title)?;
        writeln!(f, "| contestant | ratio to the floor | heap allocations |\n| --- | --- | --- |")?;
        for row in &self.rows {
            writeln!(f, "| {} | {:.2} | {} |", row.name, row.ratio, row.allocations)?;
        }
        Ok(())
    }
}
