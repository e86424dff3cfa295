//! The name, kind and meaning of every metric, declared once. Times are in seconds, sizes in
//! bytes; labels are said in the meaning.

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// A distribution.
    Histogram,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name in Prometheus.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it says, for a person.
    pub meaning: &'static str,
}

macro_rules! metrics {
    ($($constant:ident = $kind:ident $name:literal, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $constant: Metric =
                Metric { name: $name, kind: Kind::$kind, meaning: $meaning };
        )*
        /// All metrics.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

metrics! {
    MESSAGES = Counter "ivendor_messages_total",
        "Messages that were received from the queue.";
    LAG_MESSAGES = Gauge "ivendor_lag_messages",
        "Messages of the partitions in hand that are not done, received or not.";
    LAG_SECONDS = Gauge "ivendor_lag_seconds",
        "Time since the oldest message in hand that has not ended was sent.";
    IN_FLIGHT_DOCUMENTS = Gauge "ivendor_in_flight_documents",
        "Messages that were received and have not ended.";
    IN_FLIGHT_BYTES = Gauge "ivendor_in_flight_bytes",
        "Bytes of the messages that have not ended.";
    PAUSED = Gauge "ivendor_paused",
        "1 while no messages are taken because too many have not ended.";
    PARTITIONS = Gauge "ivendor_partitions",
        "Partitions in hand.";
    QUEUE_DOCUMENTS = Gauge "ivendor_queue_documents",
        "Documents that wait at a stage, by stage: fetch, device, shard.";
    BATCH_DOCUMENTS = Histogram "ivendor_batch_documents",
        "Documents of a batch that goes to the device.";
    BATCH_AGE_SECONDS = Histogram "ivendor_batch_age_seconds",
        "How long the oldest document of a batch has waited for the device.";
    STAGE_SECONDS = Histogram "ivendor_stage_seconds",
        "Time of a stage, by stage: fetch (a document), verify (a batch), write (a batch).";
    DOCUMENTS = Counter "ivendor_documents_total",
        "Verdicts that were stored, by decision, device and fallback.";
    DUPLICATES = Counter "ivendor_duplicates_skipped_total",
        "Documents whose verdict was in the store before anything was computed.";
    DEAD_LETTERS = Counter "ivendor_dead_letters_total",
        "Messages that went to the dead letters, by code.";
    RETRIES = Counter "ivendor_retries_total",
        "Work that failed for a passing cause and was tried again, by what: fetch, write.";
    FENCED = Counter "ivendor_fenced_total",
        "Documents that were given up because their partition went to another worker.";
    SHARD_UP = Gauge "ivendor_shard_up",
        "1 while the last call to a shard succeeded, by shard.";
    POOL_CONNECTIONS = Gauge "ivendor_pool_connections",
        "Connections to a shard, or to the reference database, by shard and state: busy, idle.";
    OUTBOX_EVENTS = Gauge "ivendor_outbox_events",
        "Events that wait in the outbox of a shard, by shard.";
    OUTBOX_AGE_SECONDS = Gauge "ivendor_outbox_age_seconds",
        "Age of the first event that waits in the outbox of a shard, by shard.";
    EVENTS_SENT = Counter "ivendor_events_sent_total",
        "Events that the broker has acknowledged.";
    REQUESTS = Counter "ivendor_requests_total",
        "Requests that the review API has answered, by method, route and status.";
    REQUEST_SECONDS = Histogram "ivendor_request_seconds",
        "Time of a request to the review API, by method and route.";
    REQUESTS_IN_HAND = Gauge "ivendor_requests_in_hand",
        "Requests that the review API is answering.";
    REFUSED = Counter "ivendor_requests_refused_total",
        "Requests that were refused at the door, by why: busy, rate, sign_in, slow_body.";
    CASES = Gauge "ivendor_cases",
        "Review cases, by state: open, claimed, escalated; overdue are those past their deadline.";
    ENGINE_PANICS = Counter "ivendor_engine_panics_total",
        "Batches in which the engine broke down; each document was then tried alone.";
    DEVICE_SERVING = Gauge "ivendor_device_serving",
        "1 while a device computes, 0 while the CPU does in its place, by device.";
    DEVICE_BUDGET_PX = Gauge "ivendor_device_budget_px",
        "Columns of lines that go to a device at a time, by device.";
    DEVICE_DOCUMENTS = Counter "ivendor_device_documents_total",
        "Documents that a device read, by device.";
    DEVICE_FAULTS = Counter "ivendor_device_faults_total",
        "What went wrong with a device, by device and kind: out_of_memory, lost, passing, wrong, \
         stuck.";
    DEVICE_CANARIES = Counter "ivendor_device_canaries_total",
        "Known questions that a device answered as it should, by device.";
    FALLBACK_DOCUMENTS = Counter "ivendor_fallback_documents_total",
        "Documents that the CPU read in the place of a device.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_follow_the_rules_of_prometheus() {
        let names: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
        for Metric { name, kind, meaning } in ALL {
            let allowed = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(name.starts_with("ivendor_") && name.chars().all(allowed), "{name}");
            assert_eq!(name.ends_with("_total"), *kind == Kind::Counter, "{name}");
            assert!(meaning.ends_with('.'), "{name}");
        }
    }
}
