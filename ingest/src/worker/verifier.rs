//! The engine as the worker sees it, and what keeps one document from breaking the others' batch.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ivendor_core::check::Check;
use ivendor_core::reason::Reason;
use ivendor_core::verdict::{Decision, Provenance, TimingsMs, VERDICT_SCHEMA, Verdict};
use ivendor_verify::device::Watch;
use ivendor_verify::engine::Engine;
use ivendor_verify::job::Job;
use jiff::Timestamp;

use super::journal::{self, DEATHS_MAX, Journal};

/// Takes batches of jobs to verdicts.
pub trait Verifier: Send {
    /// Where every verdict comes from.
    fn provenance(&self) -> &Provenance;

    /// How many documents make a batch that keeps the device busy.
    fn batch_documents(&self) -> usize;

    /// Verifies a batch: one verdict a job, in the order of the jobs.
    fn verify(&mut self, jobs: Vec<Job>) -> Vec<Verdict>;

    /// Tells how the devices do, from any thread; without devices there is nothing to tell.
    fn watch(&self) -> Watch {
        Watch::default()
    }
}

impl Verifier for Engine {
    fn provenance(&self) -> &Provenance {
        Self::provenance(self)
    }

    fn batch_documents(&self) -> usize {
        Self::batch_documents(self)
    }

    fn verify(&mut self, jobs: Vec<Job>) -> Vec<Verdict> {
        Self::verify(self, jobs)
    }

    fn watch(&self) -> Watch {
        Self::watch(self)
    }
}

/// Verifies a batch; where the engine breaks down, halves it until the document that breaks it is
/// alone, and that one gets a verdict that says so. Also says how often the engine broke down.
pub(crate) fn verify_each(verifier: &mut dyn Verifier, jobs: Vec<Job>) -> (Vec<Verdict>, u64) {
    let documents = jobs.len();
    let once_more = jobs.clone();
    let verdicts = catch_unwind(AssertUnwindSafe(|| verifier.verify(jobs)));
    match verdicts {
        Ok(verdicts) if verdicts.len() == documents => return (verdicts, 0),
        Ok(verdicts) => {
            tracing::error!(documents, verdicts = verdicts.len(), "the engine lost documents");
        }
        Err(_) => tracing::error!(documents, "the engine broke down"),
    }
    let mut first = once_more;
    if documents == 1 {
        return (first.iter().map(|job| broken(job, verifier.provenance())).collect(), 1);
    }
    let second = first.split_off(documents / 2);
    let (mut verdicts, before) = verify_each(verifier, first);
    let (rest, after) = verify_each(verifier, second);
    verdicts.extend(rest);
    (verdicts, before + after + 1)
}

/// As [`verify_each`], with what the journal knows: a document with which a process ended goes to
/// the engine alone, and one that ended too many is not tried any more.
pub(crate) fn verify_warily(
    verifier: &mut dyn Verifier,
    jobs: Vec<Job>,
    journal: &mut Journal,
) -> (Vec<Verdict>, u64) {
    let documents = jobs.len();
    let (mut calm, mut alone, mut placed) = (Vec::new(), Vec::new(), Vec::new());
    for (place, job) in jobs.into_iter().enumerate() {
        let name = journal::name(&job);
        match journal.suspicion(&name) {
            None => calm.push((place, job)),
            Some(deaths) if deaths < DEATHS_MAX => alone.push(vec![(place, job)]),
            Some(deaths) => {
                tracing::error!(name, deaths, "with this document processes end; it is not tried");
                placed.push((place, broken(&job, verifier.provenance())));
            }
        }
    }
    let mut breakdowns = (documents - calm.len() - alone.len()) as u64;
    for group in std::iter::once(calm).chain(alone).filter(|group| !group.is_empty()) {
        let (places, jobs): (Vec<usize>, Vec<Job>) = group.into_iter().unzip();
        journal.enter(jobs.iter().map(journal::name).collect());
        let (verdicts, panics) = verify_each(verifier, jobs);
        journal.leave();
        breakdowns += panics;
        placed.extend(places.into_iter().zip(verdicts));
    }
    placed.sort_by_key(|(place, _)| *place);
    (placed.into_iter().map(|(_, verdict)| verdict).collect(), breakdowns)
}

