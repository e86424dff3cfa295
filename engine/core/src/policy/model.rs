//! What turns the measures of checks into probabilities: a logistic model for each kind of claim,
//! and one that makes a document's probability of those of its claims.
//!
//! All numbers come from a fit on labelled documents; this file only computes with them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::check::{Check, Outcome};
use crate::reason::Reason;

/// Probabilities are kept this far from 0 and 1: no fit is surer than that.
const PROBABILITY_MIN: f64 = 1e-4;

/// The model of one type of document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeModel {
    /// At or above this confidence a document is accepted.
    pub accept_at: f32,
    /// Below this confidence a document is rejected, where the policy may.
    pub reject_below: f32,
    /// From the claims together to the document: the log-odds that all are true.
    pub calibration: Line,
    /// By the kind of claim, e.g. `money`.
    pub claims: BTreeMap<String, ClaimModel>,
    /// How well the confidence was calibrated on documents that the fit had not seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reliability: Vec<ReliabilityBin>,
}

/// A straight line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The value at 0.
    pub intercept: f64,
    /// What each unit adds.
    pub slope: f64,
}

/// The logistic model of one kind of claim.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimModel {
    /// The log-odds where all measures are 0.
    pub intercept: f64,
    /// By the name of the measure; `CHECK/MEASURE` is that of another check.
    pub weights: BTreeMap<String, Weight>,
}

/// How one measure weighs; in a file `[weight, low, high]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 3]", into = "[f64; 3]")]
pub struct Weight {
    /// What each unit adds to the log-odds.
    pub weight: f64,
    /// The measure counts as no less than this,
    pub low: f64,
    /// and as no more than this.
    pub high: f64,
}

/// Documents of like confidence, and how many of them were right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReliabilityBin {
    /// The least confidence of the bin.
    pub from: f64,
    /// The end of the bin.
    pub to: f64,
    /// How many sets of claims fell into it.
    pub sets: u64,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share of them whose claims were all true; true and false sets weigh alike.
    pub share_true: f64,
}

/// `1 / (1 + exp(-log_odds))`, kept from 0 and 1.
#[must_use]
pub fn probability(log_odds: f64) -> f64 {
    let p = 1.0 / (1.0 + (-log_odds).exp());
    if p.is_nan() { 0.5 } else { p.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN) }
}

/// The inverse of [`probability`].
#[must_use]
pub fn log_odds(probability: f64) -> f64 {
    let p = probability.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
    (p / (1.0 - p)).ln()
}

impl From<[f64; 3]> for Weight {
    fn from([weight, low, high]: [f64; 3]) -> Self {
        Self { weight, low, high }
    }
}

impl From<Weight> for [f64; 3] {
    fn from(Weight { weight, low, high }: Weight) -> Self {
        [weight, low, high]
    }
}

impl Weight {
    /// What a value of the measure adds to the log-odds.
    #[must_use]
    pub fn of(&self, value: f64) -> f64 {
        self.weight * value.clamp(self.low, self.high.max(self.low))
    }
}

impl ClaimModel {
    /// The probability that the claim of `checks[at]` is true.
    #[must_use]
    pub fn probability(&self, checks: &[Check], at: usize) -> f64 {
        let added = self.weights.iter().map(|(name, weight)| weight.of(measure(checks, at, name)));
        probability(self.intercept + added.sum::<f64>())
    }
}

impl TypeModel {
    /// The model of a check, where it is that of a claim that was compared.
    #[must_use]
    pub fn claim(&self, check: &Check) -> Option<&ClaimModel> {
        let key = check.check.strip_prefix("claim.")?;
        let invalid = check.reason == Some(Reason::claim_invalid(key));
        let compared = check.outcome != Outcome::NotExecuted && !invalid;
        check.kind.as_deref().filter(|_| compared).and_then(|kind| self.claims.get(kind))
    }

    /// The log-odds that all claims are true, before the calibration, as if none had to do with
    /// another; `None` where no claim has a model.
    #[must_use]
    pub fn claims_log_odds(&self, checks: &[Check]) -> Option<f64> {
        let claims = checks.iter().enumerate();
        let claims = claims.filter_map(|(at, c)| Some(self.claim(c)?.probability(checks, at)));
        let claims: Vec<f64> = claims.collect();
        (!claims.is_empty()).then(|| all_true(claims.into_iter()))
    }

