//! The result of `throughput`: its JSON and its tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::STAGES;
use crate::metadata::Metadata;
use crate::stats::Spread;
use crate::table::Table;

/// The name and version of the result's schema.
pub const THROUGHPUT_SCHEMA: &str = "ivendor.bench.throughput/1";

/// How fast documents were read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThroughputResult {
    /// Always [`THROUGHPUT_SCHEMA`].
    pub schema: String,
    /// Where it comes from.
    pub metadata: Metadata,
    /// Documents of one round.
    pub documents: usize,
    /// This project.
    pub ours: SideSpeed,
    /// The peer.
    pub peer: Option<SideSpeed>,
    /// Documents a second of ours over those of the peer, round by round.
    pub ratio: Option<Spread>,
    /// Each stage's share of our time, 0–1.
    pub stages: BTreeMap<String, f64>,
}

/// One side's speed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SideSpeed {
    /// Who.
    pub name: String,
    /// Documents a second over the rounds.
    pub documents_per_s: Spread,
    /// Pages a second, in the median round.
    pub pages_per_s: f64,
    /// Lines a second, in the median round.
    pub lines_per_s: f64,
    /// Pages of one round.
    pub pages: usize,
    /// Lines that were read in one round.
    pub lines: usize,
    /// Documents of one round that could not be read.
    pub failed: usize,
    /// Seconds of each round.
    pub rounds_s: Vec<f64>,
    /// The most memory it ever held, in bytes, where the system tells.
    pub peak_rss_bytes: Option<u64>,
    /// Seconds from starting its process until it was ready; in no round.
    pub start_s: f64,
    /// Seconds of that for loading the models alone.
    pub load_s: f64,
}

impl ThroughputResult {
    /// The tables for a person.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let header = [
            "reader",
            "documents/s",
            "min to max",
            "pages/s",
            "lines/s",
            "peak memory",
            "start",
            "load",
            "failed",
        ];
        let rounds = self.ours.rounds_s.len();
        let title = format!(
            "Throughput: {} documents, {rounds} rounds, {} threads",
            self.documents, self.metadata.threads
        );
        let mut speed = Table::new(title, &header);
        for side in std::iter::once(&self.ours).chain(&self.peer) {
            speed.row(side.cells());
        }
        if let Some(ratio) = self.ratio {
            let range = format!("{:.2} to {:.2}", ratio.min, ratio.max);
            speed.row(["ours / peer".to_owned(), format!("{:.2}", ratio.median), range]);
        }
        let mut stages = Table::new("Where our time goes", &["stage", "share"]);
        for stage in STAGES {
            let share = self.stages.get(stage).copied().unwrap_or(0.0);
            stages.row([stage.to_owned(), format!("{:.1} %", share * 100.0)]);
        }
        vec![speed, stages]
    }
}

impl SideSpeed {
    fn cells(&self) -> Vec<String> {
        let Spread { median, min, max } = self.documents_per_s;
        let memory = |bytes: u64| format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20));
        vec![
            self.name.clone(),
            format!("{median:.3}"),
            format!("{min:.3} to {max:.3}"),
            format!("{:.3}", self.pages_per_s),
            format!("{:.1}", self.lines_per_s),
            self.peak_rss_bytes.map_or_else(|| "not known".to_owned(), memory),
            format!("{:.2} s", self.start_s),
            format!("{:.2} s", self.load_s),
            self.failed.to_string(),
        ]
    }
}
