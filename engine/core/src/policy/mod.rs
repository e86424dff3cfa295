//! From checks to a decision.
//!
//! A policy that was fitted on labelled documents carries a model for each type of document: it
//! makes a probability of what each claim's check measured, and one of all claims together. For a
//! type without a model the confidence is the weakest check's, which nothing has calibrated.

mod model;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use model::{
    ClaimModel, Line, ReliabilityBin, TypeModel, Weight, log_odds, measure, probability,
};

use crate::check::{Check, Outcome};
use crate::ids::Sha256;
use crate::reason::Reason;
use crate::verdict::{Decision, PolicyRef};

/// The model for types that have none of their own.
pub const ANY_TYPE: &str = "any";

/// At and above this probability a claim's check passes.
const PASSES_FROM: f32 = 0.5;

/// Thresholds on the confidence, and what the machine may decide alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The name; an uncalibrated policy says so in it.
    pub name: String,
    /// At or above this confidence a document without a model is accepted.
    pub accept_at: f32,
    /// Below this confidence a document without a model is rejected, if `may_reject`.
    pub reject_below: f32,
    /// Whether the machine may reject alone.
    pub may_reject: bool,
    /// What the models were fitted on, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fitted: Option<Fitted>,
    /// By type of document; `any` is for those that are not named.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, TypeModel>,
    /// The digest of the text that this policy was read from.
    #[serde(skip, default = "no_digest")]
    digest: Sha256,
}

/// Where the models of a policy come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitted {
    /// The digest of the labelled data.
    pub data: Sha256,
    /// Documents in it.
    pub documents: u64,
    /// Sets of claims about them, true and false ones.
    pub sets: u64,
    /// The share of false sets that the user allows to be accepted.
    pub error_max: f64,
}

fn no_digest() -> Sha256 {
    Sha256::of(b"")
}

/// A text that is no policy.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// Not TOML, or a key is missing or unknown.
    #[error("the policy cannot be read: {0}")]
    Toml(#[from] toml::de::Error),
    /// Thresholds out of order.
    #[error("{0} must have 0 <= reject_below <= accept_at <= 1")]
    Thresholds(String),
    /// A model with numbers that cannot be computed with.
    #[error("{0} has a number that is none, bounds that are crossed, or a falling calibration")]
    Model(String),
}

/// A decision with its confidence and its reasons, worst first.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What is to be done.
    pub decision: Decision,
    /// The confidence behind it, 0–1.
    pub confidence: f32,
    /// Why; empty only on an accept.
    pub reasons: Vec<Reason>,
}

impl Policy {
    /// A policy with these thresholds and without models.
    #[must_use]
    pub fn new(name: &str, accept_at: f32, reject_below: f32) -> Self {
        Self {
            name: name.to_owned(),
            accept_at,
            reject_below,
            may_reject: false,
            fitted: None,
            types: BTreeMap::new(),
            digest: no_digest(),
        }
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// [`PolicyError`] where the text is no policy.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut policy: Self = toml::from_str(text)?;
        let ordered = |low: f32, high: f32| 0.0 <= low && low <= high && high <= 1.0;
        if !ordered(policy.reject_below, policy.accept_at) {
            return Err(PolicyError::Thresholds(format!("the policy {:?}", policy.name)));
        }
        for (name, model) in &policy.types {
            let who = format!("the type {name:?} of the policy {:?}", policy.name);
            if !ordered(model.reject_below, model.accept_at) {
                return Err(PolicyError::Thresholds(who));
            }
            if !model.is_sound() {
                return Err(PolicyError::Model(who));
            }
        }
        policy.digest = Sha256::of(text.as_bytes());
        Ok(policy)
    }

    /// The name and digest, for a verdict's provenance.
    #[must_use]
    pub fn reference(&self) -> PolicyRef {
        PolicyRef { name: self.name.clone(), digest: self.digest }
    }

    /// The model for a type of document.
    #[must_use]
    pub fn model(&self, document_type: &str) -> Option<&TypeModel> {
        self.types.get(document_type).or_else(|| self.types.get(ANY_TYPE))
    }

    /// Gives each check of a claim the probability that the claim is true, as its confidence, and
    /// lets it pass or fail by it. A claim that was not compared, or is no value of its kind,
    /// stays as it is.
    pub fn weigh(&self, document_type: &str, checks: &mut [Check]) {
        let Some(model) = self.model(document_type) else { return };
        let weighed: Vec<Option<f64>> = (0..checks.len())
            .map(|at| Some(model.claim(&checks[at])?.probability(checks, at)))
            .collect();
        for (check, probability) in checks.iter_mut().zip(weighed) {
            let Some(probability) = probability else { continue };
            check.confidence = probability as f32;
            let passes = check.confidence >= PASSES_FROM;
            check.outcome = if passes { Outcome::Passed } else { Outcome::Failed };
            check.reason = match (passes, check.reason.take()) {
                (true, _) => None,
                (false, reason) => reason.or_else(|| Some(Reason::claim_mismatch(key(check)))),
            };
        }
    }

    /// Decides on the weighed checks of one document. A check that failed or could not run keeps
    /// the document from being accepted, and one without any claim is never accepted: nothing was
    /// asked.
    #[must_use]
    pub fn judge(&self, document_type: &str, checks: &[Check]) -> Judgement {
        let model = self.model(document_type);
        let (accept_at, reject_below) =
            model.map_or((self.accept_at, self.reject_below), |m| (m.accept_at, m.reject_below));
        let weakest = || checks.iter().map(|check| check.confidence).fold(1.0, f32::min);
        let confidence = model.map_or_else(weakest, |model| model.confidence(checks));
        let asked = checks.iter().any(is_claim);
        let confidence = if asked { confidence } else { confidence.min(0.5) };
        let mut reasons = doubts(checks);
        if !asked && reasons.is_empty() {
            reasons.push(Reason::POLICY_NO_CLAIMS);
        }
        let failed = checks.iter().any(|c| c.outcome == Outcome::Failed);
        let decision = if reasons.is_empty() && confidence >= accept_at {
            Decision::Accept
        } else if self.may_reject && failed && confidence < reject_below {
            Decision::Reject
        } else {
            Decision::Review
        };
        if decision != Decision::Accept && reasons.is_empty() {
            reasons.push(Reason::POLICY_UNCERTAIN);
        }
        Judgement { decision, confidence, reasons }
    }
}

fn is_claim(check: &Check) -> bool {
    check.check.starts_with("claim.")
}

/// The key of a claim's check.
fn key(check: &Check) -> &str {
    check.check.strip_prefix("claim.").unwrap_or(&check.check)
}

/// Why the checks keep a document from being accepted, worst first.
fn doubts(checks: &[Check]) -> Vec<Reason> {
    let mut doubts: Vec<&Check> = checks.iter().filter(|c| c.outcome != Outcome::Passed).collect();
    let rank = |c: &Check| u8::from(c.outcome == Outcome::NotExecuted);
    doubts.sort_by(|a, b| rank(a).cmp(&rank(b)).then(a.confidence.total_cmp(&b.confidence)));
    let mut reasons: Vec<Reason> = Vec::new();
    for reason in doubts.iter().filter_map(|c| c.reason.clone()) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    reasons
}

#[cfg(test)]
mod tests;