    /// The probability that all claims are true, and no more than the weakest check that is no
    /// claim leaves of it.
    #[must_use]
    pub fn confidence(&self, checks: &[Check]) -> f32 {
        let Line { intercept, slope } = self.calibration;
        let together =
            self.claims_log_odds(checks).map_or(1.0, |odds| probability(intercept + slope * odds));
        let others = checks.iter().filter(|check| self.claim(check).is_none());
        others.map(|check| check.confidence).fold(together as f32, f32::min)
    }

    /// Whether every number of the model can be computed with.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let finite = |weight: &Weight| {
            weight.weight.is_finite() && weight.low.is_finite() && weight.high >= weight.low
        };
        let sound =
            |model: &ClaimModel| model.intercept.is_finite() && model.weights.values().all(finite);
        let Line { intercept, slope } = self.calibration;
        intercept.is_finite()
            && slope.is_finite()
            && slope >= 0.0
            && self.claims.values().all(sound)
    }
}

/// The log-odds that all claims are true, as if none had to do with another.
fn all_true(claims: impl Iterator<Item = f64>) -> f64 {
    let log: f64 = claims.map(|p| p.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN).ln()).sum();
    // ln(p / (1 - p)) with p near 1 kept exact.
    log - (-log.exp_m1()).max(f64::MIN_POSITIVE).ln()
}

/// A measure of `checks[at]`, or `CHECK/MEASURE` of another one; 0 where it was not measured.
#[must_use]
pub fn measure(checks: &[Check], at: usize, name: &str) -> f64 {
    let value = match name.split_once('/') {
        Some((check, name)) => {
            let other = checks.iter().find(|other| other.check == check);
            other.and_then(|other| other.measures.get(name))
        }
        None => checks.get(at).and_then(|check| check.measures.get(name)),
    };
    value.copied().map_or(0.0, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn model(weights: &[(&str, f64, f64, f64)]) -> ClaimModel {
        let weight = |&(name, weight, low, high): &(&str, f64, f64, f64)| {
            (name.to_owned(), Weight { weight, low, high })
        };
        ClaimModel { intercept: 1.0, weights: weights.iter().map(weight).collect() }
    }

    #[test]
    fn a_claim_is_weighed_by_its_own_measures_and_by_those_of_other_checks() {
        let checks = [
            Check::passed("claim.total", 1.0).measuring("ratio", -90.0).measuring("same", 1.0),
            Check::passed("arithmetic.total", 1.0).measuring("fits", 1.0),
        ];
        let cases = [
            ("nothing weighs", model(&[]), 1.0),
            ("its own measure", model(&[("same", 2.0, 0.0, 1.0)]), 3.0),
            ("beyond the bounds", model(&[("ratio", 0.1, -30.0, 0.0)]), -2.0),
            ("what was not measured is 0", model(&[("margin", 5.0, -9.0, 9.0)]), 1.0),
            ("another check's", model(&[("arithmetic.total/fits", 1.5, -1.0, 1.0)]), 2.5),
            ("a check that did not run", model(&[("mrz/fits", 1.5, -1.0, 1.0)]), 1.0),
        ];
        for (name, model, expected) in cases {
            let found = log_odds(model.probability(&checks, 0));
            assert!((found - expected).abs() < 1e-9, "{name}: {found}");
        }
    }

    #[test]
    fn one_false_claim_makes_the_set_false() {
        let of = |claims: &[f64]| probability(all_true(claims.iter().copied()));
        assert!((of(&[0.9, 0.8]) - 0.72).abs() < 1e-9);
        assert!(of(&[0.99, 0.99, 0.01]) < 0.01);
        assert!(of(&[]) > 0.999 && of(&[1.0; 4]) > 0.999);
    }

    proptest! {
        #[test]
        fn any_measure_gives_a_probability(value: f32, weight in -9.0..9.0_f64) {
            let check = Check::passed("claim.a", 1.0).measuring("x", value);
            let p = model(&[("x", weight, -5.0, 5.0)]).probability(&[check], 0);
            prop_assert!((PROBABILITY_MIN..=1.0 - PROBABILITY_MIN).contains(&p));
        }

        #[test]
        fn more_doubt_about_a_claim_is_never_more_trust_in_all(
            claims in proptest::collection::vec(0.0..=1.0_f64, 1..6), less in 0.0..1.0_f64,
        ) {
            let mut doubted = claims.clone();
            doubted[0] *= less;
            prop_assert!(all_true(doubted.into_iter()) <= all_true(claims.into_iter()) + 1e-9);
        }
    }
}
