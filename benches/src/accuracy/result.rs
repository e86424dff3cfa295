//! The result of `accuracy`: its JSON and its tables.

use std::collections::BTreeMap;

use ivendor_core::verdict::Decision;
use serde::{Deserialize, Serialize};

use crate::falsify::Change;
use crate::fields::{self, FieldsResult};
use crate::metadata::Metadata;
use crate::stats::{Interval, Share};
use crate::table::Table;
use crate::types::{self, TypeResult};
use crate::words::{Difference, Scores, Tally};
use crate::zones::ZonesResult;

/// The name and version of the result's schema.
pub const ACCURACY_SCHEMA: &str = "ivendor.bench.accuracy/1";

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
    /// The decision on its true claims.
    pub decision: Option<Decision>,
    /// The decision on its false claims.
    pub false_decision: Option<Decision>,
    /// What is false in those.
    pub false_claim: Option<FalseClaim>,
}

/// One false claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FalseClaim {
    /// What was changed.
    pub change: Change,
    /// The key.
    pub key: String,
    /// The false value.
    pub value: String,
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

/// Decisions by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decisions {
    /// Accepted.
    pub accept: u64,
    /// Sent to a person.
    pub review: u64,
    /// Rejected.
    pub reject: u64,
}

/// How claims were decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimsResult {
    /// Sets of claims that are all true.
    pub true_sets: Decisions,
    /// Sets of claims of which one is false.
    pub false_sets: Decisions,
    /// Those by what was changed.
    pub false_by_change: BTreeMap<Change, Decisions>,
    /// The share of true sets that was accepted.
    pub true_accepted: Share,
    /// The share of false sets that was accepted.
    pub false_accepted: Share,
    /// The share of all sets that went to a person.
    pub reviewed: Share,
    /// The seed of the changes.
    pub seed: u64,
}

impl Decisions {
    /// Counts one more.
    pub fn add(&mut self, decision: Decision) {
        match decision {
            Decision::Accept => self.accept += 1,
            Decision::Review => self.review += 1,
            Decision::Reject => self.reject += 1,
        }
    }

    /// How many in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.accept + self.review + self.reject
    }
}

impl ClaimsResult {
    /// From the decisions on single documents; `None` where there was nothing to decide.
    #[must_use]
    pub fn of(documents: &[DocumentResult], seed: u64) -> Option<Self> {
        let mut true_sets = Decisions::default();
        let mut false_sets = Decisions::default();
        let mut false_by_change: BTreeMap<Change, Decisions> = BTreeMap::new();
        for document in documents {
            if let Some(decision) = document.decision {
                true_sets.add(decision);
            }
            if let (Some(decision), Some(claim)) = (document.false_decision, &document.false_claim)
            {
                false_sets.add(decision);
                false_by_change.entry(claim.change).or_default().add(decision);
            }
        }
        let all = true_sets.total() + false_sets.total();
        (all > 0).then(|| Self {
            true_accepted: Share::of(true_sets.accept, true_sets.total()),
            false_accepted: Share::of(false_sets.accept, false_sets.total()),
            reviewed: Share::of(true_sets.review + false_sets.review, all),
            true_sets,
            false_sets,
            false_by_change,
            seed,
        })
    }
}

impl AccuracyResult {
    /// The tables for a person.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let mut tables = vec![self.reading_table()];
        tables.extend(self.claims.as_ref().map(claims_table));
        let more = [fields::table(&self.fields), types::table(&self.types)];
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

fn claims_table(claims: &ClaimsResult) -> Table {
    let header = ["sets of claims", "n", "accept", "review", "reject", "accepted", "95 % interval"];
    let mut table = Table::new("Decisions on claims", &header);
    let mut row = |name: String, decisions: &Decisions| {
        let accepted = Share::of(decisions.accept, decisions.total());
        table.row([
            name,
            decisions.total().to_string(),
            decisions.accept.to_string(),
            decisions.review.to_string(),
            decisions.reject.to_string(),
            format!("{:.1} %", accepted.share * 100.0),
            format!("{:.1} to {:.1} %", accepted.low * 100.0, accepted.high * 100.0),
        ]);
    };
    row("all true".to_owned(), &claims.true_sets);
    row("one false".to_owned(), &claims.false_sets);
    for (change, decisions) in &claims.false_by_change {
        row(format!("one false: {}", change.name()), decisions);
    }
    table.row([
        "to a person".to_owned(),
        String::new(),
        String::new(),
        format!("{:.1} %", claims.reviewed.share * 100.0),
    ]);
    table
}
