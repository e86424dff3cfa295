//! Results as a test wants them.

use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::result_key::ResultKey;
use ivendor_core::verdict::Decision;
use ivendor_store::result::{DocumentRef, NewResult, Outcome};
use ivendor_store::testing::sample::undecided;
use jiff::Timestamp;

/// A document's verdict with what a test may change of it.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) tenant: TenantId,
    pub(crate) document: String,
    pub(crate) bytes: Option<&'static str>,
    pub(crate) models: &'static str,
    pub(crate) decision: Decision,
    /// Seconds after the first moment of these tests.
    pub(crate) at_s: i64,
    pub(crate) sampled: bool,
}

impl Given {
    /// An accept, on the first bytes, by the first models.
    pub(crate) fn accept(tenant: &TenantId, document: &str) -> Self {
        Self {
            tenant: tenant.clone(),
            document: document.to_owned(),
            bytes: Some("bytes"),
            models: "first",
            decision: Decision::Accept,
            at_s: 0,
            sampled: false,
        }
    }

    /// The same for a person to look at.
    pub(crate) fn review(tenant: &TenantId, document: &str) -> Self {
        Self { decision: Decision::Review, ..Self::accept(tenant, document) }
    }

    /// What the second models say of the same bytes, a second later.
    pub(crate) fn again(&self, decision: Decision) -> Self {
        Self { models: "second", at_s: self.at_s + 1, decision, ..self.clone() }
    }

    pub(crate) fn of(&self) -> DocumentRef {
        DocumentRef { tenant: self.tenant.clone(), document: self.document.parse().unwrap() }
    }

    pub(crate) fn key(&self) -> ResultKey {
        ResultKey::of(&self.result().verdict)
    }

    pub(crate) fn result(&self) -> NewResult {
        let start: Timestamp = "2026-03-09T10:00:00.123456789Z".parse().unwrap();
        let mut result = undecided(&self.of(), Sha256::of(self.models.as_bytes()));
        let sure = self.decision == Decision::Accept;
        let verdict = &mut result.verdict;
        verdict.sha256 = self.bytes.map(|bytes| Sha256::of(bytes.as_bytes()));
        verdict.decision = self.decision;
        verdict.confidence = if sure { 0.95 } else { 0.3 };
        if sure {
            verdict.reasons.clear();
        }
        verdict.provenance.policy.digest = Sha256::of(b"policy");
        verdict.verified_at = start + jiff::SignedDuration::from_secs(self.at_s);
        result.sampled = self.sampled;
        result
    }
}

pub(crate) fn results(given: &[Given]) -> Vec<NewResult> {
    given.iter().map(Given::result).collect()
}

/// Outcomes as words, for a test to compare.
pub(crate) fn words(outcomes: &[Outcome]) -> Vec<&'static str> {
    let word = |outcome: &Outcome| match outcome {
        Outcome::Stored => "stored",
        Outcome::AlreadyThere => "there",
        Outcome::Fenced => "fenced",
        Outcome::Failed(error) if error.is_transient() => "later",
        Outcome::Failed(_) => "never",
    };
    outcomes.iter().map(word).collect()
}
