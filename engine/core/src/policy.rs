//! From checks to a decision.
//!
//! The first policy is honest about what it is: its confidence is the weakest check's, which no
//! labelled document has calibrated, and its name says so. A fitted policy takes its place
//! without any other change.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::check::{Check, Outcome};
use crate::ids::Sha256;
use crate::reason::Reason;
use crate::verdict::{Decision, PolicyRef};

/// Thresholds on the confidence, and what the machine may decide alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The name; an uncalibrated policy says so in it.
    pub name: String,
    /// At or above this confidence a document is accepted.
    pub accept_at: f32,
    /// Below this confidence a document is rejected, if `may_reject`.
    pub reject_below: f32,
    /// Whether the machine may reject alone.
    pub may_reject: bool,
    /// The digest of the text that this policy was read from.
    #[serde(skip, default = "no_digest")]
    digest: Sha256,
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
    #[error("the policy {0:?} must have 0 <= reject_below <= accept_at <= 1")]
    Thresholds(String),
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
    /// Reads a policy file.
    ///
    /// # Errors
    /// [`PolicyError`] where the text is no policy.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut policy: Self = toml::from_str(text)?;
        let ordered = 0.0 <= policy.reject_below
            && policy.reject_below <= policy.accept_at
            && policy.accept_at <= 1.0;
        if !ordered {
            return Err(PolicyError::Thresholds(policy.name));
        }
        policy.digest = Sha256::of(text.as_bytes());
        Ok(policy)
    }

    /// The name and digest, for a verdict's provenance.
    #[must_use]
    pub fn reference(&self) -> PolicyRef {
        PolicyRef { name: self.name.clone(), digest: self.digest }
    }

    /// Decides on the checks of one document. A check that could not run keeps the document
    /// from being accepted, and one without any claim is never accepted: nothing was asked.
    #[must_use]
    pub fn judge(&self, checks: &[Check]) -> Judgement {
        let confidence = checks.iter().map(|c| c.confidence).fold(1.0_f32, f32::min);
        let asked = checks.iter().any(|c| c.check.starts_with("claim."));
        let confidence = if asked { confidence } else { confidence.min(0.5) };
        let mut doubts: Vec<&Check> =
            checks.iter().filter(|c| c.outcome != Outcome::Passed).collect();
        doubts.sort_by(|a, b| {
            let rank = |c: &Check| u8::from(c.outcome == Outcome::NotExecuted);
            rank(a).cmp(&rank(b)).then(a.confidence.total_cmp(&b.confidence))
        });
        let mut reasons: Vec<Reason> = Vec::new();
        for reason in doubts.iter().filter_map(|c| c.reason.clone()) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        if !asked && reasons.is_empty() {
            reasons.push(Reason::POLICY_NO_CLAIMS);
        }
        let failed = checks.iter().any(|c| c.outcome == Outcome::Failed);
        let decision = if reasons.is_empty() && confidence >= self.accept_at {
            Decision::Accept
        } else if self.may_reject && failed && confidence < self.reject_below {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str =
        "name = \"uncalibrated\"\naccept_at = 0.9\nreject_below = 0.1\nmay_reject = true\n";

    fn policy() -> Policy {
        Policy::parse(TEXT).unwrap()
    }

    #[test]
    fn a_policy_decides_by_its_weakest_check() {
        let lost = Reason::claim_not_found("total");
        let cases = [
            ("all sure", vec![Check::passed("claim.total", 0.95)], Decision::Accept, 0),
            ("unsure", vec![Check::passed("claim.total", 0.5)], Decision::Review, 1),
            ("no claim", vec![Check::passed("content.type", 1.0)], Decision::Review, 1),
            ("nothing", vec![], Decision::Review, 1),
            (
                "could not run",
                vec![
                    Check::passed("claim.total", 1.0),
                    Check::not_executed("claim.date", Reason::TEXT_NONE),
                ],
                Decision::Review,
                1,
            ),
            (
                "surely wrong",
                vec![Check::failed("claim.total", 0.01, lost.clone())],
                Decision::Reject,
                1,
            ),
            ("perhaps wrong", vec![Check::failed("claim.total", 0.4, lost)], Decision::Review, 1),
        ];
        for (name, checks, decision, reasons) in cases {
            let judgement = policy().judge(&checks);
            assert_eq!(judgement.decision, decision, "{name}");
            assert_eq!(judgement.reasons.len(), reasons, "{name}");
        }
    }

    #[test]
    fn failures_are_named_before_what_could_not_run() {
        let checks = [
            Check::not_executed("claim.date", Reason::TEXT_NONE),
            Check::failed("claim.total", 0.2, Reason::claim_mismatch("total")),
        ];
        let reasons = policy().judge(&checks).reasons;
        assert_eq!(reasons[0].as_str(), "claim.total.mismatch");
        assert_eq!(reasons[1].as_str(), "text.none");
    }

    #[test]
    fn a_policy_with_crossed_thresholds_is_refused() {
        let crossed = TEXT.replace("0.1", "0.95");
        assert!(matches!(Policy::parse(&crossed), Err(PolicyError::Thresholds(_))));
        assert!(matches!(Policy::parse("nmae = 1"), Err(PolicyError::Toml(_))));
    }

    proptest! {
        #[test]
        fn nothing_but_an_accept_is_without_a_reason(
            confidences in proptest::collection::vec((0.0_f32..=1.0, 0_u8..3), 0..6),
        ) {
            let checks: Vec<Check> = confidences
                .iter()
                .map(|&(confidence, kind)| match kind {
                    0 => Check::passed("claim.a", confidence),
                    1 => Check::failed("claim.a", confidence, Reason::claim_mismatch("a")),
                    _ => Check::not_executed("claim.a", Reason::TEXT_NONE),
                })
                .collect();
            let judgement = policy().judge(&checks);
            prop_assert_eq!(
                judgement.decision == Decision::Accept,
                judgement.reasons.is_empty()
            );
        }
    }
}
