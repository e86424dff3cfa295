//! Fits a policy to labelled verdicts: a logistic model for each kind of claim, a calibration of
//! all claims together, and the thresholds that keep to the error that the user allows.
//!
//! Nothing is judged by what it was fitted on: the calibration and the thresholds come from
//! claims that their models had not seen, and what is reported of a policy from documents that no
//! part of it had seen. The documents are parted by their names, never by their sets of claims.
//!
//! True and false sets weigh the same in every fit, so a confidence is right where half of the
//! sets are false; where fewer are, it is on the safe side.

pub mod command;

mod features;
mod logistic;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use ivendor_core::ids::Sha256;
use ivendor_core::policy::{
    ANY_TYPE, ClaimModel, Fitted, Line, Policy, TypeModel, Weight, measure,
};
use ivendor_core::verdict::Decision;
use ivendor_models::profile::ClaimKind;

use crate::accuracy::Labelled;
use crate::calibration;
use crate::error::BenchError;
use features::features;
use logistic::{Rows, Sign};

/// Parts into which the documents are divided for the figures that are reported.
pub const FOLDS: usize = 10;
/// Parts for the calibration and the thresholds, inside what is fitted.
const INNER_FOLDS: usize = 5;
/// How strongly the coefficients are held back, for features between 0 and 1.
const RIDGE: f64 = 0.5;
/// What is more likely false than true is never accepted, however few errors were seen.
const ACCEPT_AT_MIN: f64 = 0.5;
/// Claims of each label that a kind needs to have a model.
const CLAIMS_MIN: usize = 12;
/// What stands above the numbers of a policy.
const HEAD: &str = "\
# Fitted by `ivendor-bench`; every number comes from labelled data.
# A weight is what a unit of the measure adds to the log-odds, and the bounds of what counts.
";
/// Documents that a type needs to have a model.
const DOCUMENTS_MIN: usize = 20;

/// What a set of claims came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    /// The confidence.
    pub confidence: f64,
    /// Whether the policy accepts.
    pub accepted: bool,
}

/// A policy with a model for every type of document that has enough labels, and one for any type.
#[must_use]
pub fn policy(name: &str, labelled: &[Labelled], error_max: f64) -> Policy {
    let all: Vec<&Labelled> = labelled.iter().collect();
    let mut policy = fitted(name, &all, error_max);
    let lines = labelled.iter().filter_map(|one| serde_json::to_vec(&one.verdict.checks).ok());
    policy.fitted = Some(Fitted {
        data: Sha256::of(&lines.collect::<Vec<_>>().concat()),
        documents: documents(&all).len() as u64,
        sets: labelled.len() as u64,
        error_max,
    });
    policy
}

/// The policy without a word on where it comes from.
fn fitted(name: &str, all: &[&Labelled], error_max: f64) -> Policy {
    let mut policy = Policy::new(name, 1.0, 0.0);
    let names: BTreeSet<&str> = all.iter().map(|one| type_of(one)).collect();
    for document_type in names {
        let of_it = |one: &Labelled| type_of(one) == document_type;
        let own: Vec<&Labelled> = all.iter().copied().filter(|one| of_it(one)).collect();
        if documents(&own).len() >= DOCUMENTS_MIN {
            policy.types.insert(document_type.to_owned(), type_model(all, &of_it, error_max));
        }
    }
    policy.types.insert(ANY_TYPE.to_owned(), type_model(all, &|_| true, error_max));
    policy
}

/// The name of a policy that is written to `path`.
#[must_use]
pub fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Writes a policy as the file that the programs read.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, policy: &Policy) -> Result<(), BenchError> {
    let text = toml::to_string(policy).map_err(|e| BenchError::data(path, e.to_string()))?;
    fs::write(path, format!("{HEAD}{text}")).map_err(|e| BenchError::write(path, e))
}

