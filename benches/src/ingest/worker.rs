//! The side that is measured: the worker as it runs, with an engine that computes nothing and
//! documents that come from nowhere.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ivendor_core::check::Check;
use ivendor_core::ids::Sha256;
use ivendor_core::request::VerificationRequest;
use ivendor_core::verdict::{Decision, PolicyRef, Provenance, TimingsMs, VERDICT_SCHEMA, Verdict};
use ivendor_fetch::{Content, FetchError};
use ivendor_ingest::worker::Worker;
use ivendor_ingest::worker::fetching::Fetch;
use ivendor_ingest::worker::verifier::Verifier;
use ivendor_settings::Settings;
use ivendor_verify::job::Job;
use jiff::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::{Offset, TopicPartitionList};

use super::Pass;
use super::site::{Clock, Site, failed};
use crate::error::BenchError;

/// Documents of a batch at most: the default of the worker.
const BATCH: usize = 1000;
/// Between two looks at the committed offsets.
const LOOK: Duration = Duration::from_millis(50);
/// How long a round may take.
const PATIENCE: Duration = Duration::from_secs(900);

/// Runs the worker until every message of the round is committed.
pub(super) fn pass(site: &Site) -> Result<Pass, BenchError> {
    let stop = AtomicBool::new(false);
    let clock = Clock::start();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run(site, &stop));
        let mut is_over = || running.is_finished();
        let done = wait_committed(site, LOOK, &mut is_over);
        let pass = clock.stop(site.args.messages);
        stop.store(true, Ordering::Relaxed);
        running.join().map_err(|_| failed("run the worker", "it broke down"))??;
        done.map(|()| pass)
    })
}

/// Runs the worker until `stop` says so.
pub(super) fn run(site: &Site, stop: &AtomicBool) -> Result<(), BenchError> {
    let settings = settings(site)?;
    let worker = Worker { settings, verifier: Box::new(Idle::new()), fetch: Nowhere };
    worker.run(stop).map_err(|error| failed("run the worker", error))
}

/// The defaults, with the services of the round.
pub(super) fn settings(site: &Site) -> Result<Settings, BenchError> {
    let store = site.databases()?.0.settings.clone();
    Ok(Settings { kafka: site.kafka.clone(), store, ..Settings::default() })
}

/// Waits until the sum of the committed offsets is the number of messages; looks so often.
pub(super) fn wait_committed(
    site: &Site,
    look: Duration,
    is_over: &mut impl FnMut() -> bool,
) -> Result<(), BenchError> {
    let lost = |error| failed("ask for offsets", error);
    let consumer = site.broker()?.consumer(&site.kafka.group).create();
    let consumer: BaseConsumer = consumer.map_err(lost)?;
    let mut wanted = TopicPartitionList::new();
    let last = i32::try_from(site.args.partitions).unwrap_or(i32::MAX) - 1;
    wanted.add_partition_range(&site.kafka.topic, 0, last);
    let began = Instant::now();
    while began.elapsed() < PATIENCE && !is_over() {
        let found = consumer.committed_offsets(wanted.clone(), Duration::from_secs(10));
        let offset = |offset: Offset| if let Offset::Offset(at) = offset { at } else { 0 };
        // While the group forms, the broker may not know its offsets.
        let sum: i64 = found
            .map_or(0, |list| list.elements().iter().map(|element| offset(element.offset())).sum());
        if sum >= i64::from(site.args.messages) {
            return Ok(());
        }
        std::thread::sleep(look);
    }
    Err(failed("run the worker", "it did not end its work"))
}

/// Documents that come from nowhere: their address is their bytes.
struct Nowhere;

impl Fetch for Nowhere {
    async fn get(&self, request: &VerificationRequest) -> Result<Content, FetchError> {
        let bytes = request.uri.clone().into_bytes();
        let sha256 = Sha256::of(&bytes);
        Ok(Content { bytes, sha256 })
    }
}

/// An engine that accepts everything at once.
struct Idle {
    provenance: Provenance,
}

impl Idle {
    fn new() -> Self {
        Self { provenance: provenance() }
    }
}

impl Verifier for Idle {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn batch_documents(&self) -> usize {
        BATCH
    }

    fn verify(&mut self, jobs: Vec<Job>) -> Vec<Verdict> {
        jobs.iter().map(|job| verdict(&job.request, job.sha256)).collect()
    }
}

fn provenance() -> Provenance {
    let digest = Sha256::of(b"idle");
    Provenance {
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        models: BTreeMap::from([("idle".to_owned(), digest)]),
        policy: PolicyRef { name: "idle".to_owned(), digest },
        device: "none".to_owned(),
        dtype: "none".to_owned(),
        fallback: false,
    }
}

/// A verdict with a check for each claim, as large as a short one of the engine.
pub(super) fn verdict(request: &VerificationRequest, sha256: Option<Sha256>) -> Verdict {
    let check = |name: &String| Check::passed(format!("claim.{name}"), 0.99);
    Verdict {
        schema: VERDICT_SCHEMA.to_owned(),
        tenant_id: request.tenant_id.clone(),
        vendor_id: request.vendor_id.clone(),
        document_id: request.document_id.clone(),
        document_type: request.document_type.clone(),
        sha256,
        decision: Decision::Accept,
        confidence: 0.99,
        reasons: Vec::new(),
        checks: request.claims.keys().map(check).collect(),
        pages: None,
        provenance: provenance(),
        timings_ms: TimingsMs::default(),
        verified_at: Timestamp::now(),
    }
}
