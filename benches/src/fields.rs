//! The true claims one by one: which of them were found on their documents.

use std::collections::BTreeMap;

use ivendor_core::check::Outcome;
use ivendor_core::verdict::Verdict;
use serde::{Deserialize, Serialize};

use crate::samples::Sample;
use crate::table::Table;

/// What the name of a claim's check begins with.
const CLAIM: &str = "claim.";
/// Keys that a table names.
const MISSED_SHOWN: usize = 5;

/// How the true claims of one subset were answered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FieldsResult {
    /// The subset.
    pub subset: String,
    /// Key → counts.
    pub keys: BTreeMap<String, FieldCounts>,
}

/// How many true claims there were, and how many passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FieldCounts {
    /// Claims.
    pub claims: u64,
    /// Those that passed.
    pub found: u64,
}

/// The true claims of all samples by subset and key.
#[must_use]
pub fn results(samples: &[Sample], verdicts: &[&Verdict]) -> Vec<FieldsResult> {
    let mut results: BTreeMap<&str, FieldsResult> = BTreeMap::new();
    for (sample, verdict) in samples.iter().zip(verdicts) {
        for check in &verdict.checks {
            let Some(key) = check.check.strip_prefix(CLAIM) else { continue };
            let result = results.entry(&sample.subset).or_insert_with(|| FieldsResult {
                subset: sample.subset.clone(),
                ..FieldsResult::default()
            });
            let counts = result.keys.entry(key.to_owned()).or_default();
            counts.claims += 1;
            counts.found += u64::from(check.outcome == Outcome::Passed);
        }
    }
    results.into_values().collect()
}

/// The table for a person.
#[must_use]
pub fn table(results: &[FieldsResult]) -> Table {
    let header = ["documents", "true claims", "found", "share", "most often missed"];
    let mut table = Table::new("True claims found", &header);
    for result in results {
        let sum = |f: fn(&FieldCounts) -> u64| result.keys.values().map(f).sum::<u64>();
        let (claims, found) = (sum(|c| c.claims), sum(|c| c.found));
        let missed = |counts: &FieldCounts| counts.claims - counts.found;
        let mut worst: Vec<_> = result.keys.iter().filter(|(_, c)| missed(c) > 0).collect();
        worst.sort_by_key(|(_, counts)| std::cmp::Reverse(missed(counts)));
        let said = |(key, counts): &(&String, &FieldCounts)| format!("{key} {}", missed(counts));
        table.row([
            result.subset.clone(),
            claims.to_string(),
            found.to_string(),
            format!("{:.1} %", 100.0 * found as f64 / claims.max(1) as f64),
            worst.iter().take(MISSED_SHOWN).map(said).collect::<Vec<_>>().join(", "),
        ]);
    }
    table
}
