//! What the benchmarks print.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Report {
    pub(crate) sections: Vec<Section>,
    pub(crate) targets: Vec<Target>,
}

/// One comparison.
#[derive(Deserialize)]
pub(crate) struct Section {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) note: Option<String>,
    /// The columns behind the contestant's name.
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// What the bars measure.
    pub(crate) axis: String,
}

/// One contestant.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The length of its bar.
    pub(crate) value: f64,
    pub(crate) cells: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Floor,
    Ours,
    Peer,
}

/// An aim of the design.
#[derive(Deserialize)]
pub(crate) struct Target {
    pub(crate) aim: String,
    pub(crate) measured: String,
    pub(crate) met: bool,
}