/// The verdict of a document on which the engine breaks down: a person must look.
fn broken(job: &Job, provenance: &Provenance) -> Verdict {
    let request = &job.request;
    let check = Check::not_executed("engine.read", Reason::ENGINE_FAILED)
        .finding("the engine broke down on this document alone");
    Verdict {
        schema: VERDICT_SCHEMA.to_owned(),
        tenant_id: request.tenant_id.clone(),
        vendor_id: request.vendor_id.clone(),
        document_id: request.document_id.clone(),
        document_type: request.document_type.clone(),
        sha256: job.sha256,
        decision: Decision::Review,
        confidence: 0.0,
        reasons: vec![Reason::ENGINE_FAILED],
        checks: vec![check],
        pages: None,
        provenance: provenance.clone(),
        timings_ms: TimingsMs { fetch: job.fetch_ms, ..TimingsMs::default() },
        verified_at: Timestamp::now(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::fake::FakeEngine;
    use crate::worker::fake::tests::job;

    #[test]
    fn a_suspect_goes_alone_and_one_that_ends_processes_is_not_tried() {
        let folder = tempfile::tempdir().unwrap();
        // Here nothing would abort if it were tried: the counts alone decide.
        for _ in 0..=DEATHS_MAX {
            let mut journal = Journal::open(folder.path(), "e").unwrap();
            journal.enter(vec![journal::name(&job("killer"))]);
        }
        let mut journal = Journal::open(folder.path(), "e").unwrap();
        journal.enter(vec![journal::name(&job("b")), journal::name(&job("c"))]);
        drop(journal);
        let mut journal = Journal::open(folder.path(), "e").unwrap();
        let jobs: Vec<Job> = ["a", "b", "killer", "c", "d"].map(job).into();
        let mut engine = FakeEngine::default();
        let (verdicts, breakdowns) = verify_warily(&mut engine, jobs, &mut journal);
        let failed: Vec<_> = verdicts
            .iter()
            .map(|v| (v.document_id.as_str(), v.reasons == [Reason::ENGINE_FAILED]))
            .collect();
        let wanted = [("a", false), ("b", false), ("killer", true), ("c", false), ("d", false)];
        assert_eq!((failed, breakdowns), (wanted.into(), 1));
        assert_eq!(journal.suspicion(&journal::name(&job("b"))), None, "it came back");
        assert!(journal.suspicion(&journal::name(&job("killer"))).is_some());
    }

    #[test]
    fn a_document_that_breaks_its_batch_is_found_and_the_others_are_untouched() {
        let cases: [(&str, &[&str], u64); 4] = [
            ("none", &["a", "b", "c", "d"], 0),
            ("alone", &["crash-a"], 1),
            ("one of many", &["a", "b", "crash-c", "d", "e"], 3),
            ("all", &["crash-a", "crash-b"], 3),
        ];
        for (name, documents, panics) in cases {
            let jobs: Vec<Job> = documents.iter().map(|document| job(document)).collect();
            let mut engine = FakeEngine::default();
            let (verdicts, broke) = verify_each(&mut engine, jobs);
            assert_eq!(broke, panics, "{name}");
            let ids: Vec<&str> = verdicts.iter().map(|v| v.document_id.as_str()).collect();
            assert_eq!(ids, documents, "{name}");
            for verdict in verdicts {
                let is_poison = verdict.document_id.as_str().starts_with("crash");
                let failed = verdict.reasons == [Reason::ENGINE_FAILED];
                assert_eq!(failed, is_poison, "{name}: {}", verdict.document_id);
            }
        }
    }
}
