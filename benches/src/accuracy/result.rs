//! The result of `accuracy`: its JSON and its tables.

use serde::{Deserialize, Serialize};

use super::claims::ClaimsResult;
use crate::fields::{self, FieldsResult};
use crate::forgeries::{self, ForgeryResult};
use crate::metadata::Metadata;
use crate::stats::Interval;
use crate::table::Table;
use crate::types::{self, TypeResult};
use crate::words::{Difference, Scores, Tally};
use crate::zones::ZonesResult;

/// The name and version of the result's schema.
pub const ACCURACY_SCHEMA: &str = "ivendor.bench.accuracy/2";

/// How well documents were read and claims decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccuracyResult {
    /// Always [`ACCURACY_SCHEMA`].
    pub schema: String,
    /// Where it comes from.
    pub metadata: Metadata,
    /// The reading, subset by subset.
    pub subsets: Vec<SubsetResult>,
    /// The decisions, where anything is known to be claimed.
    pub claims: Option<ClaimsResult>,
    /// The true claims one by one.
    #[serde(default)]
    pub fields: Vec<FieldsResult>,
    /// What the documents are taken for.
    #[serde(default)]
    pub types: Vec<TypeResult>,
    /// The machine-readable zones, where documents have some.
    #[serde(default)]
    pub zones: Option<ZonesResult>,
    /// How forged documents fared, where there are any.
    #[serde(default)]
    pub forgeries: Vec<ForgeryResult>,
    /// Every document.
    pub documents: Vec<DocumentResult>,
    /// The documents that were read worst, worst first.
    pub worst: Vec<WorstDocument>,
}

/// The reading of one subset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubsetResult {
    /// Its name.
    pub subset: String,
    /// How many documents.
    pub documents: usize,
    /// Documents that could not be processed.
    pub failed: usize,
    /// By this project.
    pub ours: Reading,
    /// By the peer.
    pub peer: Option<Reading>,
    /// F1 (micro) of ours less that of the peer, with the bootstrap's 95 % interval.
    pub f1_difference: Option<Interval>,
}

/// Word scores of many documents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Word counts of all documents together.
    pub words: Tally,
    /// The scores of those counts.
    pub micro_scores: Scores,
    /// The mean of the documents' scores.
    pub macro_scores: Scores,
}

/// Word counts of one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentResult {
    /// Its subset.
    pub subset: String,
    /// Its name.
    pub id: String,
    /// By this project.
    pub ours: Tally,
    /// By the peer.
    pub peer: Option<Tally>,
    /// Why it could not be processed.
    pub error: Option<String>,
}

/// A document that was read badly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorstDocument {
    /// Its subset.
    pub subset: String,
    /// Its name.
    pub id: String,
    /// Its F1.
    pub f1: f64,
    /// The peer's F1.
    pub peer_f1: Option<f64>,
    /// The words that differ.
    pub words: Difference,
}

impl AccuracyResult {
    /// The tables for a person.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.reading_table()];
        tables.extend(self.claims.iter().flat_map(ClaimsResult::tables));
        let more = [
            fields::table(&self.fields),
            types::table(&self.types),
            forgeries::table(&self.forgeries),
        ];
        tables.extend(more.into_iter().filter(|table| !table.is_empty()));
        tables.extend(self.zones.as_ref().map(ZonesResult::table));
        tables
    }

    fn reading_table(&self) -> Table {
        let header =
            ["documents", "reader", "n", "precision", "recall", "F1", "F1 macro", "ours - peer"];
        let mut table = Table::new("Reading (bag of words)", &header);
        for subset in &self.subsets {
            let difference = subset.f1_difference.map_or_else(String::new, |d| {
                format!("{:+.4} ({:+.4} to {:+.4})", d.value, d.low, d.high)
            });
            let readers =
                [("ours", Some(subset.ours), difference), ("peer", subset.peer, String::new())];
            for (reader, reading, difference) in readers {
                let Some(reading) = reading else { continue };
                let Scores { precision, recall, f1 } = reading.micro_scores;
                table.row([
                    subset.subset.clone(),
                    reader.to_owned(),
                    subset.documents.to_string(),
                    format!("{precision:.4}"),
                    format!("{recall:.4}"),
                    format!("{f1:.4}"),
                    format!("{:.4}", reading.macro_scores.f1),
                    difference,
                ]);
            }
        }
        table
    }

    /// The `n` documents that were read worst.
    #[must_use]
    pub fn worst_table(&self, n: usize) -> Table {
        let header = ["document", "F1", "peer F1", "missing", "extra"];
        let mut table = Table::new("Read worst", &header);
        for document in self.worst.iter().take(n) {
            table.row([
                format!("{}/{}", document.subset, document.id),
                format!("{:.4}", document.f1),
                document.peer_f1.map_or_else(String::new, |f1| format!("{f1:.4}")),
                some_words(&document.words.missing),
                some_words(&document.words.extra),
            ]);
        }
        table
    }
}

const WORDS_SHOWN: usize = 6;

fn some_words(words: &[String]) -> String {
    let shown: Vec<&str> = words.iter().take(WORDS_SHOWN).map(String::as_str).collect();
    let more = words.len().saturating_sub(WORDS_SHOWN);
    let rest = if more > 0 { format!(" (+{more})") } else { String::new() };
    format!("{}{rest}", shown.join(" "))
}
