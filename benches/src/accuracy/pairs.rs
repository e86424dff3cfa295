//! Documents with sets of claims that are known to be true or false: what a policy is fitted on
//! and measured with.

use std::collections::{BTreeMap, BTreeSet};

use ivendor_core::verdict::Verdict;
use serde::{Deserialize, Serialize};

use crate::falsify::{Change, falsify};
use crate::ours::{Ours, Task, lines};
use crate::progress::Progress;
use crate::samples::Sample;
use crate::types::{self, TypeAnswers};

/// A document and a set of claims about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Which of the samples.
    pub sample: usize,
    /// All claims.
    pub claims: BTreeMap<String, String>,
    /// What is false of them; `None` where all are true.
    pub lie: Option<Lie>,
}

/// What is false of a set of claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lie {
    /// How the claim was changed.
    pub change: Change,
    /// The key.
    pub key: String,
}

/// A verdict of which it is known whether the claims are true: a line of a file of labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    /// Pairs with the same name come from one document, and are never parted between fit and test.
    pub document: String,
    /// Whether every claim is true.
    pub label: bool,
    /// The claims that are false.
    #[serde(default)]
    pub false_keys: BTreeSet<String>,
    /// How the false claim was made, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Change>,
    /// The verdict, without the text of the pages.
    pub verdict: Verdict,
}

impl Labelled {
    /// The data set that the document belongs to.
    #[must_use]
    pub fn subset(&self) -> &str {
        self.document.split_once('/').map_or("", |(subset, _)| subset)
    }
}

/// What the engine made of a pair.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The verdict with its label.
    pub labelled: Labelled,
    /// The text that was read.
    pub lines: Vec<String>,
    /// What the document would be taken for as each type; nothing where the claims are false.
    pub types: TypeAnswers,
}

/// The true claims of each sample, none where nothing is known, and, for each way to change one,
/// a false set.
#[must_use]
pub fn pairs(samples: &[Sample], seed: u64) -> Vec<Pair> {
    let of = |sample: usize| {
        let claims = samples[sample].claims.clone().unwrap_or_default();
        let own = Pair { sample, claims, lie: None };
        let lies = falsify(samples, sample, seed).into_iter().map(move |set| {
            let lie = Some(Lie { change: set.change, key: set.key });
            Pair { sample, claims: set.claims, lie }
        });
        std::iter::once(own).chain(lies)
    };
    (0..samples.len()).flat_map(of).collect()
}

/// The verdicts on all pairs with the text that was read, in the order of the pairs.
#[must_use]
pub fn ask(ours: &Ours, samples: &[Sample], pairs: &[Pair]) -> Vec<Asked> {
    let progress = Progress::new("ours", pairs.len());
    let mut asked = Vec::with_capacity(pairs.len());
    for batch in pairs.chunks(ours.batch_documents()) {
        let task = |pair: &Pair| {
            let Sample { id, path, document_type, submitted_at, .. } = &samples[pair.sample];
            let submitted_at = *submitted_at;
            Task { id, path, document_type, claims: pair.claims.clone(), submitted_at }
        };
        let verdicts = ours.verify(batch.iter().map(task).collect());
        progress.add(batch.len());
        asked.extend(batch.iter().zip(verdicts).map(|(pair, verdict)| {
            let sample = &samples[pair.sample];
            let lines = lines(&verdict);
            let pages = verdict.pages.as_deref().filter(|_| pair.lie.is_none());
            let types = types::ask(pages.unwrap_or_default());
            let labelled = Labelled {
                document: format!("{}/{}", sample.subset, sample.id),
                label: pair.lie.is_none(),
                false_keys: pair.lie.iter().map(|lie| lie.key.clone()).collect(),
                change: pair.lie.as_ref().map(|lie| lie.change),
                verdict: Verdict { pages: None, ..verdict },
            };
            Asked { labelled, lines, types }
        }));
    }
    asked
}
