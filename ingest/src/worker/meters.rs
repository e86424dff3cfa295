//! Typed helpers for the metrics that [`ivendor_core::metrics`] declares: no other place in the
//! worker names one.

use std::time::Duration;

use ivendor_core::metrics::{self as names, Kind, Metric};
use ivendor_core::sharding::ShardId;
use ivendor_core::verdict::Verdict;
use ivendor_verify::device::{DeviceState, FaultKind, Watch};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Upper ends of the buckets of a histogram of seconds.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Upper ends of the buckets of a histogram of documents.
const DOCUMENTS: [f64; 9] = [1.0, 4.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1000.0];

/// Counts from now on. Once a process.
pub(crate) fn install() -> Result<PrometheusHandle, BuildError> {
    let whole = |metric: Metric| Matcher::Full(metric.name.to_owned());
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(whole(names::BATCH_AGE_SECONDS), &SECONDS)?
        .set_buckets_for_metric(whole(names::STAGE_SECONDS), &SECONDS)?
        .set_buckets_for_metric(whole(names::BATCH_DOCUMENTS), &DOCUMENTS)?
        .install_recorder()?;
    for Metric { name, kind, meaning } in names::ALL {
        match kind {
            Kind::Counter => metrics::describe_counter!(*name, *meaning),
            Kind::Gauge => metrics::describe_gauge!(*name, *meaning),
            Kind::Histogram => metrics::describe_histogram!(*name, *meaning),
        }
    }
    Ok(handle)
}

/// A stage whose time is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stage {
    Fetch,
    Verify,
    Write,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Verify => "verify",
            Self::Write => "write",
        }
    }
}

/// A place where documents wait.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Queue {
    Fetch,
    Device,
}

pub(crate) fn received(messages: usize) {
    counter!(names::MESSAGES.name).increment(messages as u64);
}

pub(crate) fn stage(stage: Stage, took: Duration) {
    histogram!(names::STAGE_SECONDS.name, "stage" => stage.name()).record(took.as_secs_f64());
}

pub(crate) fn waiting(queue: Queue, documents: usize) {
    let stage = match queue {
        Queue::Fetch => "fetch",
        Queue::Device => "device",
    };
    gauge!(names::QUEUE_DOCUMENTS.name, "stage" => stage).set(documents as f64);
}

pub(crate) fn waiting_for_shard(shard: ShardId, documents: usize) {
    let shard = shard.to_string();
    gauge!(names::QUEUE_DOCUMENTS.name, "stage" => "shard", "shard" => shard).set(documents as f64);
}

pub(crate) fn batch(documents: usize, waited: Duration) {
    histogram!(names::BATCH_DOCUMENTS.name).record(documents as f64);
    histogram!(names::BATCH_AGE_SECONDS.name).record(waited.as_secs_f64());
}

pub(crate) fn stored(verdict: &Verdict) {
    let decision = match verdict.decision {
        ivendor_core::verdict::Decision::Accept => "accept",
        ivendor_core::verdict::Decision::Review => "review",
        ivendor_core::verdict::Decision::Reject => "reject",
    };
    let provenance = &verdict.provenance;
    counter!(
        names::DOCUMENTS.name,
        "decision" => decision,
        "device" => provenance.device.clone(),
        "fallback" => if provenance.fallback { "true" } else { "false" },
    )
    .increment(1);
}

pub(crate) fn duplicates(documents: usize) {
    counter!(names::DUPLICATES.name).increment(documents as u64);
}

pub(crate) fn dead_letter(code: &'static str) {
    counter!(names::DEAD_LETTERS.name, "code" => code).increment(1);
}

pub(crate) fn retried(what: Stage, documents: usize) {
    counter!(names::RETRIES.name, "what" => what.name()).increment(documents as u64);
}

pub(crate) fn fenced(documents: usize) {
    counter!(names::FENCED.name).increment(documents as u64);
}

pub(crate) fn panics(number: u64) {
    counter!(names::ENGINE_PANICS.name).increment(number);
}

pub(crate) fn shard_up(shard: ShardId, up: bool) {
    gauge!(names::SHARD_UP.name, "shard" => shard.to_string()).set(f64::from(u8::from(up)));
}

pub(crate) fn pool(shard: ShardId, busy: u32, idle: u32) {
    let name = names::POOL_CONNECTIONS.name;
    let of = |state: &'static str| gauge!(name, "shard" => shard.to_string(), "state" => state);
    of("busy").set(busy);
    of("idle").set(idle);
}

pub(crate) fn outbox(shard: ShardId, events: u64, age_s: f64) {
    gauge!(names::OUTBOX_EVENTS.name, "shard" => shard.to_string()).set(events as f64);
    gauge!(names::OUTBOX_AGE_SECONDS.name, "shard" => shard.to_string()).set(age_s);
}

pub(crate) fn sent(events: usize) {
    counter!(names::EVENTS_SENT.name).increment(events as u64);
}

/// What the devices tell of themselves.
pub(crate) fn devices(watch: &Watch) {
    counter!(names::FALLBACK_DOCUMENTS.name).absolute(watch.fallbacks());
    for report in watch.devices() {
        let device = || report.name.clone();
        let serves = report.state == DeviceState::Serving;
        gauge!(names::DEVICE_SERVING.name, "device" => device()).set(f64::from(u8::from(serves)));
        gauge!(names::DEVICE_BUDGET_PX.name, "device" => device()).set(report.budget_px as f64);
        counter!(names::DEVICE_DOCUMENTS.name, "device" => device()).absolute(report.documents);
        counter!(names::DEVICE_CANARIES.name, "device" => device()).absolute(report.canaries);
        for kind in FaultKind::ALL {
            let faults = names::DEVICE_FAULTS.name;
            counter!(faults, "device" => device(), "kind" => kind.name())
                .absolute(report.faults(kind));
        }
    }
}

/// What the ledger says of the messages in hand.
pub(crate) fn in_hand(in_hand: crate::kafka::ledger::InHand, paused: bool) {
    gauge!(names::IN_FLIGHT_DOCUMENTS.name).set(in_hand.messages as f64);
    gauge!(names::IN_FLIGHT_BYTES.name).set(in_hand.bytes as f64);
    gauge!(names::LAG_MESSAGES.name).set(in_hand.lag as f64);
    // Clocks of two machines may differ by a little.
    let age_ms = |sent_ms: i64| jiff::Timestamp::now().as_millisecond().saturating_sub(sent_ms);
    let lag_s = in_hand.oldest_sent_ms.map_or(0.0, |sent_ms| age_ms(sent_ms).max(0) as f64 / 1e3);
    gauge!(names::LAG_SECONDS.name).set(lag_s);
    gauge!(names::PARTITIONS.name).set(in_hand.partitions as f64);
    gauge!(names::PAUSED.name).set(f64::from(u8::from(paused)));
}