/// What a policy that has not seen a document says of each set of claims about it: the documents
/// are parted in [`FOLDS`], and each part is judged by what was fitted on the others.
#[must_use]
pub fn held_out(labelled: &[Labelled], error_max: f64) -> Vec<Predicted> {
    let all: Vec<&Labelled> = labelled.iter().collect();
    let parts = parts(&all, FOLDS);
    let mut predicted = vec![Predicted { confidence: 0.0, accepted: false }; labelled.len()];
    for part in 0..FOLDS {
        let rest = all.iter().zip(&parts).filter(|(_, other)| **other != part);
        let rest: Vec<&Labelled> = rest.map(|(one, _)| *one).collect();
        if rest.is_empty() {
            continue;
        }
        let policy = fitted("held out", &rest, error_max);
        for at in (0..labelled.len()).filter(|at| parts[*at] == part) {
            predicted[at] = predict(&policy, &labelled[at]);
        }
    }
    predicted
}

fn predict(policy: &Policy, labelled: &Labelled) -> Predicted {
    let mut checks = labelled.verdict.checks.clone();
    policy.weigh(type_of(labelled), &mut checks);
    let judgement = policy.judge(type_of(labelled), &checks);
    Predicted {
        confidence: f64::from(judgement.confidence),
        accepted: judgement.decision == Decision::Accept,
    }
}

fn type_of(labelled: &Labelled) -> &str {
    &labelled.verdict.document_type
}

fn documents<'a>(labelled: &[&'a Labelled]) -> BTreeSet<&'a str> {
    labelled.iter().map(|one| one.document.as_str()).collect()
}

/// The part of each row: documents in the order of the digests of their names, in turns.
fn parts(labelled: &[&Labelled], count: usize) -> Vec<usize> {
    let names = documents(labelled);
    let mut order: Vec<(String, &str)> =
        names.iter().map(|name| (Sha256::of(name.as_bytes()).to_string(), *name)).collect();
    order.sort();
    let part: BTreeMap<&str, usize> =
        order.iter().enumerate().map(|(at, (_, name))| (*name, at % count)).collect();
    labelled.iter().map(|one| part[one.document.as_str()]).collect()
}

/// The model of the documents that are `of_it`: the claims' models on all of them; the calibration
/// and the thresholds on what models that have not seen a document say of it.
fn type_model(all: &[&Labelled], of_it: &dyn Fn(&Labelled) -> bool, error_max: f64) -> TypeModel {
    let parts = parts(all, INNER_FOLDS);
    let mut models: Vec<TypeModel> = (0..INNER_FOLDS)
        .map(|part| {
            let rest = all.iter().zip(&parts).filter(|(_, p)| **p != part);
            uncalibrated(&rest.map(|(one, _)| *one).collect::<Vec<_>>(), of_it)
        })
        .collect();
    let unseen = || all.iter().zip(&parts).filter(|(one, _)| of_it(one));
    let mut rows = Rows::default();
    for (one, part) in unseen() {
        if let Some(odds) = models[*part].claims_log_odds(&one.verdict.checks) {
            rows.features.push(vec![odds]);
            rows.labels.push(one.label);
        }
    }
    // Platt (1999): the claims are not independent, and the fits are surer than they should be.
    let (intercept, slope) = logistic::fit(&rows, &[Sign::Raises], 1e-3);
    let calibration = Line { intercept: rounded(intercept), slope: rounded(slope[0]) };
    models.iter_mut().for_each(|model| model.calibration = calibration);
    let judge = |(one, part): (&&Labelled, &usize)| {
        (f64::from(models[*part].confidence(&one.verdict.checks)), one.label)
    };
    let judged: Vec<(f64, bool)> = unseen().map(judge).collect();
    let accept_at = threshold(&judged, false, error_max).max(ACCEPT_AT_MIN);
    let reject_below = 1.0 - threshold(&flipped(&judged), false, error_max);
    TypeModel {
        accept_at: accept_at as f32,
        reject_below: reject_below.min(accept_at) as f32,
        calibration,
        reliability: calibration::reliability(&judged),
        ..uncalibrated(all, of_it)
    }
}

