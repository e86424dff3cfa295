//! How claims were decided: by the policy in force, by one that was fitted without the document,
//! and by the script that a person would write instead.

use std::collections::BTreeMap;

use ivendor_core::policy::ReliabilityBin;
use ivendor_core::verdict::Decision;
use serde::{Deserialize, Serialize};

use super::pairs::Labelled;
use crate::calibration::{
    CoveragePoint, auroc, calibration_error, coverage_at, reliability, risk_coverage,
};
use crate::falsify::Change;
use crate::fit::Predicted;
use crate::stats::{Interval, Share, bootstrap_groups};
use crate::table::Table;

/// The seed of the bootstrap; it only has to stay the same.
const BOOTSTRAP_SEED: u64 = 20_181_226;

/// How claims were decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimsResult {
    /// Sets of claims that are all true.
    pub true_sets: u64,
    /// Sets of claims of which one is false.
    pub false_sets: u64,
    /// The seed of the changes.
    pub seed: u64,
    /// The share of false sets that may be accepted.
    pub error_max: f64,
    /// Who decided, and how well.
    pub judges: Vec<JudgeResult>,
}

/// How well one judge decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeResult {
    /// Who.
    pub judge: String,
    /// The area under the ROC curve, with the bootstrap's 95 % interval over documents.
    pub auroc: Interval,
    /// The expected calibration error.
    pub calibration_error: f64,
    /// The share of the true sets that was not accepted.
    pub true_to_a_person: Share,
    /// The share of the false sets that was accepted.
    pub false_accepted: Share,
    /// The largest share of the true sets that any threshold would accept within `error_max`.
    pub coverage: f64,
    /// The share of the false sets that was accepted, by what was changed.
    pub by_change: BTreeMap<Change, Share>,
    /// Confidence against the share of true sets.
    pub reliability: Vec<ReliabilityBin>,
    /// What each threshold would accept.
    pub risk_coverage: Vec<CoveragePoint>,
}

/// The decisions of the policy that was in force.
#[must_use]
pub fn in_force(labelled: &[Labelled]) -> Vec<Predicted> {
    let one = |one: &Labelled| Predicted {
        confidence: f64::from(one.verdict.confidence),
        accepted: one.verdict.decision == Decision::Accept,
    };
    labelled.iter().map(one).collect()
}

/// A judge that gives scores and no decisions, at the threshold at which it accepts as many true
/// sets as `other` did.
#[must_use]
pub fn at_the_same_coverage(
    scores: &[f64],
    labelled: &[Labelled],
    other: &[Predicted],
) -> Vec<Predicted> {
    let of = |label: bool| labelled.iter().enumerate().filter(move |(_, l)| l.label == label);
    let accepted = of(true).filter(|(at, _)| other[*at].accepted).count();
    let mut of_true: Vec<f64> = of(true).map(|(at, _)| scores[at]).collect();
    of_true.sort_by(|a, b| b.total_cmp(a));
    let threshold = accepted.checked_sub(1).and_then(|at| of_true.get(at)).copied();
    let threshold = threshold.unwrap_or(f64::INFINITY);
    scores
        .iter()
        .map(|&confidence| Predicted { confidence, accepted: confidence >= threshold })
        .collect()
}

impl JudgeResult {
    /// How well `predicted` decided what is labelled.
    #[must_use]
    pub fn of(judge: &str, predicted: &[Predicted], labelled: &[Labelled], error_max: f64) -> Self {
        let judged: Vec<(f64, bool)> =
            predicted.iter().zip(labelled).map(|(p, l)| (p.confidence, l.label)).collect();
        let share = |of: &dyn Fn(&Labelled) -> bool, accepted: bool| {
            let all = || predicted.iter().zip(labelled).filter(|(_, one)| of(one));
            let hits = all().filter(|(predicted, _)| predicted.accepted == accepted).count();
            Share::of(hits as u64, all().count() as u64)
        };
        let mut by_change = BTreeMap::new();
        for change in labelled.iter().filter_map(|one| one.change) {
            by_change.entry(change).or_insert_with(|| share(&|l| l.change == Some(change), true));
        }
        let groups: Vec<&str> = labelled.iter().map(|one| one.document.as_str()).collect();
        Self {
            judge: judge.to_owned(),
            auroc: bootstrap_groups(&groups, BOOTSTRAP_SEED, |at| {
                auroc(&at.iter().map(|&at| judged[at]).collect::<Vec<_>>())
            }),
            calibration_error: calibration_error(&judged),
            true_to_a_person: share(&|one| one.label, false),
            false_accepted: share(&|one| !one.label, true),
            coverage: coverage_at(&judged, error_max),
            by_change,
            reliability: reliability(&judged),
            risk_coverage: risk_coverage(&judged),
        }
    }
}

impl ClaimsResult {
    /// Counts the sets; the judges follow.
    #[must_use]
    pub fn new(labelled: &[Labelled], seed: u64, error_max: f64) -> Self {
        let count = |label: bool| labelled.iter().filter(|l| l.label == label).count() as u64;
        let (true_sets, false_sets) = (count(true), count(false));
        Self { true_sets, false_sets, seed, error_max, judges: Vec::new() }
    }

    /// The tables for a person.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let interval = |share: &Share| {
            format!(
                "{} ({:.1} to {:.1})",
                percent(share.share),
                share.low * 100.0,
                share.high * 100.0
            )
        };
        let title = format!(
            "Decisions on {} true and {} false sets of claims",
            self.true_sets, self.false_sets
        );
        let header = ["judge", "AUROC", "calibration error", "true to a person", "false accepted"];
        let mut whole = Table::new(title, &header);
        let mut header = vec!["judge"];
        header.extend(Change::ALL.map(Change::name));
        let mut kinds = Table::new("False sets accepted, by what was changed", &header);
        for judge in &self.judges {
            let Interval { value, low, high } = judge.auroc;
            whole.row([
                judge.judge.clone(),
                format!("{value:.4} ({low:.4} to {high:.4})"),
                format!("{:.3}", judge.calibration_error),
                interval(&judge.true_to_a_person),
                interval(&judge.false_accepted),
            ]);
            let mut row = vec![judge.judge.clone()];
            row.extend(
                Change::ALL
                    .map(|change| judge.by_change.get(&change).map_or_else(String::new, interval)),
            );
            kinds.row(row);
        }
        vec![whole, kinds]
    }
}
