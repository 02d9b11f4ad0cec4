//! What a run found, as `cargo xtask bench` reads it to write its page and charts.

use serde::Serialize;

/// Everything that one run found.
#[derive(Default, Serialize)]
pub struct Report {
    pub sections: Vec<Section>,
    pub targets: Vec<Target>,
}

/// One comparison.
#[derive(Serialize)]
pub struct Section {
    /// The chart's file name, without its ending.
    pub id: &'static str,
    pub title: String,
    /// What a reader must know beside the title.
    pub note: Option<&'static str>,
    /// The columns behind the contestant's name.
    pub columns: Vec<&'static str>,
    pub rows: Vec<Row>,
    /// What the bars of the chart measure.
    pub axis: &'static str,
}

/// One contestant.
#[derive(Serialize)]
pub struct Row {
    pub name: &'static str,
    pub kind: Kind,
    /// The length of its bar.
    pub value: f64,
    pub cells: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// What nobody can do without.
    Floor,
    Ours,
    Peer,
}

/// An aim of the design, and whether this run met it.
#[derive(Serialize)]
pub struct Target {
    pub aim: &'static str,
    pub measured: String,
    pub met: bool,
}

impl Section {
    /// The bar of a contestant.
    pub fn value(&self, name: &str) -> f64 {
        self.rows.iter().find(|row| row.name == name).expect("a contestant of this section").value
    }
}

impl Report {
    /// Notes an aim that a figure must not exceed.
    pub fn at_most(&mut self, aim: &'static str, measured: f64, limit: f64) {
        self.targets.push(Target { aim, measured: format!("{measured:.2}"), met: measured <= limit });
    }

    /// Notes an aim that a figure must reach.
    pub fn at_least(&mut self, aim: &'static str, measured: f64, limit: f64) {
        self.targets.push(Target { aim, measured: format!("{measured:.2}"), met: measured >= limit });
    }
}