/// The claims' models alone: for kinds of which the type has too few, those of all types.
fn uncalibrated(all: &[&Labelled], of_it: &dyn Fn(&Labelled) -> bool) -> TypeModel {
    let own: Vec<&Labelled> = all.iter().copied().filter(|one| of_it(one)).collect();
    let mut claims = claim_models(&own);
    if own.len() < all.len() && claims.len() < ClaimKind::ALL.len() {
        for (kind, model) in claim_models(all) {
            claims.entry(kind).or_insert(model);
        }
    }
    bare(claims)
}

fn bare(claims: BTreeMap<String, ClaimModel>) -> TypeModel {
    TypeModel {
        accept_at: 1.0,
        reject_below: 0.0,
        calibration: Line { intercept: 0.0, slope: 1.0 },
        claims,
        reliability: Vec::new(),
    }
}

fn flipped(judged: &[(f64, bool)]) -> Vec<(f64, bool)> {
    judged.iter().map(|(confidence, label)| (1.0 - confidence, !label)).collect()
}

/// The least confidence at and above which at most a share of `error_max` of the sets with the
/// label `wrong` lies.
fn threshold(judged: &[(f64, bool)], wrong: bool, error_max: f64) -> f64 {
    let mut errors: Vec<f64> =
        judged.iter().filter(|(_, label)| *label == wrong).map(|(c, _)| *c).collect();
    errors.sort_by(|a, b| b.total_cmp(a));
    let allowed = (error_max * errors.len() as f64).floor() as usize;
    let Some(&first) = errors.get(allowed) else { return 0.5 };
    // Half way to the next confidence that is not the error's own.
    let above = judged.iter().map(|(c, _)| *c).filter(|c| *c > first).fold(1.0, f64::min);
    // Enough digits that a file says the same.
    ((f64::midpoint(first, above) * 1e6).ceil() / 1e6).min(1.0)
}

/// A model for each kind of claim that has enough labels.
fn claim_models(labelled: &[&Labelled]) -> BTreeMap<String, ClaimModel> {
    let of = |kind: ClaimKind| Some((kind.name().to_owned(), claim_model(kind, labelled)?));
    ClaimKind::ALL.into_iter().filter_map(of).collect()
}

fn claim_model(kind: ClaimKind, labelled: &[&Labelled]) -> Option<ClaimModel> {
    let features = features(kind);
    // Whether a claim was compared is the model's to say.
    let any = bare(BTreeMap::from([(kind.name().to_owned(), ClaimModel::default())]));
    let mut rows = Rows::default();
    for one in labelled {
        let checks = &one.verdict.checks;
        for (at, check) in checks.iter().enumerate().filter(|(_, c)| any.claim(c).is_some()) {
            let key = check.check.strip_prefix("claim.").unwrap_or_default();
            let is_false = one.false_keys.contains(key);
            // The other claims of a false set are those of the true one, and count once.
            if one.label || is_false {
                let scaled = features.iter().map(|feature| {
                    let value = measure(checks, at, feature.name);
                    value.clamp(feature.low, feature.high) / (feature.high - feature.low)
                });
                rows.features.push(scaled.collect());
                rows.labels.push(!is_false);
            }
        }
    }
    let yes = rows.labels.iter().filter(|label| **label).count();
    if yes < CLAIMS_MIN || rows.labels.len() - yes < CLAIMS_MIN {
        return None;
    }
    let signs: Vec<Sign> = features.iter().map(|feature| feature.sign).collect();
    let (intercept, coefficients) = logistic::fit(&rows, &signs, RIDGE);
    let weight = |(feature, coefficient): (&features::Feature, &f64)| {
        let weight = rounded(coefficient / (feature.high - feature.low));
        let weight = Weight { weight, low: feature.low, high: feature.high };
        (weight.weight != 0.0).then(|| (feature.name.to_owned(), weight))
    };
    let weights = features.iter().zip(&coefficients).filter_map(weight).collect();
    Some(ClaimModel { intercept: rounded(intercept), weights })
}

/// As many digits as mean something.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::made_up_verdict;
