//! Runs contestants in turn and compares them.

use rustix::time::{ClockId, clock_gettime};

use crate::report::{Kind, Row, Section};

const ROUNDS: usize = 31;

/// One way to do the work.
pub struct Contestant<'a> {
    name: &'static str,
    kind: Kind,
    work: Box<dyn FnMut() + 'a>,
}

/// What is compared, and how.
pub struct Comparison {
    pub id: &'static str,
    pub title: &'static str,
    pub note: Option<&'static str>,
    /// Calls that make one reading.
    pub calls: u32,
    /// Whose processor time is read.
    pub clock: ClockId,
}

/// Names one way to do the work. The result of `work` is kept from being optimized away.
pub fn contestant<'a, R>(kind: Kind, name: &'static str, mut work: impl FnMut() -> R + 'a) -> Contestant<'a> {
    let work = Box::new(move || {
        std::hint::black_box(work());
    });
    Contestant { name, kind, work }
}

fn per_call(work: &mut dyn FnMut(), comparison: &Comparison) -> f64 {
    let now = || {
        let time = clock_gettime(comparison.clock);
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    };
    let start = now();
    for _ in 0..comparison.calls {
        work();
    }
    (now() - start) / f64::from(comparison.calls)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Measures all contestants in turn, the first of which is the one that the others are compared with.
pub fn compare(comparison: &Comparison, mut contestants: Vec<Contestant<'_>>) -> Section {
    let mut readings = vec![Vec::new(); contestants.len()];
    for round in 0..ROUNDS + 2 {
        for (contestant, readings) in contestants.iter_mut().zip(&mut readings) {
            let reading = per_call(&mut contestant.work, comparison);
            // The first two rounds warm caches and predictors up.
            if round >= 2 {
                readings.push(reading);
            }
        }
    }
    let first = readings[0].clone();
    let rows = contestants
        .iter_mut()
        .zip(readings)
        .map(|(contestant, readings)| {
            let value = median(readings.iter().zip(&first).map(|(mine, first)| mine / first).collect());
            let allocations = allocation_counter::measure(&mut contestant.work).count_total;
            let cells = vec![format!("{value:.2}"), allocations.to_string()];
            Row { name: contestant.name, kind: contestant.kind, value, cells }
        })
        .collect();
    Section {
        id: comparison.id,
        title: comparison.title.to_owned(),
        note: comparison.note,
        columns: vec!["times the first row", "heap allocations"],
        rows,
        axis: "times the first row; shorter is better",
    }
}
