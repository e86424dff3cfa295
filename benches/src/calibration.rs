//! How good confidences are: whether they order sets of claims (AUROC), whether they mean what
//! they say (calibration error, reliability), and what is bought by leaving the least sure ones
//! to people (risk and coverage).
//!
//! True and false sets weigh the same, however many there are of each.

use ivendor_core::policy::ReliabilityBin;
use serde::{Deserialize, Serialize};

/// Bins of a reliability table.
const BINS: usize = 10;

/// A point of a risk-coverage curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CoveragePoint {
    /// Sets at or above this confidence are accepted.
    pub threshold: f64,
    /// The share of the true sets that is accepted.
    pub true_accepted: f64,
    /// The share of the false sets that is accepted.
    pub false_accepted: f64,
}

/// The probability that a true set has a higher confidence than a false one; equal ones count
/// half (Mann and Whitney 1947). `judged` are confidences with labels; 0.5 where one kind lacks.
#[must_use]
pub fn auroc(judged: &[(f64, bool)]) -> f64 {
    let mut sorted: Vec<(f64, bool)> = judged.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let yes = sorted.iter().filter(|(_, label)| *label).count() as f64;
    let no = sorted.len() as f64 - yes;
    if yes == 0.0 || no == 0.0 {
        return 0.5;
    }
    let (mut wins, mut below) = (0.0, 0.0);
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        let true_ones = group.iter().filter(|(_, label)| *label).count() as f64;
        let false_ones = group.len() as f64 - true_ones;
        wins += true_ones * (below + false_ones / 2.0);
        below += false_ones;
    }
    wins / (yes * no)
}

/// The reliability table: ten bins of equal width, those without sets left out.
#[must_use]
pub fn reliability(judged: &[(f64, bool)]) -> Vec<ReliabilityBin> {
    let weight = weights(judged);
    let bin = |confidence: f64| ((confidence * BINS as f64) as usize).min(BINS - 1);
    let digits = |value: f64| (value * 1e4).round() / 1e4;
    let of = |number: usize| {
        let inside = judged.iter().filter(|(confidence, _)| bin(*confidence) == number);
        let inside: Vec<&(f64, bool)> = inside.collect();
        let all: f64 = inside.iter().map(|(_, label)| weight(*label)).sum();
        let sure: f64 = inside.iter().map(|(c, label)| c * weight(*label)).sum();
        let right: f64 = inside.iter().filter(|(_, l)| *l).map(|(_, l)| weight(*l)).sum();
        (!inside.is_empty()).then(|| ReliabilityBin {
            from: digits(number as f64 / BINS as f64),
            to: digits((number + 1) as f64 / BINS as f64),
            sets: inside.len() as u64,
            confidence: digits(sure / all),
            share_true: digits(right / all),
        })
    };
    (0..BINS).filter_map(of).collect()
}

/// The expected calibration error: the mean distance between confidence and share of true sets
/// over the bins, by the weight of the sets in them (Naeini et al. 2015).
#[must_use]
pub fn calibration_error(judged: &[(f64, bool)]) -> f64 {
    let weight = weights(judged);
    let bin = |confidence: f64| ((confidence * BINS as f64) as usize).min(BINS - 1);
    let (mut gaps, mut all) = ([0.0; BINS], 0.0);
    for (confidence, label) in judged {
        let truth = f64::from(u8::from(*label));
        gaps[bin(*confidence)] += weight(*label) * (confidence - truth);
        all += weight(*label);
    }
    if all > 0.0 { gaps.iter().map(|gap: &f64| gap.abs()).sum::<f64>() / all } else { 0.0 }
}

/// What each threshold accepts, from the highest confidence down.
#[must_use]
pub fn risk_coverage(judged: &[(f64, bool)]) -> Vec<CoveragePoint> {
    let mut sorted: Vec<(f64, bool)> = judged.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let count = |label: bool| judged.iter().filter(|one| one.1 == label).count().max(1) as f64;
    let (yes, no) = (count(true), count(false));
    let (mut true_ones, mut false_ones) = (0.0, 0.0);
    let point = |group: &[(f64, bool)]| {
        let right = group.iter().filter(|(_, label)| *label).count() as f64;
        true_ones += right;
        false_ones += group.len() as f64 - right;
        CoveragePoint {
            threshold: group[0].0,
            true_accepted: true_ones / yes,
            false_accepted: false_ones / no,
        }
    };
    sorted.chunk_by(|a, b| a.0 == b.0).map(point).collect()
}

/// The largest share of the true sets that a threshold accepts with at most `error_max` of the
/// false ones.
#[must_use]
pub fn coverage_at(judged: &[(f64, bool)], error_max: f64) -> f64 {
    let points = risk_coverage(judged).into_iter();
    let fit = points.filter(|point| point.false_accepted <= error_max);
    fit.map(|point| point.true_accepted).fold(0.0, f64::max)
}

fn weights(judged: &[(f64, bool)]) -> impl Fn(bool) -> f64 {
    let count = |label: bool| judged.iter().filter(|one| one.1 == label).count().max(1) as f64;
    let (yes, no) = (count(true), count(false));
    move |label| if label { 1.0 / yes } else { 1.0 / no }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_figures_are_those_worked_out_by_hand() {
        let judged = [(0.9, true), (0.8, false), (0.7, true), (0.1, false)];
        assert!((auroc(&judged) - 0.75).abs() < 1e-12);
        assert!((auroc(&[(0.5, true), (0.5, false)]) - 0.5).abs() < 1e-12);
        assert!((auroc(&[(0.5, true)]) - 0.5).abs() < 1e-12, "nothing to compare with");
        // Each set is alone in its bin: the gaps are 0.1, 0.8, 0.3 and 0.1.
        assert!((calibration_error(&judged) - 0.325).abs() < 1e-12);
        let bins = reliability(&[(0.95, true), (0.97, false), (1.0, true), (0.2, false)]);
        assert_eq!(bins.iter().map(|bin| bin.sets).collect::<Vec<_>>(), [1, 3]);
        assert!((bins[1].share_true - 2.0 / 3.0).abs() < 1e-3, "{bins:?}");
        assert!((coverage_at(&judged, 0.0) - 0.5).abs() < 1e-12);
        assert!((coverage_at(&judged, 0.5) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn many_false_sets_weigh_as_much_as_few_true_ones() {
        let few = [(0.6, true), (0.6, false)];
        let many = [(0.6, true), (0.6, false), (0.6, false), (0.6, false)];
        assert!((calibration_error(&few) - calibration_error(&many)).abs() < 1e-12);
        assert_eq!(reliability(&many)[0].share_true, 0.5);
    }

    proptest! {
        #[test]
        fn every_figure_lies_between_0_and_1(
            judged in proptest::collection::vec((0.0..=1.0_f64, any::<bool>()), 0..40),
        ) {
            for figure in [auroc(&judged), calibration_error(&judged), coverage_at(&judged, 0.1)] {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&figure), "{}", figure);
            }
            let curve = risk_coverage(&judged);
            let rises = |pair: &[CoveragePoint]| {
                pair[0].true_accepted <= pair[1].true_accepted
                    && pair[0].false_accepted <= pair[1].false_accepted
            };
            prop_assert!(curve.windows(2).all(rises));
            let sets: u64 = reliability(&judged).iter().map(|bin| bin.sets).sum();
            prop_assert_eq!(sets, judged.len() as u64);
        }
    }
}
