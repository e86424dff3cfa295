//! An engine without networks, for tests of what is around it and for the measure of what that
//! costs. Its verdict depends on the document's bytes and identifier alone.

use std::collections::BTreeMap;
use std::time::Duration;

use ivendor_core::check::Check;
use ivendor_core::ids::Sha256;
use ivendor_core::reason::Reason;
use ivendor_core::verdict::{Decision, PolicyRef, Provenance, TimingsMs, VERDICT_SCHEMA, Verdict};
use ivendor_verify::job::Job;
use jiff::Timestamp;

use super::verifier::Verifier;

/// A document whose identifier begins so makes the engine panic.
pub const CRASH: &str = "crash-";
/// A document whose identifier begins so makes the process abort, as a fault in a driver would.
pub const ABORT: &str = "abort-";

/// The engine. Every third document (by the digest of its identifier) goes to a person.
#[derive(Debug)]
pub struct FakeEngine {
    provenance: Provenance,
    /// What each document takes.
    takes: Duration,
}

impl Default for FakeEngine {
    fn default() -> Self {
        let models = BTreeMap::from([("fake".to_owned(), Sha256::of(b"fake"))]);
        let policy = PolicyRef { name: "fake".to_owned(), digest: Sha256::of(b"fake policy") };
        let provenance = Provenance {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            models,
            policy,
            device: "none".to_owned(),
            dtype: "none".to_owned(),
            fallback: false,
        };
        Self { provenance, takes: Duration::ZERO }
    }
}

/// Whether this engine sends the document to a person.
#[must_use]
pub fn wants_a_person(document: &str) -> bool {
    Sha256::of(document.as_bytes()).as_bytes()[0].is_multiple_of(3)
}

impl FakeEngine {
    /// An engine for which each document takes so long.
    #[must_use]
    pub fn taking(takes: Duration) -> Self {
        Self { takes, ..Self::default() }
    }

    fn one(&self, job: &Job) -> Verdict {
        let request = &job.request;
        let document = request.document_id.as_str();
        assert!(!document.starts_with(CRASH), "the fault that this document asks for");
        if document.starts_with(ABORT) {
            std::process::abort();
        }
        let content = job.content.as_ref();
        let review = wants_a_person(document) || content.is_err();
        let (checks, reasons) = match content {
            Err(error) => {
                let check = Check::failed("content.read", 0.0, error.reason.clone());
                (vec![check.finding(error.detail.clone())], vec![error.reason.clone()])
            }
            Ok(_) if review => (Vec::new(), vec![Reason::POLICY_UNCERTAIN]),
            Ok(_) => (vec![Check::passed("fake", 1.0)], Vec::new()),
        };
        Verdict {
            schema: VERDICT_SCHEMA.to_owned(),
            tenant_id: request.tenant_id.clone(),
            vendor_id: request.vendor_id.clone(),
            document_id: request.document_id.clone(),
            document_type: request.document_type.clone(),
            sha256: job.sha256,
            decision: if review { Decision::Review } else { Decision::Accept },
            confidence: if review { 0.5 } else { 0.99 },
            reasons,
            checks,
            pages: None,
            provenance: self.provenance.clone(),
            timings_ms: TimingsMs::default(),
            verified_at: Timestamp::now(),
        }
    }
}

impl Verifier for FakeEngine {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn batch_documents(&self) -> usize {
        1000
    }

    fn verify(&mut self, jobs: Vec<Job>) -> Vec<Verdict> {
        if !self.takes.is_zero() {
            let documents = u32::try_from(jobs.len()).unwrap_or(u32::MAX);
            std::thread::sleep(self.takes.saturating_mul(documents));
        }
        jobs.iter().map(|job| self.one(job)).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ivendor_core::request::{REQUEST_SCHEMA, VerificationRequest};
    use serde_json::json;

    use super::*;

    pub(crate) fn job(document: &str) -> Job {
        let json = json!({
            "schema": REQUEST_SCHEMA, "tenant_id": "t", "vendor_id": "v", "document_id": document,
            "document_type": "receipt", "uri": "a.png"
        });
        let request = VerificationRequest::parse(json.to_string().as_bytes()).unwrap();
        Job { request, content: Ok(document.as_bytes().to_vec()), sha256: None, fetch_ms: 0.0 }
    }

    #[test]
    fn a_verdict_depends_on_the_document_alone() {
        let mut engine = FakeEngine::default();
        let decisions = |engine: &mut FakeEngine| -> Vec<Decision> {
            let jobs = (0..50).map(|n| job(&format!("d{n}"))).collect();
            engine.verify(jobs).iter().map(|verdict| verdict.decision).collect()
        };
        let first = decisions(&mut engine);
        assert_eq!(first, decisions(&mut engine));
        assert!(first.contains(&Decision::Accept) && first.contains(&Decision::Review));
    }
}
