//! The peer to claims: the script that a person would write, RapidOCR's text and rapidfuzz. It
//! reads each document once and scores every set of claims about it.

use std::collections::BTreeMap;

use crate::accuracy::Pair;
use crate::error::BenchError;
use crate::progress::Progress;
use crate::samples::Sample;
use crate::side::{Asked, Side};

/// Documents that it gets at a time.
const GROUP: usize = 8;

/// For each of `sets`, in their order, how surely `side`, which must be
/// [`crate::peer::CLAIMS_SCRIPT`], holds all of its claims true: 0–1. A document that it cannot
/// read makes its sets 0, as the script's user would see it.
///
/// # Errors
/// [`BenchError::Side`] where the script goes wrong.
pub fn scores(mut side: Side, samples: &[Sample], sets: &[&Pair]) -> Result<Vec<f64>, BenchError> {
    let mut by_sample: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, set) in sets.iter().enumerate() {
        by_sample.entry(set.sample).or_default().push(i);
    }
    let by_sample: Vec<(usize, Vec<usize>)> = by_sample.into_iter().collect();
    let progress = Progress::new(&side.ready.name, by_sample.len());
    let mut scores = vec![0.0; sets.len()];
    for group in by_sample.chunks(GROUP) {
        let asked = |(sample, places): &(usize, Vec<usize>)| Asked {
            path: &samples[*sample].path,
            sets: places.iter().map(|&i| &sets[i].claims).collect(),
        };
        let answers = side.score(&group.iter().map(asked).collect::<Vec<_>>())?;
        for ((_, places), answer) in group.iter().zip(answers) {
            for (&i, score) in places.iter().zip(answer.scores) {
                scores[i] = score;
            }
        }
        progress.add(group.len());
    }
    side.finish()?;
    Ok(scores)
}
